"""What a store's tills have brought about, as one digest: equal digests, equal books."""

from hashlib import sha256
from typing import Any

from django.db import connection, transaction

from commerce.wiring import AUDITS
from tests.audits import violations
from tests.orders.journal.sending import TillOf

# Nothing in here depends on when something arrived: no ids, no instants of ours.
STATE = """
SELECT 'order', o.till_key, o.number, o.total::text, o.status, o.payment_status,
       (SELECT string_agg(concat_ws('/', l.ordinal, l.sku, l.quantity, l.unit_price, l.discount, l.total, l.returned),
                          ';' ORDER BY l.ordinal) FROM orders_orderline l WHERE l.order_id = o.id)
       || '|' || (SELECT string_agg(concat_ws('/', p.tender, p.amount, p.refunded, p.status), ';' ORDER BY p.id)
                  FROM orders_payment p WHERE p.order_id = o.id)
FROM orders_order o WHERE o.till_key IS NOT NULL
UNION ALL
SELECT 'return', r.till_key, coalesce(o.till_key, ''), r.total::text, '', '',
       (SELECT string_agg(concat_ws('/', l.ordinal, l.sku, l.quantity, l.total), ';' ORDER BY l.ordinal)
        FROM returns_returnline l WHERE l.returned_id = r.id)
FROM returns_return r LEFT JOIN orders_order o ON o.id = r.order_id
UNION ALL
SELECT 'shelf', v.sku, l.code, s.on_hand::text, s.damaged::text, '', ''
FROM inventory_stock s JOIN catalog_variant v ON v.id = s.variant_id JOIN channels_location l ON l.id = s.location_id
UNION ALL
SELECT 'moved', m.kind, split_part(m.key, '#', 1), sum(m.quantity)::text, '', '', '' FROM inventory_movement m
WHERE m.key LIKE 'till:%%' GROUP BY m.kind, split_part(m.key, '#', 1) HAVING sum(m.quantity) <> 0
UNION ALL
SELECT 'fact', f.uuid::text, f.sequence::text, f.kind, f.status, f.digest, '' FROM journal_fact f
UNION ALL
SELECT 'difference', f.uuid::text, d.kind, coalesce(d.line, 0)::text, d.subject, coalesce(d.expected, 0)::text,
       coalesce(d.actual, 0)::text FROM journal_difference d JOIN journal_fact f ON f.id = d.fact_id
UNION ALL
SELECT 'coupon', c.code, c.uses_held::text, c.uses_redeemed::text, '', '', '' FROM promotions_coupon c
UNION ALL
SELECT 'to do', t.kind, t.cause, '', '', '', '' FROM orders_todo t WHERE t.closed_at IS NULL
ORDER BY 1, 2, 3, 4, 5, 6, 7
"""


def books() -> list[tuple[Any, ...]]:
    """All that matters, row by row, in one order."""
    with connection.cursor() as cursor:
        cursor.execute(STATE, {})
        return cursor.fetchall()


class Undone(Exception):
    """Takes everything back that was tried."""


def books_after(*facts: tuple[TillOf, dict[str, Any]]) -> list[tuple[Any, ...]]:
    """The books once these were told, one by one; then it is as if they had not been."""
    found: list[list[tuple[Any, ...]]] = []
    try:
        with transaction.atomic():
            for caja, fact in facts:
                assert caja.send(fact).status_code == 200
            assert violations(*AUDITS) == []
            found.append(books())
            raise Undone
    except Undone:
        return found[0]


def digest_of(rows: list[tuple[Any, ...]]) -> str:
    """The rows as one digest."""
    return sha256(repr(rows).encode()).hexdigest()
