"""How movements are written: the rows and the counters of their shelves, in one statement. Only inventory.ledger calls.

What a count has seen already gets its correction here, and what arrives goes first to those who wait for it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from commerce.timeline.actors import Actor
from inventory.line import serve
from inventory.models import Movement
from inventory.statements import run

Kind = Movement.Kind


class Shelf(NamedTuple):
    """A stock row as it was when it was locked."""

    pk: int
    variant_id: int
    location_id: int
    on_hand: int
    held: int
    allocated: int
    buffer: int
    damaged: int
    counted_at: datetime | None


class Row(NamedTuple):
    """A movement as it will be written."""

    stock: Shelf
    kind: str
    quantity: int
    damaged: int
    counted: int | None
    reason: str
    demand: str
    cause: str
    device: str
    occurred_at: datetime
    key: str

    @property
    def late(self) -> bool:
        """Whether a count has seen it already. Of two counts at one instant the one learned last is right."""
        counted_at = self.stock.counted_at
        if counted_at is None:
            return False
        return self.occurred_at < counted_at or (self.counted is None and self.occurred_at == counted_at)


WRITE = """
WITH moved AS (
    INSERT INTO inventory_movement
        (stock_id, kind, quantity, damaged, counted, reason, demand, cause, device, occurred_at, key,
         actor, recorded_at, written_in)
    SELECT *, %(actor)s, %(at)s, pg_current_xact_id()::text::bigint FROM unnest(
        %(stock)s::bigint[], %(kind)s::text[], %(quantity)s::int[], %(damaged)s::int[], %(counted)s::int[],
        %(reason)s::text[], %(demand)s::text[], %(cause)s::text[], %(device)s::text[], %(occurred_at)s::timestamptz[],
        %(key)s::text[])
    RETURNING stock_id, kind, quantity, damaged, occurred_at
), shelf AS (
    UPDATE inventory_stock s SET on_hand = s.on_hand + sums.quantity, damaged = s.damaged + sums.damaged,
                                 counted_at = greatest(s.counted_at, sums.counted_at)
    FROM (
        SELECT stock_id, sum(quantity) AS quantity, sum(damaged) AS damaged,
               max(occurred_at) FILTER (WHERE kind = 'counted') AS counted_at
        FROM moved GROUP BY stock_id
    ) AS sums WHERE s.id = sums.stock_id
    RETURNING s.id, s.on_hand < 0 OR s.held + s.allocated > s.on_hand - s.damaged AS broken
)
INSERT INTO inventory_repair (stock_id, opened_at) SELECT id, %(at)s FROM shelf WHERE broken
ON CONFLICT (stock_id) WHERE closed_at IS NULL DO NOTHING
RETURNING stock_id
"""

CLOSE_REPAIRS = """
UPDATE inventory_repair r SET closed_at = %(at)s FROM inventory_stock s
WHERE r.stock_id = ANY(%(stock)s) AND r.closed_at IS NULL AND s.id = r.stock_id
  AND s.on_hand >= 0 AND s.held + s.allocated <= s.on_hand - s.damaged
RETURNING r.stock_id
"""


def write(rows: Sequence[Row], *, by: Actor, at: datetime) -> None:
    """Write rows and counters in one statement; a shelf that breaks by it is to be repaired."""
    rows = [*rows, *corrections([row for row in rows if row.late])]
    if not rows:
        return
    arriving = [row.stock.pk for row in rows if row.quantity > row.damaged]  # broken goods serve nobody
    columns = dict(zip(Row._fields, map(list, zip(*rows, strict=True)), strict=True))
    told_by = by.id if by.kind == "device" else ""
    columns |= {"stock": [row.stock.pk for row in rows], "device": [row.device or told_by for row in rows]}
    run(WRITE, actor=str(by), at=at, **columns)
    if arriving:
        serve(arriving, at=at)


FIRST_COUNT = """
SELECT (
    SELECT min(m.occurred_at) FROM inventory_movement m
    WHERE m.stock_id = late.id AND m.kind = 'counted' AND m.occurred_at >= late.instant
      AND (m.occurred_at > late.instant OR NOT late.is_count)
)
FROM unnest(%(stock)s::bigint[], %(instants)s::timestamptz[], %(is_count)s::boolean[]) WITH ORDINALITY
     AS late(id, instant, is_count, ordinal) ORDER BY ordinal
"""


def corrections(late: Sequence[Row]) -> list[Row]:
    """What keeps a shelf as counted, for rows that the next count after them has seen already."""
    if not late:
        return []
    counts = run(
        FIRST_COUNT,
        stock=[row.stock.pk for row in late],
        instants=[row.occurred_at for row in late],
        is_count=[row.counted is not None for row in late],
    )
    return [
        row._replace(
            kind=Kind.CORRECTED,
            quantity=-row.quantity,
            damaged=0,
            counted=None,
            reason="counted already",
            cause=row.key,
            occurred_at=instant,
            key=f"{row.key}:corrected",
        )
        for row, (instant,) in zip(late, counts, strict=True)
        if row.quantity
    ]
