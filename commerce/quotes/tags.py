"""Price tags: what one unit costs, for shop windows and product pages. The basket's price is asked of `quote`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from commerce.catalog.models import ContentUnit
from commerce.channels.models import SalesChannel
from commerce.pricing.lowest import DAYS, lowest_before
from commerce.pricing.prices import Market, Offer, look_up
from commerce.promotions.rules import rules_for, rules_within
from commerce.quotes.reckoning import Wanted, reckon


@dataclass(frozen=True)
class PriceTag:
    """One unit's price with tax, the higher one it is compared with, and why it is less.

    `lowest` is the lowest price of the 30 days before the reduction; None where nothing is reduced, or where the thing
    was not sold before. `differs` says why this channel or place has a price of its own.
    """

    currency: str
    amount: int
    was: int | None
    tax_basis_points: int
    reasons: tuple[str, ...]
    lowest: int | None = None
    differs: str = ""
    version: str = ""
    unit_price: int | None = None
    unit: str = ""
    """What a kilogram, liter, meter, square meter or piece of it costs, where its content is known; and which it is."""

    @property
    def tax_percent(self) -> str:
        """The rate as it stands beside a price: 21, or 5.2."""
        return f"{self.tax_basis_points / 100:g}"


def price_tags(
    variant_ids: Sequence[int],
    *,
    sales_channel: SalesChannel,
    at: datetime,
    location_id: int | None = None,
    language: str = "",
) -> dict[int, PriceTag]:
    """The tag of each variant that can be bought here and now; two queries for any number of them.

    Two more where a price is announced as reduced: what it was before must be said beside it.
    """
    market = Market(sales_channel, location_id)
    offers, _ = look_up(variant_ids, market=market, at=at, language=language)
    rules = rules_for(offers.values(), market=market, at=at, language=language)
    started = {rule.promotion_id: rule.began for rule in rules if rule.began}
    tags, reduced = {}, {}
    for variant, offer in offers.items():
        priced = reckon([Wanted(variant, 1)], offers, rules, currency=sales_channel.currency)
        line, won = priced.lines[0], [promotion.promotion_id for promotion in priced.applied]
        was = max(offer.compare_at or 0, line.goods_total)
        tags[variant] = PriceTag(
            currency=priced.currency,
            amount=line.total,
            was=was if was > line.total else None,
            tax_basis_points=line.tax_basis_points,
            reasons=line.promotions,
            differs=offer.differs,
            version=" ".join([f"{offer.price_list} {offer.version}", *versions_of(priced.versions, won)]),
            unit_price=unit_price(line.total, offer),
            unit=PER[offer.content_unit][1] if offer.content else "",
        )
        if was > line.total:
            begins = [started[promotion] for promotion in won]
            reduced[variant] = max([offer.began] * (not begins or offer.compare_at is not None) + begins)
    if reduced:
        for variant, lowest in lowest_amounts(reduced, offers, market=market).items():
            tags[variant] = replace(tags[variant], lowest=lowest)
    return tags


PER: dict[str, tuple[int, str]] = {
    ContentUnit.GRAM: (1000, "kg"),
    ContentUnit.MILLILITRE: (1000, "l"),
    ContentUnit.CENTIMETRE: (100, "m"),
    ContentUnit.SQUARE_CENTIMETRE: (10_000, "m²"),
    ContentUnit.PIECE: (1, "piece"),
}
"""How much of each unit of content the price is told for (EU Directive 98/6, article 2 b)."""


def unit_price(amount: int, offer: Offer) -> int | None:
    """What is told beside a price (article 3), rounded half up; nothing where the content is not known."""
    if not offer.content:
        return None
    many, _ = PER[offer.content_unit]
    return (2 * amount * many + offer.content) // (2 * offer.content)


def versions_of(versions: Mapping[str, Mapping[str, int]], won: Iterable[int]) -> list[str]:
    """The versions of the promotions that made a price, such as “#12 v3”; a discount by hand has none."""
    known = versions["promotions"]
    return [f"#{promotion} v{known[str(promotion)]}" for promotion in won if str(promotion) in known]


def lowest_amounts(reduced: Mapping[int, datetime], offers: Mapping[int, Offer], *, market: Market) -> dict[int, int]:
    """What each variant cost at least in the 30 days before its reduction began, earlier promotions taken off.

    They are taken off the lowest list price as if all had run on one day: never too high a price to compare with.
    """
    listed = lowest_before(reduced, market=market)
    earlier = rules_within(
        [offers[variant] for variant in listed],
        market=market,
        since=min(reduced.values()) - DAYS,
        until=max(reduced.values()),
    )
    lowest = {}
    for variant, amount in listed.items():
        then = {variant: replace(offers[variant], amount=amount)}
        past = [
            rule
            for rule in earlier
            if rule.began
            and rule.began < reduced[variant]
            and (rule.ends is None or rule.ends > reduced[variant] - DAYS)
        ]
        currency = market.sales_channel.currency
        lowest[variant] = reckon([Wanted(variant, 1)], then, past, currency=currency).lines[0].total
    return lowest
