"""The lowest price of the 30 days before a reduction, as EU Directive 98/6 (article 6a) wants it shown beside one."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connection

from commerce.pricing.prices import APPLIES, Market

DAYS = timedelta(days=30)

# A price was in force within the 30 days if it began before the reduction, and the next one on its list did not begin
# before the 30 days. Every list that applies counts: lower than what was really asked is allowed, higher is not.
LOWEST = f"""
SELECT wanted.id, min(a.amount)
FROM unnest(%(variants)s::bigint[], %(began)s::timestamptz[]) AS wanted(id, began)
JOIN pricing_price a ON a.variant_id = wanted.id AND a.min_quantity = 1 AND a.starts_at < wanted.began
JOIN pricing_pricelist l ON l.id = a.price_list_id
WHERE {APPLIES} AND l.customer_group = ''
  AND (l.starts_at IS NULL OR l.starts_at < wanted.began)
  AND (l.ends_at IS NULL OR l.ends_at > wanted.began - %(days)s::interval)
  AND NOT EXISTS (
      SELECT FROM pricing_price later
      WHERE later.variant_id = a.variant_id AND later.price_list_id = a.price_list_id AND later.min_quantity = 1
        AND (later.starts_at, later.version) > (a.starts_at, a.version)
        AND later.starts_at <= greatest(wanted.began - %(days)s::interval, a.starts_at))
GROUP BY wanted.id
"""  # noqa: S608 (our own words)


def lowest_before(began: Mapping[int, datetime], *, market: Market) -> dict[int, int]:
    """The lowest list price of each variant in the 30 days before its reduction began, in one query.

    What was not sold before its reduction is left out: then there is no earlier price to show.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            LOWEST,
            market.facts() | {"variants": list(began), "began": list(began.values()), "days": DAYS},
        )
        return dict(cursor.fetchall())
