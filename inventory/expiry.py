"""Holds whose time is over: they count for nobody, and end when their units are needed or the sweeper comes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from inventory.line import serve
from inventory.models import Hold
from inventory.statements import run

# What ends is looked up again after the lock: of an expiry and a payment at the same instant, whichever locks the row
# first wins, and the other sees it.
END = """
WITH locked AS (
    SELECT s.id FROM inventory_stock s
    WHERE s.id IN (SELECT stock_id FROM {table} kept WHERE status = '{standing}' AND {which})
    ORDER BY s.id FOR NO KEY UPDATE
), ended AS (
    UPDATE {table} kept SET status = %(status)s, ended_at = %(at)s FROM locked
    WHERE kept.stock_id = locked.id AND kept.status = '{standing}' AND {which}
    RETURNING kept.stock_id, kept.quantity
), given_back AS (
    UPDATE inventory_stock s SET {counter} = {counter} - units
    FROM (SELECT stock_id, sum(quantity) AS units FROM ended GROUP BY stock_id) AS sums WHERE s.id = sums.stock_id
)
SELECT (SELECT count(*) FROM ended), ARRAY(
    SELECT stock_id FROM inventory_reservation
    WHERE status = 'waiting' AND stock_id IN (SELECT stock_id FROM ended)
    UNION SELECT stock_id FROM inventory_backorder
    WHERE status = 'waiting' AND stock_id IN (SELECT stock_id FROM ended)
    UNION SELECT s.id FROM inventory_stock s JOIN alerts_alert a USING (variant_id)
    WHERE a.status = 'waiting' AND s.id IN (SELECT stock_id FROM ended)
)
"""
END_EXPIRED = END.format(
    table="inventory_hold",
    standing="live",
    counter="held",
    which="kept.expires_at <= %(at)s AND kept.stock_id = ANY(%(stock)s)",
)


@transaction.atomic(savepoint=False)
def end(statement: str, *, at: datetime, **values: Any) -> int:
    """Run one of these statements, and give what became free to those who stand in line for it; how many ended."""
    [(ended, in_line)] = run(statement, at=at, **values)
    if in_line:
        serve(in_line, at=at)
    return int(ended)


def end_expired(stock: Sequence[int], *, at: datetime) -> int:
    """End what has expired on these stock rows; returns how many holds that were."""
    return end(END_EXPIRED, stock=list(stock), status=Hold.Status.EXPIRED, at=at)


SWEEP = 200


def sweep_expired(*, at: datetime) -> int:
    """End every expired hold, some shelves at a time; returns how many.

    Nothing depends on its being in time: whoever reads or takes stock leaves expired holds out of account.
    """
    expired = Hold.objects.filter(status=Hold.Status.LIVE, expires_at__lte=at)
    stock = sorted(set(expired.values_list("stock", flat=True)))
    return sum(end_expired(stock[start : start + SWEEP], at=at) for start in range(0, len(stock), SWEEP))
