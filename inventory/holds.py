"""Keeping units for somebody: hold (expiring) → allocation (promised) → taken from the shelf by a fulfillment.

Every function is a statement or two for any number of lines. Each locks the stock rows first, in primary-key order, so
that no two of them can wait for each other in a circle, and only then looks at what it needs. `held` and `allocated`
are written nowhere else.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from commerce.catalog.models import Variant
from commerce.channels.models import Location
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from inventory.expiry import END, end, end_expired
from inventory.ledger import Move, lock, move
from inventory.line import serve
from inventory.models import Allocation, Hold, Movement, Stock
from inventory.statements import run


@dataclass(frozen=True)
class Want:
    """Units of a variant at a location, wanted for a demand (an order line, a reservation).

    A demand is of one variant; it may want it at several locations.
    """

    variant_id: int
    location_id: int
    quantity: int
    demand: str

    def __post_init__(self) -> None:
        if self.quantity < 1:
            raise ValueError(f"{self.quantity} units cannot be wanted")


@dataclass(frozen=True)
class Short:
    """A variant of which a location (or None: all that may serve, together) has less than is wanted."""

    variant_id: int
    location_id: int | None
    wanted: int
    available: int


class OutOfStock(Problem):
    """Less is there than is wanted; nothing was taken."""

    code = "out_of_stock"

    def __init__(self, detail: str, *, short: Sequence[Short], **facts: object) -> None:
        super().__init__(detail, **facts)
        self.lines = tuple(short)


# The guard: everything wanted is there, or nothing is taken. `locked` holds the newest version of each row, which
# nobody else can change before this transaction ends. Tests take the guard away, to see that they would notice.
GUARD = "(SELECT count(*) FROM locked WHERE available >= wanted) = cardinality(%(variants)s)"

TAKE = """
WITH locked AS (
    SELECT s.id, s.variant_id, s.location_id, wanted, on_hand - held - allocated - buffer - damaged AS available
    FROM inventory_stock s
    JOIN unnest(%(variants)s::bigint[], %(locations)s::bigint[], %(wanted)s::bigint[])
         AS sums(variant_id, location_id, wanted) USING (variant_id, location_id)
    ORDER BY s.id FOR NO KEY UPDATE OF s
), taken AS (
    UPDATE inventory_stock s SET {counter} = s.{counter} + wanted FROM locked
    WHERE s.id = locked.id AND {guard}
    RETURNING s.id, s.variant_id, s.location_id
), written AS (
    INSERT INTO {table} (stock_id, demand, quantity, {columns})
    SELECT taken.id, demand, quantity, {values}
    FROM unnest(%(each_variant)s::bigint[], %(each_location)s::bigint[], %(each_quantity)s::int[], %(demands)s::text[])
         AS want(variant_id, location_id, quantity, demand)
    JOIN taken USING (variant_id, location_id) {standing}
    RETURNING 1
)
SELECT variant_id, location_id, available, (SELECT count(*) FROM written) FROM locked
"""
HOLD = TAKE.format(
    counter="held",
    guard=GUARD + " AND NOT EXISTS (SELECT FROM inventory_hold WHERE demand = ANY(%(demands)s) AND status = 'live')",
    table="inventory_hold",
    columns="status, placed_at, expires_at",
    values="'live', %(at)s, %(expires_at)s",
    standing="",
)
# What a demand is promised here already grows: another part of the same line comes to the same place.
ALLOCATION = {
    "counter": "allocated",
    "table": "inventory_allocation",
    "columns": "status, allocated_at",
    "values": "'open', %(at)s",
    "standing": "ON CONFLICT (demand, stock_id) WHERE status = 'open' "
    "DO UPDATE SET quantity = inventory_allocation.quantity + excluded.quantity",
}
ALLOCATE_NOW = TAKE.format(guard=GUARD, **ALLOCATION)

# For goods that are put on this shelf for somebody in the same transaction: promised before anybody else sees them.
ALLOCATE_COMING = TAKE.format(guard="true", **ALLOCATION)


def place(wants: Sequence[Want], *, expires_at: datetime, at: datetime) -> None:
    """Hold exactly this for these demands, all or nothing; what they held before is replaced.

    Raises OutOfStock with each line that is short.
    """
    if not wants or not take(HOLD, wants, expires_at=expires_at, at=at):
        return
    # The savepoint leaves an earlier hold standing where the new one cannot be had.
    with transaction.atomic():
        run(END_HOLDS, demands=demands_of(wants), status="replaced", at=at)
        free_expired(wants, at=at)
        if short := take(HOLD, wants, expires_at=expires_at, at=at):
            raise out_of_stock(short)


def allocate_now(wants: Sequence[Want], *, at: datetime) -> None:
    """Promise units without a hold in between, all or nothing, besides what these demands are promised already.

    Raises OutOfStock with each line that is short.
    """
    if not wants or not take(ALLOCATE_NOW, wants, at=at):
        return
    with transaction.atomic():
        free_expired(wants, at=at)
        if short := take(ALLOCATE_NOW, wants, at=at):
            raise out_of_stock(short)


def take(statement: str, wants: Sequence[Want], **instants: datetime) -> list[Short]:
    """Run HOLD or ALLOCATE_NOW; returns the lines that were short, or all where a demand holds something already."""
    sums: Counter[tuple[int, int]] = Counter()
    for want in wants:
        sums[want.variant_id, want.location_id] += want.quantity
    rows = run(
        statement,
        variants=[variant for variant, _ in sums],
        locations=[location for _, location in sums],
        wanted=list(sums.values()),
        each_variant=[want.variant_id for want in wants],
        each_location=[want.location_id for want in wants],
        each_quantity=[want.quantity for want in wants],
        demands=demands_of(wants),
        **instants,
    )
    if rows and rows[0][-1]:
        return []
    available = {(variant, location): units for variant, location, units, _ in rows}
    lines = [Short(*key, wanted, max(available.get(key, 0), 0)) for key, wanted in sums.items()]
    return [line for line in lines if line.available < line.wanted] or lines


def demands_of(wants: Sequence[Want]) -> list[str]:
    """Whose wants these are, in the same order."""
    return [want.demand for want in wants]


def out_of_stock(short: Sequence[Short]) -> OutOfStock:
    """The refusal, with the names a clerk knows."""
    skus = dict(Variant.objects.filter(pk__in=[line.variant_id for line in short]).values_list("pk", "sku"))
    codes = {place.pk: place.code for place in Location.objects.filter(pk__in=[line.location_id for line in short])}
    lines = [
        {
            "sku": skus[line.variant_id],
            "location": codes[line.location_id or 0],
            "wanted": line.wanted,
            "available": line.available,
        }
        for line in short
    ]
    sentences = ["{sku}: {wanted} wanted, {available} available at {location}".format(**line) for line in lines]
    return OutOfStock("; ".join(sentences), short=short, lines=lines)


OF_DEMANDS = "kept.demand = ANY(%(demands)s)"
END_HOLDS = END.format(table="inventory_hold", standing="live", counter="held", which=OF_DEMANDS)
END_ALLOCATIONS = END.format(table="inventory_allocation", standing="open", counter="allocated", which=OF_DEMANDS)


def release(demands: Collection[str], *, at: datetime) -> int:
    """Give back what these demands hold; returns how many holds ended. Where nothing is held, nothing happens."""
    return end(END_HOLDS, demands=list(demands), status="released", at=at)


def hand_over(demands: Collection[str], *, at: datetime) -> None:
    """Free what these demands hold for somebody who takes it in this same transaction, past those in line."""
    run(END_HOLDS, demands=list(demands), status="replaced", at=at)


EXTEND = """
WITH locked AS (
    SELECT s.id FROM inventory_stock s
    WHERE s.id IN (SELECT stock_id FROM inventory_hold WHERE demand = ANY(%(demands)s) AND status = 'live')
    ORDER BY s.id FOR NO KEY UPDATE
)
UPDATE inventory_hold SET expires_at = %(until)s, earlier =
    coalesce(earlier, '[]') || jsonb_build_array(jsonb_build_array(%(at)s::timestamptz, expires_at)) FROM locked
WHERE stock_id = locked.id AND demand = ANY(%(demands)s) AND status = 'live' AND expires_at > %(at)s
  AND expires_at < %(until)s
RETURNING inventory_hold.id
"""


def extend(demands: Collection[str], *, until: datetime, at: datetime) -> int:
    """Hold longer what these demands still hold, because somebody is busy paying; returns how many holds moved.

    What has expired stays so: others may count on it already.
    """
    return len(run(EXTEND, demands=list(demands), until=until, at=at))


def release_allocations(demands: Collection[str], *, at: datetime) -> int:
    """Give back what is promised to these demands and was not handed over; returns how many allocations ended."""
    return end(END_ALLOCATIONS, demands=list(demands), status="released", at=at)


@transaction.atomic
def reallocate(demands: Collection[str], wants: Sequence[Want], *, at: datetime) -> None:
    """Promise these demands exactly this instead of what they are promised, all or nothing; raises OutOfStock.

    The units change hands inside: only what is left over goes to those who wait in line.
    """
    shelves = Stock.objects.filter(allocations__demand__in=demands, allocations__status="open")
    kept = shelves.values_list("variant_id", "location_id").distinct()
    lock([*kept, *((want.variant_id, want.location_id) for want in wants)])
    [(_, in_line)] = run(END_ALLOCATIONS, demands=list(demands), status="released", at=at)
    allocate_now(wants, at=at)
    if in_line:
        serve(in_line, at=at)


@transaction.atomic
def release_at(units: Mapping[str, int], *, location_id: int, at: datetime) -> None:
    """Give back so many units as one location has promised to these demands; raises NotAllocated."""
    rows = part_with(units, location_id=location_id, status="released", at=at)
    serve({shelf for shelf, _, _ in rows.values()}, at=at)


def free_expired(wants: Sequence[Want], *, at: datetime) -> None:
    """End the expired holds on the stock that is wanted (whose rows the caller has locked)."""
    stock = Stock.objects.filter(
        variant__in={want.variant_id for want in wants}, location__in={want.location_id for want in wants}
    )
    end_expired(list(stock.values_list("pk", flat=True)), at=at)


ALLOCATE = """
WITH locked AS (
    SELECT s.id FROM inventory_stock s
    WHERE s.id IN (SELECT stock_id FROM inventory_hold WHERE demand = ANY(%(demands)s) AND status = 'live')
    ORDER BY s.id FOR NO KEY UPDATE
), ended AS (
    UPDATE inventory_hold hold SET status = 'allocated', ended_at = %(at)s FROM locked
    WHERE hold.stock_id = locked.id AND hold.demand = ANY(%(demands)s) AND hold.status = 'live'
    RETURNING hold.stock_id, hold.demand, hold.quantity
), promised AS (
    INSERT INTO inventory_allocation (stock_id, demand, quantity, status, allocated_at)
    SELECT stock_id, demand, quantity, 'open', %(at)s FROM ended
), counted AS (
    UPDATE inventory_stock s SET held = held - units, allocated = allocated + units
    FROM (SELECT stock_id, sum(quantity) AS units FROM ended GROUP BY stock_id) AS sums WHERE s.id = sums.stock_id
)
SELECT DISTINCT demand FROM ended
"""

# What a demand held last, where that has ended: all lines of one place() carry the same instant.
LAST_HELD = """
SELECT variant_id, location_id, quantity, demand, status FROM (
    SELECT s.variant_id, s.location_id, hold.quantity, hold.demand, hold.status,
           rank() OVER (PARTITION BY hold.demand ORDER BY hold.placed_at DESC) AS age
    FROM inventory_hold hold JOIN inventory_stock s ON s.id = hold.stock_id
    WHERE hold.demand = ANY(%(demands)s) AND hold.status IN ('allocated', 'released', 'expired')
) AS holds WHERE age = 1
"""


class NothingHeld(Problem):
    """There is no hold, and never was, that could become an allocation."""

    code = "nothing_held"


@transaction.atomic(savepoint=False)
def allocate(demands: Collection[str], *, at: datetime) -> None:
    """Turn holds into allocations, all or nothing; a second call changes nothing.

    A hold that has ended meanwhile is taken again if the stock allows. Raises OutOfStock, NothingHeld; who wants to go
    on after that in the same transaction puts a savepoint around the call.
    """
    left = set(demands) - {demand for (demand,) in run(ALLOCATE, demands=list(demands), at=at)}
    if not left:
        return
    left -= set(Allocation.objects.filter(demand__in=left, status="open").values_list("demand", flat=True))
    last = run(LAST_HELD, demands=list(left), at=at)
    if unknown := left - {demand for *_, demand, _ in last}:
        raise NothingHeld(f"nothing was held for {', '.join(sorted(unknown))}")
    allocate_now([Want(*want) for *want, status in last if status != Hold.Status.ALLOCATED], at=at)


class NotAllocated(Problem):
    """More is to be handed over than was promised here."""

    code = "not_allocated"


# A part leaves the rest open and stands beside it as a row of its own.
CONSUME = """
WITH part AS (
    INSERT INTO inventory_allocation (stock_id, demand, quantity, status, allocated_at, ended_at)
    SELECT stock_id, demand, units, %(status)s, allocated_at, %(at)s
    FROM inventory_allocation JOIN unnest(%(ids)s::bigint[], %(units)s::int[]) AS taken(id, units) USING (id)
    WHERE units < quantity
    RETURNING id, demand
), consumed AS (
    UPDATE inventory_allocation kept SET
        quantity = CASE WHEN units < quantity THEN quantity - units ELSE quantity END,
        status = CASE WHEN units < quantity THEN 'open' ELSE %(status)s END,
        ended_at = CASE WHEN units < quantity THEN NULL ELSE %(at)s::timestamptz END
    FROM unnest(%(ids)s::bigint[], %(units)s::int[]) AS taken(id, units) WHERE kept.id = taken.id
    RETURNING kept.stock_id, kept.id, kept.demand, kept.status, units
), given AS (
    UPDATE inventory_stock s SET allocated = allocated - sums.units
    FROM (SELECT stock_id, sum(units) AS units FROM consumed GROUP BY stock_id) AS sums WHERE s.id = sums.stock_id
)
SELECT demand, id FROM part UNION ALL SELECT demand, id FROM consumed WHERE status = %(status)s
"""


@transaction.atomic
def consume(
    taken: Mapping[str, int], *, location_id: int, kind: str, reason: str = "", by: Actor, at: datetime
) -> None:
    """Hand over promised units, all or part: demand → units, at one location, as "collected" or "shipped".

    The goods are in somebody's hands, so the books follow even where they say that nothing is there.
    Raises NotAllocated.
    """
    rows = part_with(taken, location_id=location_id, status="consumed", at=at)
    of = Movement.Kind(kind)
    moves = [
        Move(variant, location_id, of, -taken[demand], reason=reason, demand=demand, key=f"{kind}:{ended}")
        for demand, (_, variant, ended) in rows.items()
    ]
    move(moves, by=by, at=at, as_fact=True)


def part_with(taken: Mapping[str, int], *, location_id: int, status: str, at: datetime) -> dict[str, list[int]]:
    """End promises of one location by so many units each; returns demand → shelf, variant, the row that ended."""
    standing = Allocation.objects.filter(demand__in=taken, status="open", stock__location=location_id)
    shelves = Stock.objects.filter(pk__in=standing.values("stock")).order_by("pk")
    list(shelves.select_for_update(no_key=True).values_list("pk"))  # locked before the allocations are read
    columns = ("demand", "pk", "quantity", "stock", "stock__variant")
    rows = {demand: row for demand, *row in standing.values_list(*columns)}
    for demand, units in taken.items():
        promised = rows[demand][1] if demand in rows else 0
        if not 0 < units <= promised:
            raise NotAllocated(f"{units} are to be handed over, but {promised} are promised here", promised=promised)
    ids = [rows[demand][0] for demand in taken]
    ended = dict(run(CONSUME, ids=ids, units=list(taken.values()), status=status, at=at))
    return {demand: [*rows[demand][2:], ended[demand]] for demand in taken}


@transaction.atomic
def carry(
    taken: Mapping[str, int], *, source_id: int, destination_id: int, cause: str, by: Actor, at: datetime
) -> None:
    """Promised units go to another of our places, and stay promised: nobody can have them meanwhile.

    Raises NotAllocated.
    """
    variants = dict(
        Allocation.objects.filter(demand__in=taken, status="open", stock__location=source_id).values_list(
            "demand", "stock__variant"
        )
    )
    lock((variant, place) for variant in variants.values() for place in (source_id, destination_id))
    consume(taken, location_id=source_id, kind=Movement.Kind.TRANSFERRED_OUT, by=by, at=at)
    wants = [Want(variants[demand], destination_id, units, demand) for demand, units in taken.items()]
    take(ALLOCATE_COMING, wants, at=at)
    arriving = [
        Move(w.variant_id, destination_id, Movement.Kind.TRANSFERRED_IN, w.quantity, demand=w.demand, cause=cause)
        for w in wants
    ]
    move(arriving, by=by, at=at, as_fact=True)
