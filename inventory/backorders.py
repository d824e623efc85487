"""What was sold before it is here: one line for each shelf, served by whatever brings units there.

The earliest payment comes first, unit by unit: who waits for three gets the first three that come, be it one by one.
The line is served in the transaction that frees or brings the units, while their shelf is locked: nobody slips in
between. Whoever changes a line locks its shelf first, too.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from commerce.rest.problems import Problem
from commerce.timeline import tasks
from commerce.wiring import BACKORDER_SERVED
from inventory.availability import when_free
from inventory.statements import run


class BackordersFull(Problem):
    """No more units are sold before they are here."""

    code = "backorders_full"


@dataclass(frozen=True)
class Wait:
    """Units of a variant that a demand (an order line) waits for at a location."""

    variant_id: int
    location_id: int
    quantity: int
    demand: str


# Everybody whom the units reach, in their order, and each as far as they reach.
GUARD = "free > ahead"
SERVE = f"""
WITH line AS (
    SELECT b.id, b.stock_id, b.quantity - b.served AS wanted,
           sum(b.quantity - b.served) OVER (PARTITION BY b.stock_id ORDER BY b.paid_at, b.id)
               - (b.quantity - b.served) AS ahead,
           s.on_hand - s.held - s.allocated - s.buffer - s.damaged AS free
    FROM inventory_backorder b JOIN inventory_stock s ON s.id = b.stock_id
    WHERE b.status = 'waiting' AND b.stock_id = ANY(%(stock)s)
), given AS (
    SELECT id, least(wanted, free - ahead) AS units FROM line WHERE {GUARD}
), served AS (
    UPDATE inventory_backorder b SET
        served = served + units,
        status = CASE WHEN served + units = quantity THEN 'served' ELSE 'waiting' END,
        ended_at = CASE WHEN served + units = quantity THEN %(at)s::timestamptz END
    FROM given WHERE b.id = given.id
    RETURNING b.stock_id, b.demand, b.status, units
), promised AS (
    INSERT INTO inventory_allocation (stock_id, demand, quantity, status, allocated_at)
    SELECT stock_id, demand, units, 'open', %(at)s FROM served
    ON CONFLICT (demand, stock_id) WHERE status = 'open'
    DO UPDATE SET quantity = inventory_allocation.quantity + excluded.quantity
), counted AS (
    UPDATE inventory_stock s SET allocated = allocated + sums.units
    FROM (SELECT stock_id, sum(units) AS units FROM served GROUP BY stock_id) AS sums WHERE s.id = sums.stock_id
)
SELECT demand FROM served WHERE status = 'served'
"""  # noqa: S608 (a constant)


def serve(stock: Collection[int], *, at: datetime) -> list[str]:
    """Give what is free on these shelves (locked by the caller) to those in line; returns who has all of it now."""
    served = [demand for (demand,) in run(SERVE, stock=list(stock), at=at)]
    for demand in served:
        tasks.schedule(BACKORDER_SERVED, key=demand, due_at=at, rings=True)
    return served


# What is asked for at once counts together. Tests take the cap away, to see that they would notice.
CAP = "promised + together <= s.backorder_cap"
JOIN = """
INSERT INTO inventory_backorder (stock_id, demand, quantity, served, status, asked_at)
SELECT s.id, wait.demand, wait.quantity, 0, 'unpaid', %(at)s
FROM (
    SELECT *, sum(quantity) OVER (PARTITION BY variant_id, location_id) AS together
    FROM unnest(%(variants)s::bigint[], %(locations)s::bigint[], %(units)s::int[], %(demands)s::text[])
         AS each(variant_id, location_id, quantity, demand)
) AS wait
JOIN inventory_stock s USING (variant_id, location_id)
CROSS JOIN LATERAL (
    SELECT coalesce(sum(b.quantity - b.served), 0) AS promised FROM inventory_backorder b
    WHERE b.stock_id = s.id AND b.status IN ('unpaid', 'waiting')
) AS earlier
WHERE {cap}
RETURNING id
"""


def join(waits: Sequence[Wait], *, at: datetime) -> None:
    """Sell units before they are here, as many as the shelf's cap allows; the caller has locked the shelves.

    They count towards the cap at once, and have their place in line when they are paid(). Raises BackordersFull.
    """
    written = run(
        JOIN.format(cap=CAP),
        variants=[wait.variant_id for wait in waits],
        locations=[wait.location_id for wait in waits],
        units=[wait.quantity for wait in waits],
        demands=[wait.demand for wait in waits],
        at=at,
    )
    if len(written) < len(waits):
        raise BackordersFull("no more of it is sold before it is here")


LOCK = """
SELECT id FROM inventory_stock WHERE id IN (
    SELECT stock_id FROM inventory_backorder WHERE demand = ANY(%(demands)s) AND status IN ('unpaid', 'waiting')
    UNION ALL SELECT stock_id FROM inventory_hold WHERE demand = ANY(%(demands)s) AND status = 'live'
    UNION ALL SELECT stock_id FROM inventory_allocation WHERE demand = ANY(%(demands)s) AND status = 'open'
) ORDER BY id FOR NO KEY UPDATE
"""
TAKE_PLACE = """
UPDATE inventory_backorder SET status = 'waiting', paid_at = %(at)s
WHERE demand = ANY(%(demands)s) AND status = 'unpaid' RETURNING stock_id
"""
LEAVE = """
UPDATE inventory_backorder SET status = 'canceled', ended_at = %(at)s
WHERE demand = ANY(%(demands)s) AND status IN ('unpaid', 'waiting') RETURNING id
"""
WAITS = """
SELECT s.variant_id, s.location_id, b.quantity, b.demand FROM inventory_backorder b
JOIN inventory_stock s ON s.id = b.stock_id
WHERE b.demand = ANY(%(demands)s) AND b.status <> 'canceled' ORDER BY b.id
"""


def waits_of(demands: Collection[str]) -> list[Wait]:
    """What these demands were sold before it was here, whether it has come since or not."""
    return [Wait(*row) for row in run(WAITS, demands=list(demands))]


@transaction.atomic(savepoint=False)
def paid(demands: Collection[str], *, at: datetime) -> None:
    """Give these demands their place in line, and what is free already; called again, nothing more happens."""
    run(LOCK, demands=list(demands))
    shelves = {shelf for (shelf,) in run(TAKE_PLACE, demands=list(demands), at=at)}
    if shelves:
        serve(sorted(shelves), at=at)


@transaction.atomic(savepoint=False)
def leave(demands: Collection[str], *, at: datetime) -> int:
    """Take these demands out of their lines; what they were given stays theirs until it is released. How many left."""
    run(LOCK, demands=list(demands))
    return len(run(LEAVE, demands=list(demands), at=at))


WANT_LESS = """
WITH before AS (
    SELECT id, served FROM inventory_backorder WHERE demand = %(demand)s AND status IN ('unpaid', 'waiting')
)
UPDATE inventory_backorder b SET
    quantity = %(units)s,
    served = least(b.served, %(units)s),
    status = CASE WHEN b.served >= %(units)s THEN 'served' ELSE b.status END,
    ended_at = CASE WHEN b.served >= %(units)s THEN %(at)s::timestamptz END
FROM before WHERE b.id = before.id AND b.quantity > %(units)s
RETURNING before.served, b.stock_id, b.status
"""


@transaction.atomic(savepoint=False)
def want_less(demand: str, units: int, *, at: datetime) -> int:
    """Let a demand wait for fewer units, at least one; it keeps its place. How many of those that came are too many.

    Those stay its own until the caller gives them back.
    """
    run(LOCK, demands=[demand])
    surplus = 0
    for served, shelf, status in run(WANT_LESS, demand=demand, units=units, at=at):
        surplus = max(served - units, 0)
        if status == "served":
            tasks.schedule(BACKORDER_SERVED, key=demand, due_at=at, rings=True)
        serve([shelf], at=at)
    return surplus


CANCELED = """
SELECT DISTINCT ON (b.demand) s.variant_id, s.location_id, b.quantity, b.demand
FROM inventory_backorder b JOIN inventory_stock s ON s.id = b.stock_id
WHERE b.demand = ANY(%(demands)s) AND b.status = 'canceled' AND b.paid_at IS NULL
  AND NOT EXISTS (SELECT FROM inventory_backorder a WHERE a.demand = b.demand AND a.status <> 'canceled')
ORDER BY b.demand, b.id DESC
"""
LOCK_SHELVES = """
SELECT s.id FROM inventory_stock s
JOIN unnest(%(variants)s::bigint[], %(locations)s::bigint[]) AS wanted(variant_id, location_id)
    USING (variant_id, location_id)
ORDER BY s.id FOR NO KEY UPDATE OF s
"""


def join_again(demands: Collection[str], *, at: datetime) -> None:
    """Wait once more for what these demands gave up before they paid; raises BackordersFull."""
    waits = [Wait(*row) for row in run(CANCELED, demands=list(demands))]
    if waits:
        variants, locations = [wait.variant_id for wait in waits], [wait.location_id for wait in waits]
        run(LOCK_SHELVES, variants=variants, locations=locations)
        join(waits, at=at)


STANDING = """
SELECT demand, served < quantity,
       (SELECT count(*) FROM inventory_backorder a WHERE a.stock_id = b.stock_id AND a.status = 'waiting'
            AND (a.paid_at, a.id) <= (coalesce(b.paid_at, 'infinity'), b.id)) + (b.paid_at IS NULL)::int,
       (SELECT coalesce(sum(a.quantity - a.served), 0) FROM inventory_backorder a
            WHERE a.stock_id = b.stock_id AND a.status = 'waiting'
            AND (a.paid_at, a.id) <= (coalesce(b.paid_at, 'infinity'), b.id))
           + CASE WHEN b.paid_at IS NULL THEN b.quantity ELSE 0 END,
       s.variant_id, s.location_id
FROM inventory_backorder b JOIN inventory_stock s ON s.id = b.stock_id
WHERE b.demand = ANY(%(demands)s) AND b.status IN ('unpaid', 'waiting') ORDER BY b.id
"""


@dataclass(frozen=True)
class Standing:
    """Where a demand stands: its place in line, and how many units must come until all of its own are here."""

    demand: str
    position: int
    units: int
    variant_id: int
    location_id: int


def standing_of(demands: Iterable[str]) -> list[Standing]:
    """Where those of these demands stand who still wait; who has not paid stands behind all others."""
    rows = run(STANDING, demands=list(demands))
    return [Standing(demand, *rest) for demand, waits, *rest in rows if waits]


ROOM = """
SELECT s.variant_id, s.location_id, s.backorder_cap - coalesce(sum(b.quantity - b.served), 0)
FROM inventory_stock s
LEFT JOIN inventory_backorder b ON b.stock_id = s.id AND b.status IN ('unpaid', 'waiting')
WHERE s.variant_id = ANY(%(variants)s) AND s.location_id = ANY(%(locations)s) AND s.backorder_cap > 0
GROUP BY s.id ORDER BY s.location_id
"""


def room(variants: Collection[int], *, locations: Collection[int]) -> dict[tuple[int, int], int]:
    """How many more units may be sold before they are here, by variant and location."""
    rows = run(ROOM, variants=list(variants), locations=list(locations))
    return {(variant, location): units for variant, location, units in rows if units > 0}


IN_LINE = """
SELECT s.variant_id, s.location_id, count(*), sum(b.quantity - b.served)::int
FROM inventory_backorder b JOIN inventory_stock s ON s.id = b.stock_id
WHERE s.variant_id = ANY(%(variants)s) AND s.location_id = ANY(%(locations)s) AND b.status IN ('unpaid', 'waiting')
GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Line:
    """How many wait at a shelf, and for how many units."""

    people: int = 0
    units: int = 0


def line_of(shelves: Collection[tuple[int, int]]) -> defaultdict[tuple[int, int], Line]:
    """The lines at some shelves, by variant and location."""
    variants, locations = [variant for variant, _ in shelves], [location for _, location in shelves]
    lines: defaultdict[tuple[int, int], Line] = defaultdict(Line)
    for variant, location, people, units in run(IN_LINE, variants=variants, locations=locations):
        lines[variant, location] = Line(people, units)
    return lines


EXPECTED = """
SELECT s.variant_id, s.location_id, i.expected_at, i.quantity - i.received
FROM inventory_incoming i JOIN inventory_stock s ON s.id = i.stock_id
WHERE s.variant_id = ANY(%(variants)s) AND s.location_id = ANY(%(locations)s) AND i.ended_at IS NULL
  AND i.expected_at > %(at)s
"""


def expected(needs: Mapping[tuple[int, int], int], *, at: datetime) -> dict[tuple[int, int], datetime | None]:
    """When so many units will have come, by variant and location; nothing where too few are expected, or long since."""
    coming: dict[tuple[int, int], list[tuple[datetime, int]]] = {}
    variants, locations = [variant for variant, _ in needs], [location for _, location in needs]
    for variant, location, when, units in run(EXPECTED, variants=variants, locations=locations, at=at):
        coming.setdefault((variant, location), []).append((when, units))
    return {shelf: when_free(coming.get(shelf, ()), units=units) for shelf, units in needs.items()}


def expected_for(standings: Iterable[Standing], *, at: datetime) -> datetime | None:
    """When the last of these will be served, by what is expected; nothing where one of them has no date."""
    needs: dict[tuple[int, int], int] = {}
    for standing in standings:
        shelf = (standing.variant_id, standing.location_id)
        needs[shelf] = max(needs.get(shelf, 0), standing.units)
    dates = list(expected(needs, at=at).values())
    known = [date for date in dates if date]
    return max(known) if known and len(known) == len(dates) else None
