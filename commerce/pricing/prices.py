"""What one unit costs, and its tax: many variants in one query. Promotions come later, in commerce.quotes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from django.db import connection

from commerce.channels.models import SalesChannel
from commerce.rest.problems import Problem


@dataclass(frozen=True)
class Offer:
    """A variant that can be bought, at the price of the list that applies."""

    variant_id: int
    sku: str
    title: str
    product_id: int
    category: str
    price_list: str
    version: int
    tax_included: bool
    amount: int
    compare_at: int | None
    tax_basis_points: int


@dataclass(frozen=True)
class NoOffer:
    """A variant that cannot be bought here and now: unknown, withdrawn, without a price or without a tax rate."""

    variant_id: int
    sku: str
    title: str
    reason: str


# The list with the highest rank that has a price for the variant wins; at equal rank the channel's own list goes before
# one for all channels. Of that list the latest price that has begun counts.
LOOK_UP = """
SELECT v.id, v.sku, coalesce(p.translations -> %(language)s ->> 'title', p.title), v.options::text, p.id,
       coalesce(c.path, ''), v.is_active AND p.status = 'active',
       price.code, price.version, price.tax_included, price.amount, price.compare_at, tax.basis_points
FROM catalog_variant v
JOIN catalog_product p ON p.id = v.product_id
LEFT JOIN catalog_category c ON c.id = p.category_id
LEFT JOIN LATERAL (
    SELECT l.code, l.version, l.tax_included, a.amount, a.compare_at
    FROM pricing_price a JOIN pricing_pricelist l ON l.id = a.price_list_id
    WHERE a.variant_id = v.id AND a.starts_at <= %(at)s AND l.is_active AND l.currency = %(currency)s
      AND (l.sales_channel_id IS NULL OR l.sales_channel_id = %(sales_channel)s)
    ORDER BY l.rank DESC, l.sales_channel_id IS NULL, l.id, a.starts_at DESC LIMIT 1
) price ON true
LEFT JOIN LATERAL (
    SELECT t.basis_points FROM pricing_taxrate t
    WHERE t.country = %(country)s AND t.category = p.tax_category AND t.starts_at <= %(at)s
    ORDER BY t.starts_at DESC LIMIT 1
) tax ON true
WHERE v.id = ANY(%(variants)s)
"""


def look_up(
    variant_ids: Sequence[int], *, sales_channel: SalesChannel, at: datetime, language: str = ""
) -> tuple[dict[int, Offer], dict[int, NoOffer]]:
    """The offers for these variants, and why there is none for the others."""
    with connection.cursor() as cursor:
        cursor.execute(
            LOOK_UP,
            {
                "variants": list(variant_ids),
                "sales_channel": sales_channel.pk,
                "currency": sales_channel.currency,
                "country": sales_channel.country,
                "language": language,
                "at": at,
            },
        )
        rows = cursor.fetchall()
    offers: dict[int, Offer] = {}
    missing = {variant: NoOffer(variant, "", "", "unknown") for variant in variant_ids}
    for variant, sku, name, options, product, category, active, code, version, included, amount, was, tax in rows:
        title = " – ".join([name, *filter(None, [" / ".join(value for _, value in orjson.loads(options))])])
        if reason := why_not(active=active, amount=amount, tax=tax):
            missing[variant] = NoOffer(variant, sku, title, reason)
        else:
            del missing[variant]
            offers[variant] = Offer(variant, sku, title, product, category, code, version, included, amount, was, tax)
    return offers, missing


def why_not(*, active: bool, amount: int | None, tax: int | None) -> str:
    """Why something cannot be bought; empty if it can. Without a tax rate nothing is sold: it would be a guess."""
    if not active:
        return "withdrawn"
    if amount is None:
        return "no_price"
    return "no_tax_rate" if tax is None else ""


class NoTaxRate(Problem):
    """A country has no rate for this category of goods; the back office must enter one."""

    code = "no_tax_rate"
    status = 409


def tax_rate(*, country: str, category: str = "standard", at: datetime) -> int:
    """The rate in basis points that applies at an instant; raises NoTaxRate."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT basis_points FROM pricing_taxrate WHERE country = %s AND category = %s AND starts_at <= %s"
            " ORDER BY starts_at DESC LIMIT 1",
            [country, category, at],
        )
        row = cursor.fetchone()
    if row is None:
        raise NoTaxRate(f"{country} has no {category} tax rate at {at:%Y-%m-%d}")
    return int(row[0])
