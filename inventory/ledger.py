"""The one door for goods that move: a ledger row and the counter of its shelf, in the same transaction.

`on_hand` and `damaged` are written nowhere else, so on-hand is the sum of the movements. Rows are locked in primary-key
order before anything is decided.

A count closes the past of its shelf: what happened before it but is learned after it (a till that was offline) was seen
by whoever counted. It is written down at its own time, with a correction at the time of the count, and the shelf stays
as counted. That is why the same facts lead to the same stock in whatever order they arrive.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby

from django.db import transaction

from commerce.ids import public_id
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from inventory.expiry import end_expired
from inventory.models import Movement, Repair, Stock
from inventory.statements import run
from inventory.writing import CLOSE_REPAIRS, Row, Shelf, write

Kind = Movement.Kind

TAKES_WHAT_IS_FREE = {Kind.SOLD, Kind.TRANSFERRED_OUT}
"""By hand these leave alone what is promised to somebody. All others tell what was found on the shelf."""


@dataclass(frozen=True)
class Move:
    """One movement: a signed change of on-hand, and of the damaged units among them.

    The same `key` twice happens once. `occurred_at` is when it happened, if that was before it is written down.
    `cause` is what led to it, if that is neither its demand nor its key; `device` the machine that told, if not `by`.
    `expected` is what whoever moves it has seen on hand there: the movement is of that, or of nothing.
    """

    variant_id: int
    location_id: int
    kind: Kind
    quantity: int
    damaged: int = 0
    demand: str = ""
    reason: str = ""
    key: str | None = None
    occurred_at: datetime | None = None
    cause: str = ""
    device: str = ""
    expected: int | None = None

    @property
    def led_by(self) -> str:
        """What led to it, in the ledger's words; somebody's own hand where nothing else did."""
        return self.cause or (f"line:{self.demand}" if self.demand else self.key or BY_HAND)


BY_HAND = "by hand"


@dataclass(frozen=True)
class Count:
    """How many units somebody found on a shelf at an instant, and why they differ, if she knows.

    The same `key` twice happens once.
    """

    variant_id: int
    location_id: int
    quantity: int
    counted_at: datetime
    key: str | None = None
    device: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Counted:
    """A count that was booked: the difference it found, and how often its shelf had moved since it was taken."""

    count: Count
    difference: int
    moved: int


def count_key(location_id: int, variant_id: int, counted_at: datetime) -> str:
    """What makes a count happen once: nobody counts a shelf twice at one instant."""
    return f"count:{location_id}:{variant_id}:{counted_at.astimezone(UTC).isoformat()}"


class NotEnough(Problem):
    """A movement by hand would take what is not there, or what is promised to somebody."""

    code = "not_enough_stock"


class StockChanged(Problem):
    """A shelf has not what whoever would change it has seen there; the refusal says what it has."""

    code = "stock_changed"


class CountDiffers(Problem):
    """A count is known already, with another result."""

    code = "count_differs"

    def __init__(self, detail: str, *, counts: Sequence[Count]) -> None:
        super().__init__(detail)
        self.counts = tuple(counts)


@transaction.atomic
def move(moves: Sequence[Move], *, by: Actor, at: datetime, as_fact: bool = False) -> int:
    """Write movements down, all or nothing; returns how many were new.

    By hand nothing goes below zero and nothing promised is taken: raises NotEnough. `as_fact` is for what has happened
    already (a till's sale, a parcel that left): the shelf may go below zero, and then stands as a Repair.
    Raises StockChanged where something else was expected there.
    """
    shelves = lock((m.variant_id, m.location_id) for m in moves)
    known = set(recorded(m.key for m in moves))
    rows = []
    for m in moves:
        if m.key is None or m.key not in known:
            known.add(m.key)
            stock = shelves[m.variant_id, m.location_id]
            if m.expected not in (None, stock.on_hand):
                raise changed(stock, expected=m.expected)
            rows.append(row_of(m, stock, at=at))
    make_room(rows, as_fact=as_fact, at=at)
    write(rows, by=by, at=at)
    return len(rows)


@transaction.atomic
def count(counts: Sequence[Count], *, by: Actor, at: datetime) -> list[Counted]:
    """Write counts down; returns those that were new, each with the difference it found.

    The difference is to what was on hand at the instant of the count, so a sale a minute later is not lost; that its
    shelf has moved since is told, for then somebody may have counted what was just being carried.
    Where fewer units are found than were damaged, the damaged ones that are not there are gone from the books too.
    Raises CountDiffers where a key is known with another result.
    """
    known = recorded(c.key for c in counts)
    fresh, differing = [], []
    for c in counts:
        if c.key is None or c.key not in known:
            fresh.append(c)
            known[c.key] = c.quantity
        elif known[c.key] != c.quantity:
            differing.append(c)
    if differing:
        raise CountDiffers("this was counted already at that instant, with another result", counts=differing)
    found = []
    for one_per_shelf in rounds(fresh):
        shelves = lock((c.variant_id, c.location_id) for c in one_per_shelf)
        rows = []
        since = moved_since({shelves[c.variant_id, c.location_id].pk: c.counted_at for c in one_per_shelf})
        for c in one_per_shelf:
            stock = shelves[c.variant_id, c.location_id]
            units, moved, spoilt = since.get(stock.pk, (0, 0, 0))
            difference, key = c.quantity - (stock.on_hand - units), c.key or public_id()
            gone = min(c.quantity - (stock.damaged - spoilt), 0)
            rows.append(
                Row(stock, Kind.COUNTED, difference, gone, c.quantity, c.reason, "", key, c.device, c.counted_at, key)
            )
            found.append(Counted(c, difference, moved))
        make_room(rows, as_fact=True, at=at)
        write(rows, by=by, at=at)
        run(CLOSE_REPAIRS, stock=[row.stock.pk for row in rows if not row.late], at=at)
    return found


def to_be_counted(shelves: Iterable[int], *, at: datetime) -> None:
    """Somebody must count these shelves."""
    Repair.objects.bulk_create([Repair(stock_id=shelf, opened_at=at) for shelf in shelves], ignore_conflicts=True)


def row_of(m: Move, stock: Shelf, *, at: datetime) -> Row:
    """A movement as it will be written."""
    key = m.key or public_id()
    return Row(
        stock, m.kind, m.quantity, m.damaged, None, m.reason, m.demand, m.led_by, m.device, m.occurred_at or at, key
    )


def rounds(counts: Sequence[Count]) -> Iterable[list[Count]]:
    """The counts in their order of time, each round with one of a shelf at most."""
    left = sorted(counts, key=lambda c: c.counted_at)
    while left:
        first: dict[tuple[int, int], Count] = {}
        later = [c for c in left if first.setdefault((c.variant_id, c.location_id), c) is not c]
        yield list(first.values())
        left = later


def lock(wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Shelf]:
    """The stock rows of these variants and locations, locked in primary-key order; made where there are none yet."""
    keys = sorted(set(wanted))
    rows = locked(keys)
    if len(rows) < len(keys):
        Stock.objects.bulk_create(
            [Stock(variant_id=key[0], location_id=key[1]) for key in keys if key not in rows], ignore_conflicts=True
        )
        rows = locked(keys)
    return rows


LOCK = """
SELECT s.id, s.variant_id, s.location_id, s.on_hand, s.held, s.allocated, s.buffer, s.damaged, s.counted_at
FROM inventory_stock s
JOIN unnest(%(variants)s::bigint[], %(locations)s::bigint[]) AS wanted(variant_id, location_id)
    USING (variant_id, location_id)
ORDER BY s.id FOR NO KEY UPDATE OF s
"""


def locked(keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Shelf]:
    """The stock rows that exist, locked."""
    rows = run(LOCK, variants=[variant for variant, _ in keys], locations=[location for _, location in keys])
    return {(variant, location): Shelf(pk, variant, location, *rest) for pk, variant, location, *rest in rows}


RECORDED = "SELECT key, counted FROM inventory_movement WHERE key = ANY(%(keys)s::text[])"


def recorded(keys: Iterable[str | None]) -> dict[str | None, int | None]:
    """Which of these keys are in the ledger already, with what was counted."""
    asked = [key for key in keys if key is not None]
    return dict(run(RECORDED, keys=asked)) if asked else {}


MOVED_SINCE = """
SELECT m.stock_id, sum(m.quantity), count(*), sum(m.damaged)
FROM unnest(%(stock)s::bigint[], %(instants)s::timestamptz[]) AS wanted(id, instant)
JOIN inventory_movement m ON m.stock_id = wanted.id AND m.occurred_at > wanted.instant GROUP BY m.stock_id
"""


def moved_since(instants: Mapping[int, datetime]) -> dict[int, tuple[int, int, int]]:
    """By how much each stock has changed since an instant of its own, in how many movements, and its damaged units."""
    rows = run(MOVED_SINCE, stock=list(instants), instants=list(instants.values()))
    return {stock: (units, movements, damaged) for stock, units, movements, damaged in rows}


def make_room(rows: Sequence[Row], *, as_fact: bool, at: datetime) -> None:
    """Look at what the rows do to each shelf, ending expired holds where it gets narrow; raises NotEnough."""
    for stock, of_shelf in groupby(sorted(rows, key=lambda row: row.stock.pk), key=lambda row: row.stock):
        here = [row for row in of_shelf if not row.late]
        on_hand = stock.on_hand + sum(row.quantity for row in here)
        damaged = stock.damaged + sum(row.damaged for row in here)
        if stock.held and stock.held + stock.allocated + stock.buffer > on_hand - damaged:
            end_expired([stock.pk], at=at)
            stock = stock._replace(held=Stock.objects.values_list("held", flat=True).get(pk=stock.pk))
        if as_fact:
            continue
        changes = any(row.quantity < 0 or row.damaged for row in here)
        taken = -sum(row.quantity for row in here if row.kind in TAKES_WHAT_IS_FREE)
        free = stock.on_hand - stock.held - stock.allocated - stock.buffer - stock.damaged
        if (changes and not 0 <= damaged <= on_hand) or taken > max(free, 0):
            raise not_enough(stock, available=max(free, 0))


def changed(stock: Shelf, *, expected: int) -> StockChanged:
    """The refusal, with what is there now."""
    sku, name, code = named(stock)
    detail = f"{stock.on_hand} of {sku} are at {name}, not {expected}"
    return StockChanged(detail, sku=sku, location=code, on_hand=stock.on_hand, expected=expected)


def named(stock: Shelf) -> tuple[str, str, str]:
    """A shelf by the names a clerk knows: SKU, location and its code."""
    return Stock.objects.values_list("variant__sku", "location__name", "location__code").get(pk=stock.pk)


def not_enough(stock: Shelf, *, available: int) -> NotEnough:
    """The refusal, with the names a clerk knows."""
    sku, name, code = named(stock)
    return NotEnough(
        f"{stock.on_hand} of {sku} are at {name}, {stock.damaged} of them damaged and "
        f"{stock.held + stock.allocated} promised; this would take too many",
        sku=sku,
        location=code,
        on_hand=stock.on_hand,
        available=available,
    )


Goods = Mapping[int, int]
"""Variant → units."""
EMPTY: Goods = {}


def receive(goods: Goods, *, location_id: int, by: Actor, at: datetime, reason: str = "", key: str = "") -> int:
    """Goods arrived from a supplier."""
    return move(each(Kind.RECEIVED, goods, location_id, reason=reason, key=key), by=by, at=at)


def take_back(goods: Goods, *, location_id: int, by: Actor, at: datetime, demand: str = "", key: str = "") -> int:
    """A shopper brought goods back, to whatever location."""
    return move(each(Kind.RETURNED, goods, location_id, demand=demand, key=key), by=by, at=at)


def sell(
    goods: Goods, *, location_id: int, by: Actor, at: datetime, demand: str = "", key: str = "", as_fact: bool = False
) -> int:
    """Goods left over the counter; raises NotEnough unless it is told as a fact."""
    moves = each(Kind.SOLD, negative(goods), location_id, demand=demand, key=key)
    return move(moves, by=by, at=at, as_fact=as_fact)


def transfer(
    goods: Goods, *, source_id: int, destination_id: int, by: Actor, at: datetime, reason: str = "", key: str = ""
) -> int:
    """Goods go from one location to another (a transit location, while they are on the road); raises NotEnough."""
    leaving = each(Kind.TRANSFERRED_OUT, negative(goods), source_id, reason=reason, key=key and f"{key}:out")
    arriving = each(Kind.TRANSFERRED_IN, goods, destination_id, reason=reason, key=key and f"{key}:in")
    return move(leaving + arriving, by=by, at=at)


def adjust(
    goods: Goods,
    *,
    location_id: int,
    reason: str,
    by: Actor,
    at: datetime,
    key: str = "",
    damaged: bool = False,
    expected: Goods = EMPTY,
) -> int:
    """The books were wrong by this much, more or less, and somebody says why; `damaged`: of the units that were so.

    Raises NotEnough; StockChanged where not so many are on hand as expected.
    """
    moves = each(Kind.ADJUSTED, goods, location_id, reason=reason, key=key, expected=expected)
    return move([replace(m, damaged=m.quantity) for m in moves] if damaged else moves, by=by, at=at)


def damage(
    goods: Goods,
    *,
    location_id: int,
    reason: str,
    by: Actor,
    at: datetime,
    key: str = "",
    expected: Goods = EMPTY,
) -> int:
    """Units on the shelf cannot be sold any more (negative: can be sold again); raises NotEnough, StockChanged."""
    marked = each(Kind.DAMAGED, goods, location_id, reason=reason, key=key, expected=expected)
    return move([replace(m, quantity=0, damaged=m.quantity) for m in marked], by=by, at=at)


def each(
    kind: Kind,
    goods: Goods,
    location_id: int,
    *,
    reason: str = "",
    demand: str = "",
    key: str = "",
    expected: Goods = EMPTY,
) -> list[Move]:
    """One movement of this kind for each variant."""
    return [
        Move(
            variant,
            location_id,
            kind,
            units,
            reason=reason,
            demand=demand,
            key=f"{key}:{variant}" if key else None,
            expected=expected.get(variant),
        )
        for variant, units in goods.items()
    ]


def negative(goods: Goods) -> Goods:
    """The same goods, leaving."""
    return {variant: -units for variant, units in goods.items()}
