"""What a till takes along when it goes offline: every price and promotion of its place, to be reckoned without us."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from commerce.catalog.models import Variant
from commerce.pricing.models import Price
from commerce.pricing.prices import Market, Offer, look_up
from commerce.promotions.rules import rules_for
from commerce.promotions.taking import Rule
from commerce.quotes.reckoning import Quote, Wanted, reckon
from commerce.quotes.tokens import key_set


@dataclass(frozen=True)
class Snapshot:
    """Prices by variant, each with the quantity from which it holds, and the promotions that need no code."""

    currency: str
    taken_at: datetime
    offers: dict[int, list[tuple[int, Offer]]]
    rules: list[Rule]

    def as_json(self) -> bytes:
        """The snapshot as it is sent to a till."""
        offers = [[start, vars(offer)] for breaks in self.offers.values() for start, offer in breaks]
        rules = [vars(rule) for rule in self.rules]
        said = {"currency": self.currency, "taken_at": self.taken_at, "offers": offers, "rules": rules}
        said["quote_keys"] = key_set()["keys"]  # to prove signed quotes by
        return orjson.dumps(said, default=sorted)

    def quote(self, wanted: Sequence[Wanted]) -> Quote:
        """What a basket costs by this snapshot alone; what is not in it is left out."""
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
        return reckon(sold, offers, [r for r in self.rules if touches(r, looked_at)], currency=self.currency)


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


def take(*, market: Market, at: datetime) -> Snapshot:
    """The snapshot of a place at an instant."""
    ids = list(Variant.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True))
    starts = sorted({1, *Price.objects.values_list("min_quantity", flat=True).distinct()})
    offers: dict[int, list[tuple[int, Offer]]] = {}
    for start in starts:
        found, _ = look_up(ids, market=market, at=at, quantities=dict.fromkeys(ids, start))
        for variant, offer in found.items():
            offers.setdefault(variant, []).append((start, offer))
    rules = rules_for([breaks[0][1] for breaks in offers.values()], market=market, at=at)
    return Snapshot(market.sales_channel.currency, at, offers, rules)


def read(sent: bytes) -> Snapshot:
    """A snapshot as a till reads it."""
    said = orjson.loads(sent)
    offers: dict[int, list[tuple[int, Offer]]] = {}
    for start, facts in said["offers"]:
        offer = Offer(**facts | {"began": datetime.fromisoformat(facts["began"])})
        offers.setdefault(offer.variant_id, []).append((start, offer))
    rules = [Rule(**restored(facts)) for facts in said["rules"]]
    return Snapshot(said["currency"], datetime.fromisoformat(said["taken_at"]), offers, rules)


def restored(facts: dict[str, Any]) -> dict[str, Any]:
    """A promotion's facts, with the sets and pairs that JSON does not know."""
    for name in ("product_ids", "variant_ids"):
        facts[name] = None if facts[name] is None else frozenset(facts[name])
    facts["tiers"] = tuple((start, points) for start, points in facts["tiers"])
    return facts
