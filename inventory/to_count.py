"""What is worth counting next: shelves below zero, those that were never counted, those that moved while
they were counted, those whose counts differ most."""

from dataclasses import dataclass
from datetime import datetime

from inventory.statements import run

MOST = 50


@dataclass(frozen=True)
class Suggestion:
    """A shelf to count, and why."""

    sku: str
    title: str
    on_hand: int
    why: str
    counted_at: datetime | None


SUGGEST = """
SELECT v.sku, p.title, s.on_hand,
       CASE WHEN s.on_hand < 0 THEN 'negative'
            WHEN r.id IS NOT NULL THEN 'in_doubt'
            WHEN s.counted_at IS NULL THEN 'never_counted'
            WHEN c.moved THEN 'moved_since'
            ELSE 'disputed' END AS why,
       s.counted_at
FROM inventory_stock s JOIN catalog_variant v ON v.id = s.variant_id JOIN catalog_product p ON p.id = v.product_id
LEFT JOIN inventory_repair r ON r.stock_id = s.id AND r.closed_at IS NULL
LEFT JOIN LATERAL (
    SELECT sum(abs(m.quantity)) AS disputed FROM inventory_movement m
    WHERE m.stock_id = s.id AND m.kind IN ('counted', 'adjusted', 'corrected')
) d ON true
LEFT JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM inventory_movement m WHERE m.stock_id = s.id
          AND m.occurred_at > last.occurred_at AND m.recorded_at <= last.recorded_at AND m.id < last.id
    ) AS moved
    FROM inventory_movement last
    WHERE last.stock_id = s.id AND last.kind = 'counted' AND last.occurred_at = s.counted_at
    ORDER BY last.id DESC LIMIT 1
) c ON true
WHERE s.location_id = %(location)s
  AND (s.on_hand < 0 OR r.id IS NOT NULL OR (s.counted_at IS NULL AND s.on_hand > 0) OR c.moved OR d.disputed > 0)
ORDER BY s.on_hand >= 0, r.id IS NULL, s.counted_at IS NOT NULL, c.moved IS NOT TRUE, d.disputed DESC NULLS LAST, s.id
LIMIT %(most)s
"""


def suggested(location_id: int, *, most: int = MOST) -> list[Suggestion]:
    """The shelves of a location that are most worth counting, the worst first."""
    return [Suggestion(*row) for row in run(SUGGEST, location=location_id, most=most)]
