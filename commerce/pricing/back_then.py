"""What goods cost at other instants, each at its own: many at once, for what tills report afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from commerce.pricing.prices import APPLIES, ORDER, Market

BACK_THEN = f"""
SELECT price.amount, price.version
FROM unnest(%(variants)s::bigint[], %(quantities)s::int[], %(instants)s::timestamptz[])
     WITH ORDINALITY AS wanted(id, quantity, instant, ordinal)
LEFT JOIN LATERAL (
    SELECT CASE WHEN l.tax_included THEN a.amount END AS amount, l.code || ' ' || a.version AS version
    FROM pricing_price a JOIN pricing_pricelist l ON l.id = a.price_list_id
    WHERE a.variant_id = wanted.id AND a.starts_at <= wanted.instant
      AND a.min_quantity <= greatest(wanted.quantity, 1) AND {APPLIES}
      AND (l.starts_at IS NULL OR l.starts_at <= wanted.instant)
      AND (l.ends_at IS NULL OR l.ends_at > wanted.instant)
    ORDER BY {ORDER} LIMIT 1
) price ON true
ORDER BY wanted.ordinal
"""  # noqa: S608 (our own words)


@dataclass(frozen=True, slots=True)
class PriceBackThen:
    """A price with tax, and since which version of its list it was so: “pvp 7”."""

    amount: int
    version: str


def prices_back_then(wanted: Sequence[tuple[int, int, datetime]], *, market: Market) -> list[PriceBackThen | None]:
    """The price of each variant, quantity and instant, by the rules of commerce.pricing.prices.

    None where there was none, or where the list's prices are without tax.
    """
    if not wanted:
        return []
    values = market.facts() | {
        "variants": [variant for variant, _, _ in wanted],
        "quantities": [quantity for _, quantity, _ in wanted],
        "instants": [at for *_, at in wanted],
    }
    with connection.cursor() as cursor:
        cursor.execute(BACK_THEN, values)
        return [None if amount is None else PriceBackThen(amount, version) for amount, version in cursor.fetchall()]
