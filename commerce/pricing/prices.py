"""What one unit costs, and its tax: many variants in one query. Promotions come later, in commerce.quotes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
    began: datetime
    differs: str = ""
    """Why this channel or place has a price of its own; empty where all have the same."""
    content: int | None = None
    content_unit: str = ""
    """What is in it, where that is known: the price of a kilogram or liter is told beside its own."""


@dataclass(frozen=True)
class NoOffer:
    """A variant that cannot be bought here and now: unknown, withdrawn, without a price or without a tax rate."""

    variant_id: int
    sku: str
    title: str
    reason: str


# Which price goes first, in one place:
#   1. the list with the highest rank, of those that apply here and now and have a price for the variant;
#   2. at equal rank, what is meant more closely: a list for her group, then for this place, for this channel, for all;
#   3. at a tie, the older list; and of one list, the highest quantity that is reached, then the price begun last.
ORDER = """l.rank DESC, l.customer_group = '', l.location_id IS NULL, l.sales_channel_id IS NULL, l.id,
         a.min_quantity DESC, a.starts_at DESC, a.version DESC"""

APPLIES = """l.is_active AND l.currency = %(currency)s
      AND (l.sales_channel_id IS NULL OR l.sales_channel_id = %(sales_channel)s)
      AND (l.location_id IS NULL OR l.location_id = %(location)s)
      AND l.customer_group IN ('', %(group)s)"""

LOOK_UP = f"""
SELECT v.id, v.sku, coalesce(p.translations -> %(language)s ->> 'title', p.title), v.options::text,
       p.translations -> %(language)s -> 'options', p.id,
       coalesce(c.path, ''), v.is_active AND p.status = 'active',
       price.code, price.version, price.tax_included, price.amount, price.compare_at, tax.basis_points,
       price.starts_at, coalesce(price.differs, ''), v.content, v.content_unit
FROM unnest(%(variants)s::bigint[], %(quantities)s::int[]) AS wanted(id, quantity)
JOIN catalog_variant v ON v.id = wanted.id
JOIN catalog_product p ON p.id = v.product_id
LEFT JOIN catalog_category c ON c.id = p.category_id
LEFT JOIN LATERAL (
    SELECT l.code, l.version, l.tax_included, a.amount, a.compare_at, a.starts_at,
           CASE WHEN l.sales_channel_id IS NOT NULL OR l.location_id IS NOT NULL THEN l.reason END AS differs
    FROM pricing_price a JOIN pricing_pricelist l ON l.id = a.price_list_id
    WHERE a.variant_id = v.id AND a.starts_at <= %(at)s AND a.min_quantity <= wanted.quantity AND {APPLIES}
      AND (l.starts_at IS NULL OR l.starts_at <= %(at)s) AND (l.ends_at IS NULL OR l.ends_at > %(at)s)
    ORDER BY {ORDER} LIMIT 1
) price ON true
LEFT JOIN LATERAL (
    SELECT t.basis_points FROM pricing_taxrate t
    WHERE t.country IN (%(place)s::text, left(%(place)s::text, 2)) AND t.category = p.tax_category
      AND t.starts_at <= %(at)s
    ORDER BY length(t.country) DESC, t.starts_at DESC LIMIT 1
) tax ON true
"""  # noqa: S608 (our own words)


@dataclass(frozen=True)
class Market:
    """Where something is sold, and to whom: all that a price may depend on besides the goods and the instant."""

    sales_channel: SalesChannel
    location_id: int | None = None
    group: str = ""
    tax_place: str = ""
    """Whose tax applies, where it is a part of the channel's country that differs."""

    def facts(self) -> dict[str, Any]:
        """What the statements of this file ask for."""
        return {
            "sales_channel": self.sales_channel.pk,
            "currency": self.sales_channel.currency,
            "location": self.location_id,
            "group": self.group,
            "place": self.tax_place or self.sales_channel.country,
        }


def look_up(
    variant_ids: Sequence[int],
    *,
    market: Market,
    at: datetime,
    quantities: Mapping[int, int] | None = None,
    language: str = "",
) -> tuple[dict[int, Offer], dict[int, NoOffer]]:
    """The offers for these variants, one unit of each unless said otherwise, and why there is none for the others."""
    ids = list(dict.fromkeys(variant_ids))
    counts = [quantities[variant] for variant in ids] if quantities else [1] * len(ids)
    with connection.cursor() as cursor:
        cursor.execute(
            LOOK_UP, market.facts() | {"variants": ids, "quantities": counts, "language": language, "at": at}
        )
        rows = cursor.fetchall()
    offers: dict[int, Offer] = {}
    missing = {variant: NoOffer(variant, "", "", "unknown") for variant in ids}
    for variant, sku, name, options, words, product, category, active, *terms, began, differs, content, unit in rows:
        code, version, included, amount, was, tax = terms
        title = titled(name, orjson.loads(options), words)
        if reason := why_not(active=active, amount=amount, tax=tax):
            missing[variant] = NoOffer(variant, sku, title, reason)
        else:
            del missing[variant]
            offers[variant] = Offer(
                variant,
                sku,
                title,
                product,
                category,
                code,
                version,
                included,
                amount,
                was,
                tax,
                began,
                differs,
                content,
                unit,
            )
    return offers, missing


def titled(name: str, options: Sequence[Sequence[str]], words: str | None) -> str:
    """What a line calls its goods, such as “Taza Alba – Azul”; `words` translate the options."""
    known = orjson.loads(words) if words else {}
    chosen = " / ".join(known.get(value, value) for _, value in options)
    return f"{name} – {chosen}" if chosen else name


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
            "SELECT basis_points FROM pricing_taxrate"
            " WHERE country IN (%(place)s::text, left(%(place)s::text, 2)) AND category = %(category)s"
            " AND starts_at <= %(at)s"
            " ORDER BY length(country) DESC, starts_at DESC LIMIT 1",
            {"place": country, "category": category, "at": at},
        )
        row = cursor.fetchone()
    if row is None:
        raise NoTaxRate(f"{country} has no {category} tax rate at {at:%Y-%m-%d}")
    return int(row[0])
