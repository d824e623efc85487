"""A hold that is lessened because its units are gone: a till sold what it had leased, or its shelf is short of them."""

from collections.abc import Mapping
from datetime import datetime

from inventory.statements import run

# A part leaves the rest held, and stands beside it as a row of its own: what was held at any time stays known.
TAKE_OUT = """
WITH locked AS (
    SELECT s.id, units FROM inventory_stock s
    JOIN unnest(%(variants)s::bigint[], %(units)s::bigint[]) AS gone(variant_id, units) USING (variant_id)
    WHERE s.location_id = %(location)s
      AND s.id IN (SELECT stock_id FROM inventory_hold WHERE demand = %(demand)s AND status = 'live')
    ORDER BY s.id FOR NO KEY UPDATE OF s
), lessened AS (
    UPDATE inventory_hold kept SET
        quantity = CASE WHEN units < quantity THEN quantity - units ELSE quantity END,
        status = CASE WHEN units < quantity THEN 'live' ELSE 'released' END,
        ended_at = CASE WHEN units < quantity THEN NULL ELSE %(at)s::timestamptz END
    FROM locked WHERE kept.stock_id = locked.id AND kept.demand = %(demand)s AND kept.status = 'live'
    RETURNING kept.*, CASE WHEN kept.status = 'live' THEN units ELSE kept.quantity END AS units
), part AS (
    INSERT INTO inventory_hold (stock_id, demand, quantity, status, placed_at, expires_at, ended_at)
    SELECT stock_id, demand, units, 'released', placed_at, expires_at, %(at)s FROM lessened WHERE status = 'live'
)
UPDATE inventory_stock s SET held = held - lessened.units FROM lessened WHERE s.id = lessened.stock_id RETURNING s.id
"""


def take_out(demand: str, units: Mapping[int, int], *, location_id: int, at: datetime) -> None:
    """Lessen what a demand holds at one location by units (of each variant) that are gone, as far as it holds them."""
    gone = {variant: count for variant, count in units.items() if count > 0}
    run(TAKE_OUT, demand=demand, variants=list(gone), units=list(gone.values()), location=location_id, at=at)
