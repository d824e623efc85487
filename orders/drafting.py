"""The first half of every checkout: whose cart, at which price, from where; and the draft that says so."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from commerce.bulk import insert_with
from commerce.carts import edits, offers
from commerce.carts.models import Cart
from commerce.carts.showing import carts, price, wanted_in
from commerce.channels.models import Location, SalesChannel
from commerce.customers.models import PostalAddress
from commerce.planning import keep_plans
from commerce.pricing.tax_places import tax_place
from commerce.promotions.models import Coupon
from commerce.quotes.models import SignedQuote
from commerce.quotes.quote import refuse_missing
from commerce.quotes.reckoning import Quote, QuotedLine
from commerce.quotes.signed import find
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from inventory import reservations, sourcing
from inventory.holds import OutOfStock, Want
from inventory.rules import Line
from inventory.sourcing import CannotServe, Plan
from orders.buyers import Buyer, address_of, buyer_of
from orders.delivery.rates import Offer, brought
from orders.models import Order, OrderLine


class EmptyCart(Problem):
    """There is nothing to buy."""

    code = "cart_empty"


class PriceChanged(Problem):
    """It costs something else than the shopper was shown; the new total stands in `total`."""

    code = "price_changed"


@dataclass(frozen=True)
class Terms:
    """What the shopper agreed to: a price, a way to get the goods, and how to reach her.

    `deliver_to` is an address of hers, or a new one that is not saved yet. `sold_in` is the sales channel of an agent
    or clerk who goes on with a cart of another channel; its price stays that of the cart. `may_wait`: she was told that
    some of it is not here yet, and buys it all the same; `call_me`: then she wants to be called. `method` and `slot`
    say how and when it is brought.
    """

    expected_total: int
    pickup_at: Location | None = None
    deliver_to: PostalAddress | None = None
    seen_version: int | None = None
    email: str = ""
    phone: str = ""
    name: str = ""
    sold_in: SalesChannel | None = None
    language: str = ""
    may_wait: bool = False
    call_me: bool = False
    method: str = ""
    slot: str = ""
    signed_quote: str = ""
    """Code or token of an offer that she shows at the checkout."""

    def __post_init__(self) -> None:
        if (self.pickup_at is None) == (self.deliver_to is None):
            raise ValueError("goods are either collected or delivered")


@dataclass(frozen=True)
class Draft:
    """A draft order with what it was made of; `coupon` only if it takes something off, `signed` only if it holds."""

    order: Order
    lines: list[OrderLine]
    cart: Cart
    coupon: Coupon | None
    may_wait: bool = False
    signed: SignedQuote | None = None


def draft(cart: Cart, *, terms: Terms, alone: Collection[str] = (), by: Actor, channel: str, at: datetime) -> Draft:
    """Lock the cart, agree on its price, and write a draft order; `alone` is what nobody else may name meanwhile.

    Raises CartClosed, StaleCart, EmptyCart, NotForSale, PriceChanged, NoContact, CannotServe, and what is wrong with a
    signed quote that does not hold.
    """
    keep_plans(alone=alone)
    cart = lock(cart, seen_version=terms.seen_version, at=at)
    if terms.signed_quote:
        show_quote(cart, terms.signed_quote, at=at)
    quote, offer = agreed(cart, terms=terms, at=at)
    if terms.pickup_at and not (terms.pickup_at.offers_pickup and terms.pickup_at.is_active):
        raise CannotServe(f"nothing can be collected at {terms.pickup_at.name}")
    buyer = buyer_of(
        cart,
        email=terms.email,
        phone=terms.phone,
        name=terms.name,
        language=terms.language,
        by=by,
        channel=channel,
        at=at,
    )
    order = begun(cart, quote, buyer, offer, terms=terms, channel=channel, at=at)
    lines = [OrderLine(ordinal=ordinal, **as_ordered(line)) for ordinal, line in enumerate(quote.lines, start=1)]
    insert_with(order, lines, of="order")
    signed = cart.signed_quote if quote.signed else None
    coupon = signed.coupon if signed else cart.coupon
    spent = coupon if coupon and quote.spends(coupon.code) else None
    may_wait = terms.may_wait and terms.deliver_to is not None
    return Draft(order, lines, cart, spent, may_wait=may_wait, signed=signed)


def as_ordered(line: QuotedLine) -> dict[str, Any]:
    """What a line of an order takes from the line of a quote."""
    return {
        "variant_id": line.variant_id,
        "sku": line.sku,
        "title": line.title[:260],
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "goods_total": line.goods_total,
        "discount": line.discount,
        "total": line.total,
        "tax": line.tax,
        "tax_basis_points": line.tax_basis_points,
    }


def show_quote(cart: Cart, shown: str, *, at: datetime) -> None:
    """Take the signed quote that is shown at the checkout; raises why it does not hold, with what the goods cost."""
    quote = find(shown)
    offers.check(quote, cart, at=at)
    Cart.objects.filter(pk=cart.pk).update(signed_quote=quote)
    cart.signed_quote = quote


LOCK = """
UPDATE carts_cart SET status = 'checking_out'
WHERE id = %(cart)s AND status = 'open' AND version = coalesce(%(seen)s, version)
RETURNING version, person_id, coupon_id
"""


def lock(cart: Cart, *, seen_version: int | None, at: datetime) -> Cart:
    """The cart, closed for editing and locked; its lines are read afterwards. Raises CartClosed, StaleCart."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, {"cart": cart.pk, "seen": seen_version})
        row = cursor.fetchone()
    if row is None:
        raise edits.refusal(cart, at=at)
    if row != (cart.version, cart.person_id, cart.coupon_id):  # somebody edited it after the door read it
        return carts().get(pk=cart.pk)
    cart.status = Cart.Status.CHECKING_OUT
    return cart


def destination(cart: Cart, terms: Terms) -> str:
    """Where the goods end up, and whose taxes apply; the channel's, where an address does not say its country."""
    place = terms.pickup_at or terms.deliver_to
    return tax_place((place and place.country) or cart.sales_channel.country, place.postal_code if place else "")


def agreed(cart: Cart, *, terms: Terms, at: datetime) -> tuple[Quote, Offer | None]:
    """What the cart costs here and now, if that is what the shopper expects, and how it is brought.

    Raises EmptyCart, PriceChanged, OutsideZones, NotBroughtThus.
    """
    offer = None
    priced = price(cart, wanted_in(cart), tax_place=destination(cart, terms), at=at, language=terms.language)
    refuse_missing(priced.missing)
    quote = priced.quote
    if not quote.lines:
        raise EmptyCart("there is nothing in this cart")
    if terms.deliver_to:
        quote, offer = brought(
            quote,
            sales_channel=cart.sales_channel,
            postal_code=terms.deliver_to.postal_code,
            country=terms.deliver_to.country or "ES",
            method=terms.method,
            at=at,
        )
    if quote.total != terms.expected_total:
        facts = {"total": quote.total, "currency": quote.currency, "quote": quote.as_dict()}
        if cart.signed_quote and priced.obstacle:
            raise offers.refusal(priced.obstacle, promised=cart.signed_quote.total, **facts)
        raise PriceChanged(
            "the price has changed; please look at the new total", expected_total=terms.expected_total, **facts
        )
    return quote, offer


def begun(
    cart: Cart, quote: Quote, buyer: Buyer, offer: Offer | None, *, terms: Terms, channel: str, at: datetime
) -> Order:
    """The draft as it is to be written."""
    address = terms.deliver_to and address_of(buyer.person, terms.deliver_to, entered_in=channel, at=at)
    return Order(
        journey_id=cart.journey_id,
        cart=cart,
        person=buyer.person,
        email=buyer.email,
        phone=buyer.phone,
        sales_channel=terms.sold_in or cart.sales_channel,
        pickup_at=terms.pickup_at,
        deliver_to=address,
        currency=quote.currency,
        goods_total=quote.goods_total,
        discount_total=quote.discount_total,
        delivery_total=quote.delivery_total,
        tax_total=quote.tax_total,
        total=quote.total,
        quote=quote.as_dict() | how_it_is_brought(offer, terms),
        call_me=terms.call_me,
        created_at=at,
    )


def how_it_is_brought(offer: Offer | None, terms: Terms) -> dict[str, Any]:
    """What the quote says of the delivery besides its price."""
    said = (offer.as_dict() if offer else {}) | ({"slot": terms.slot} if terms.slot else {})
    return {"delivery": said} if said else {}


TRIES = 5


def source(drafted: Draft, *, take: Callable[[Sequence[Want]], None], at: datetime) -> Plan:
    """Choose who serves the draft and take the units there; returns the plan that was taken.

    Where others were faster, there may still be enough elsewhere: then it is chosen again. The savepoint gives the
    locks of the earlier choice back, so that rows are always taken in one order. What is kept for this very cart, or
    for whom it is, is given to it when nothing else is left; a checkout that is given up does not bring that back.
    Raises OutOfStock, CannotServe, TooManyParcels.
    """
    try:
        return source_freely(drafted, take=take, at=at)
    except OutOfStock:
        kept = reservations.kept_for(drafted.cart, [line.variant_id or 0 for line in drafted.lines], at=at)
        if not kept:
            raise
        with transaction.atomic():
            reservations.hand_over(kept, at=at)
            plan = source_freely(drafted, take=take, at=at)
            reservations.taken_by(kept, plan.wants, at=at)
            return plan


def source_freely(drafted: Draft, *, take: Callable[[Sequence[Want]], None], at: datetime) -> Plan:
    """The same from what nobody has asked to keep; raises OutOfStock, CannotServe, TooManyParcels."""
    order = drafted.order
    wanted = [Line(line.public_id, line.variant_id or 0, line.sku, line.quantity) for line in drafted.lines]
    may_send = order.pickup_at is not None and order.pickup_at.transfer_days is not None
    left = 1 if order.pickup_at_id and not may_send else TRIES
    while True:
        plan = sourcing.plan_for(
            wanted,
            sales_channel=order.sales_channel,
            pickup_at=order.pickup_at,
            postal_code=order.deliver_to.postal_code if order.deliver_to else "",
            at=at,
        )
        left -= 1
        if not left:
            take(plan.wants)
            return plan
        try:
            with transaction.atomic():
                take(plan.wants)
                return plan
        except OutOfStock:
            continue
