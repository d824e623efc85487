"""What can be sold: one function for page, API, staff, agent, checkout and routing."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime

from inventory.statements import run

# Units of holds past their time count as free, though they still stand in `held`. Where nothing is held, nobody looks.
AVAILABLE = """
SELECT s.variant_id, s.location_id, s.id AS stock_id,
       s.on_hand - s.held - s.allocated - s.buffer - s.damaged + CASE WHEN s.held = 0 THEN 0 ELSE (
           SELECT coalesce(sum(h.quantity), 0) FROM inventory_hold h
           WHERE h.stock_id = s.id AND h.status = 'live' AND h.expires_at <= %(at)s
       ) END AS available
FROM inventory_stock s
WHERE s.variant_id = ANY(%(variants)s::bigint[])
  AND (%(locations)s::bigint[] IS NULL OR s.location_id = ANY(%(locations)s))
"""


def available(
    variants: Collection[int], *, at: datetime, locations: Collection[int] | None = None
) -> Counter[tuple[int, int]]:
    """Units that can be sold, by (variant id, location id), never below zero; what has no stock row is 0 as well."""
    rows = run(AVAILABLE, variants=list(variants), locations=None if locations is None else list(locations), at=at)
    return Counter({(variant, location): max(units, 0) for variant, location, _, units in rows})


def when_free(coming: Iterable[tuple[datetime, int]], *, units: int) -> datetime | None:
    """When so many units are free at the latest: by goods that are expected, or by holds that end. Pure.

    Nothing where all of them together are too few.
    """
    for moment, quantity in sorted(coming):
        units -= quantity
        if units <= 0:
            return moment
    return None
