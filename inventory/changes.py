"""What changed on the shelves, for systems that read along: in the order in which it was committed, nothing left out.

A row's id is taken before it is committed, so whoever asks for ids above the last one seen misses what was still being
written. Rows carry the transaction that wrote them; only those of transactions older than every one that still runs
are told, in the order of transaction and id. What is told later is then always behind the cursor, never before it.
"""

from dataclasses import dataclass
from datetime import datetime

from commerce.rest.problems import Problem
from inventory.statements import run

PAGE = 1000


class CursorWrong(Problem):
    """The cursor is none of ours."""

    code = "cursor_wrong"
    status = 400


@dataclass(frozen=True)
class Change:
    """One movement, as a system of somebody else's needs it."""

    sku: str
    barcode: str | None
    location: str
    kind: str
    quantity: int
    damaged: int
    on_hand: int
    """Of the shelf now, which may be later than this change."""
    reason: str
    occurred_at: datetime
    recorded_at: datetime


CHANGES = """
SELECT m.written_in, m.id, v.sku, v.barcode, l.code, m.kind, m.quantity, m.damaged, s.on_hand, m.reason,
       m.occurred_at, m.recorded_at
FROM inventory_movement m JOIN inventory_stock s ON s.id = m.stock_id
JOIN catalog_variant v ON v.id = s.variant_id JOIN channels_location l ON l.id = s.location_id
WHERE (m.written_in, m.id) > (%(written_in)s, %(id)s)
  AND m.written_in < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
  AND (%(locations)s::bigint[] IS NULL OR s.location_id = ANY(%(locations)s))
ORDER BY m.written_in, m.id LIMIT %(page)s
"""


def changes_since(cursor: str, *, locations: list[int] | None = None, page: int = PAGE) -> tuple[list[Change], str]:
    """The next changes after a cursor ("" is the beginning), and the cursor after them. Raises CursorWrong."""
    written_in, pk = read_cursor(cursor)
    rows = run(CHANGES, written_in=written_in, id=pk, locations=locations, page=page)
    after = f"{rows[-1][0]}-{rows[-1][1]}" if rows else cursor
    return [Change(*row[2:]) for row in rows], after


def read_cursor(cursor: str) -> tuple[int, int]:
    """Transaction and id of a cursor; raises CursorWrong."""
    if not cursor:
        return -1, 0
    parts = cursor.split("-")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise CursorWrong("this cursor is not one that was given out here")
    return int(parts[0]), int(parts[1])
