"""A product with everything a shopper decides by, in five queries: what it is, what it costs, where it can be had."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.templatetags.static import static

from commerce.channels.models import SalesChannel
from commerce.quotes.tags import PriceTag, price_tags
from commerce.rest.problems import Problem
from inventory.availability import available
from inventory.statements import run

# One statement: a product page is read a thousand times for each time it is bought.
READ = """
SELECT p.id, p.handle, coalesce(nullif(p.translations -> %(language)s ->> 'title', ''), p.title),
       coalesce(nullif(p.translations -> %(language)s ->> 'body', ''), p.body), p.vendor, p.tags::text,
       coalesce(c.paths ->> %(language)s, c.path), c.slug, (p.translations -> %(language)s -> 'options')::text,
       (SELECT json_agg(json_build_array(v.id, v.sku, v.barcode, v.options) ORDER BY v.position, v.id)
        FROM catalog_variant v WHERE v.product_id = p.id AND v.is_active)::text,
       (SELECT json_agg(json_build_array(i.source, i.alt, i.variant_id) ORDER BY i.position, i.id)
        FROM catalog_picture i WHERE i.product_id = p.id)::text,
       (SELECT json_agg(json_build_array(l.id, l.code, l.name, l.kind = 'store' AND l.offers_pickup) ORDER BY l.id)
        FROM channels_location l JOIN channels_saleschannel_locations s ON s.location_id = l.id
        WHERE s.saleschannel_id = %(sales_channel)s AND l.is_active)::text
FROM catalog_product p LEFT JOIN catalog_category c ON c.id = p.category_id
WHERE p.handle = %(handle)s AND p.status = 'active'
"""


class NoSuchProduct(Problem):
    """Nothing of that name is sold."""

    code = "not_found"
    status = 404


@dataclass(frozen=True)
class Told:
    """How much of the stock a caller may know: at most so many units of each place, None for all."""

    most: int | None

    def units(self, units: int) -> dict[str, Any]:
        """Units as they are told."""
        is_more = self.most is not None and units > self.most
        return {"available": self.most if is_more else units, "is_more": is_more}


def read_product(
    handle: str, *, sales_channel: SalesChannel, told: Told, language: str, at: datetime
) -> dict[str, Any]:
    """The product of a handle as the API tells it; raises NoSuchProduct."""
    rows = run(READ, handle=handle, language=language, sales_channel=sales_channel.pk)
    if not rows:
        raise NoSuchProduct("there is no such product")
    (_, handle, title, body, vendor, tags, path, slug, said, *lists) = rows[0]
    words = orjson.loads(said) if said else {}
    variants, pictures, places = (orjson.loads(each) if each else [] for each in lists)
    ids = [variant[0] for variant in variants]
    prices = price_tags(ids, sales_channel=sales_channel, at=at, language=language)
    free = available(ids, at=at, locations=[place[0] for place in places])
    skus = {pk: sku for pk, sku, *_ in variants}
    return {
        "handle": handle,
        "title": title,
        "body": body,
        "vendor": vendor,
        "category": {"path": path, "slug": slug} if path else None,
        "tags": orjson.loads(tags),
        "pictures": [
            {"address": address_of(source), "alt": alt, "sku": skus.get(variant)} for source, alt, variant in pictures
        ],
        "currency": sales_channel.currency,
        "variants": [
            {
                "sku": sku,
                "barcode": barcode,
                "options": [{"name": words.get(n, n), "value": words.get(v, v)} for n, v in options],
                "price": price_of(prices.get(pk)),
                **told.units(sum(free[pk, place[0]] for place in places)),
                "stores": [
                    {"location": code, "name": name} | told.units(free[pk, place])
                    for place, code, name, is_store in places
                    if is_store
                ],
            }
            for pk, sku, barcode, options in variants
        ],
    }


def price_of(tag: PriceTag | None) -> Mapping[str, Any] | None:
    """One unit's price; None where it cannot be bought now."""
    if tag is None:
        return None
    return {
        "amount": tag.amount,
        "was": tag.was,
        "lowest_30_days": tag.lowest,
        "differs": tag.differs,
        "version": tag.version,
        "unit_price": tag.unit_price,
        "unit": tag.unit,
        "tax_basis_points": tag.tax_basis_points,
        "reasons": tag.reasons,
    }


def address_of(source: str) -> str:
    """Where a picture can be fetched: as it stands if it is a web address, else among the static files."""
    return source if source.startswith(("https://", "http://")) else static(source)
