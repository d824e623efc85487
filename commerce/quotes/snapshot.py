"""What a till takes along when it goes offline: every price and promotion of its place, to be reckoned without us."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from commerce.catalog.models import Variant
from commerce.channels.models import Location, SalesChannel
from commerce.pricing.models import Price
from commerce.pricing.prices import Market, Offer, look_up
from commerce.promotions.rules import rules_for
from commerce.promotions.taking import Rule
from commerce.quotes.reckoning import Quote, Wanted, reckon
from commerce.quotes.tokens import key_set


@dataclass(frozen=True)
class Snapshot:
    """Prices by variant, each with the quantity from which it holds, the promotions that need no code, and our keys.

    `changes_at` is the next instant at which, as far as was known, something in it is no longer so.
    """

    store: str
    sales_channel: str
    currency: str
    taken_at: datetime
    changes_at: datetime | None
    offers: Mapping[int, Sequence[tuple[int, Offer]]]
    rules: Sequence[Rule]
    quote_keys: Sequence[Mapping[str, str]]

    def quote(self, wanted: Sequence[Wanted], *, at: datetime) -> Quote:
        """What a basket costs by this snapshot alone; what is not in it is left out, what has ended not given."""
        quantities: dict[int, int] = {}
        for want in wanted:
            quantities[want.variant_id] = quantities.get(want.variant_id, 0) + want.quantity
        offers = {
            variant: [offer for start, offer in self.offers[variant] if start <= quantity][-1]
            for variant, quantity in quantities.items()
            if variant in self.offers
        }
        sold = [Wanted(variant, quantities[variant]) for variant in offers]
        looked_at = {(offer.product_id, offer.variant_id, offer.category) for offer in offers.values()}
        rules = [r for r in self.rules if (r.ends is None or at < r.ends) and touches(r, looked_at)]
        return reckon(sold, offers, rules, currency=self.currency)


def touches(rule: Rule, goods: set[tuple[int, int, str]]) -> bool:
    """Whether a promotion looks at anything in a basket."""
    if rule.product_ids is None and rule.variant_ids is None and not rule.category:
        return True
    return any(
        product in (rule.product_ids or ())
        or variant in (rule.variant_ids or ())
        or (rule.category and f"{category} > ".startswith(f"{rule.category} > "))
        for product, variant, category in goods
    )


# Whatever a snapshot is made of. A row is known by where and by whom it was written last, so that any change of it
# shows, by whatever hand, without its columns being read; a table is known by the sum of its rows.
SOURCES = (
    "catalog_category",
    "catalog_product",
    "catalog_variant",
    "pricing_price",
    "pricing_pricelist",
    "pricing_taxrate",
    "promotions_promotion",
    "promotions_promotion_products",
    "promotions_promotion_variants",
)
WRITTEN = "coalesce(sum(hashtidextended(t.ctid, hashint8extended(t.id, t.xmin::text::bigint))), 0)"
STATE = f"""
SELECT concat_ws(' ', {", ".join(f"(SELECT {WRITTEN} FROM {table} t)" for table in SOURCES)}),
(SELECT min(instant) FROM (
    SELECT starts_at AS instant FROM pricing_price WHERE starts_at > %(at)s
    UNION ALL SELECT starts_at FROM pricing_pricelist WHERE is_active AND starts_at > %(at)s
    UNION ALL SELECT ends_at FROM pricing_pricelist WHERE is_active AND ends_at > %(at)s
    UNION ALL SELECT starts_at FROM pricing_taxrate WHERE starts_at > %(at)s
    UNION ALL SELECT starts_at FROM promotions_promotion WHERE is_active AND starts_at > %(at)s
    UNION ALL SELECT ends_at FROM promotions_promotion WHERE is_active AND ends_at > %(at)s
) planned)
"""  # noqa: S608 (our own names)


@dataclass(frozen=True)
class State:
    """What tells whether a snapshot taken earlier is still as one taken now would be, without taking it.

    Where nothing was written and no planned instant has passed, prices are as they were.
    """

    tag: str
    store: str
    sales_channel: SalesChannel
    at: datetime
    changes_at: datetime | None
    quote_keys: Sequence[Mapping[str, str]]


def state(store: Location, *, sales_channel: SalesChannel, at: datetime) -> State:
    """How things stand, in one statement. It is read before a snapshot is taken, so that at worst it is too old."""
    with connection.cursor() as cursor:
        cursor.execute(STATE, {"at": at})
        written, planned = cursor.fetchone()
    keys = key_set()["keys"]
    place = (store.code, sales_channel.code, sales_channel.currency, sales_channel.country)
    facts = [*place, str(planned), *(key["kid"] for key in keys), written]
    tag = hashlib.sha256(" ".join(facts).encode()).hexdigest()[:32]
    return State(tag, store.code, sales_channel, at, planned, keys)


def take(store: Location, *, now: State, language: str = "") -> Snapshot:
    """The snapshot of a store at the instant of its state."""
    market = Market(now.sales_channel, store.pk)
    ids = list(Variant.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True))
    starts = sorted({1, *Price.objects.values_list("min_quantity", flat=True).distinct()})
    offers: dict[int, list[tuple[int, Offer]]] = {}
    for start in starts:
        found, _ = look_up(ids, market=market, at=now.at, quantities=dict.fromkeys(ids, start), language=language)
        for variant, offer in found.items():
            known = offers.setdefault(variant, [])
            if not known or known[-1][1] != offer:
                known.append((start, offer))
    rules = rules_for([breaks[0][1] for breaks in offers.values()], market=market, at=now.at, language=language)
    return Snapshot(
        store=store.code,
        sales_channel=now.sales_channel.code,
        currency=now.sales_channel.currency,
        taken_at=now.at,
        changes_at=now.changes_at,
        offers=offers,
        rules=rules,
        quote_keys=now.quote_keys,
    )
