"""What it costs here and now: the one function behind every price that a shopper, a clerk or a till is told."""

from collections.abc import Sequence
from datetime import datetime

from commerce.channels.models import SalesChannel
from commerce.customers.models import Person
from commerce.pricing.prices import Market, NoOffer, look_up, tax_rate
from commerce.promotions.models import Coupon
from commerce.promotions.rules import rules_for
from commerce.promotions.taking import Rule
from commerce.quotes.reckoning import Quote, Wanted, delivered, reckon
from commerce.rest.problems import Problem


class NotForSale(Problem):
    """Something in the basket cannot be bought here and now."""

    code = "not_for_sale"
    status = 409


def quote(
    wanted: Sequence[Wanted],
    *,
    sales_channel: SalesChannel,
    at: datetime,
    coupon: Coupon | None = None,
    person: Person | None = None,
    location_id: int | None = None,
    delivery: int = 0,
    by_hand: Rule | None = None,
    tax_place: str = "",
    language: str = "",
) -> Quote:
    """The price of a basket, with promotions, reasons and versions; raises NotForSale, naming the goods.

    `location_id` is the store where it is bought, if that is known. `delivery` is what bringing it costs, tax included.
    `by_hand` is what a clerk takes off.
    Titles and names come in `language` where they are translated.
    """
    priced, missing = quote_what_sells(
        wanted,
        sales_channel=sales_channel,
        at=at,
        coupon=coupon,
        person=person,
        location_id=location_id,
        delivery=delivery,
        by_hand=by_hand,
        tax_place=tax_place,
        language=language,
    )
    refuse_missing(missing)
    return priced


def refuse_missing(missing: Sequence[NoOffer]) -> None:
    """Refuse a basket with goods that cannot be bought; raises NotForSale, naming them."""
    if missing:
        raise NotForSale(
            "not everything in the basket can be bought here at the moment",
            lines=[{"sku": gone.sku, "reason": gone.reason} for gone in missing],
        )


def quote_what_sells(
    wanted: Sequence[Wanted],
    *,
    sales_channel: SalesChannel,
    at: datetime,
    coupon: Coupon | None = None,
    person: Person | None = None,
    location_id: int | None = None,
    delivery: int = 0,
    by_hand: Rule | None = None,
    tax_place: str = "",
    language: str = "",
) -> tuple[Quote, list[NoOffer]]:
    """The price of what can be bought, and what cannot: a cart is shown also when one of its goods is withdrawn.

    `tax_place` is where the goods go, once that is known: its taxes apply.
    """
    market = Market(sales_channel, location_id, person.group if person else "", tax_place)
    quantities: dict[int, int] = {}
    for want in wanted:
        quantities[want.variant_id] = quantities.get(want.variant_id, 0) + want.quantity
    offers, missing = look_up(list(quantities), market=market, at=at, quantities=quantities, language=language)
    rules = rules_for(offers.values(), market=market, coupon=coupon, person=person, at=at, language=language)
    rules += [by_hand] if by_hand else []
    sold = [want for want in wanted if want.variant_id in offers]
    priced = reckon(sold, offers, rules, currency=sales_channel.currency)
    if delivery:
        rate = tax_rate(country=sales_channel.country, at=at)
        priced = delivered(priced, fee=delivery, tax_basis_points=rate)
    return priced, list(missing.values())


def with_delivery(priced: Quote, *, sales_channel: SalesChannel, at: datetime) -> Quote:
    """A quote with what it costs in this sales channel to bring the goods; raises NoTaxRate."""
    goods = priced.goods_total - priced.discount_total
    free_from = sales_channel.free_delivery_from
    if not sales_channel.delivery_fee or (free_from is not None and goods >= free_from):
        return priced
    rate = tax_rate(country=sales_channel.country, at=at)
    return delivered(priced, fee=sales_channel.delivery_fee, tax_basis_points=rate)
