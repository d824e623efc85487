"""Codes at a store's counter: of a promotion or of an offer, typed or scanned, and used with the sale."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from commerce.carts.models import Cart
from commerce.carts.showing import rule_by_hand
from commerce.channels.models import Location, SalesChannel
from commerce.promotions import uses
from commerce.promotions.models import Coupon
from commerce.quotes import signed
from commerce.quotes.happenings import QuoteHonored
from commerce.quotes.models import SignedQuote
from commerce.quotes.quote import quote
from commerce.quotes.reckoning import Quote, Wanted
from commerce.quotes.signed import QuoteUnknown
from commerce.timeline.actors import Actor
from commerce.timeline.journeys import link
from commerce.timeline.record import record
from orders.models import Order


@dataclass(frozen=True)
class Coded:
    """What a basket costs with a code, what the code is, and why an offer does not hold."""

    quote: Quote
    coupon: Coupon | None = None
    offer: SignedQuote | None = None
    obstacle: str = ""
    behind: Cart | None = None
    """The cart that says what is taken off by hand."""


def read(typed: str, *, at: datetime) -> Coupon | SignedQuote:
    """What a code is: an offer, or else a coupon; raises UnknownCode or CodeEnded."""
    try:
        return signed.find(typed)
    except QuoteUnknown:
        return uses.find(typed[:40], at=at)


def priced(
    wanted: Sequence[Wanted],
    *,
    typed: str,
    sales_channel: SalesChannel,
    store: Location,
    behind: Cart | None = None,
    at: datetime,
    language: str,
) -> Coded:
    """What a basket costs at a counter now, with a code or without; raises NotForSale, UnknownCode or CodeEnded.

    `behind` is the cart that says what is taken off by hand: last, and not off the price of an offer.
    """
    code = read(typed, at=at) if typed else None
    coupon = code if isinstance(code, Coupon) else None
    now = quote(
        wanted,
        sales_channel=sales_channel,
        location_id=store.pk,
        coupon=coupon,
        by_hand=rule_by_hand(behind) if behind else None,
        at=at,
        language=language,
    )
    if not isinstance(code, SignedQuote):
        return Coded(now, coupon, behind=behind)
    why = signed.obstacle(code, wanted=wanted, person=None, at=at)
    return Coded(now if why else signed.as_told(code, now=now), offer=code, obstacle=why, behind=behind)


def spend(coded: Coded, order: Order, *, by: Actor, channel: str, at: datetime) -> None:
    """Let a sale use its code; raises QuoteUsed, CouponUsedUp or CouponNeedsPerson: then nothing is sold."""
    coupon = coded.coupon
    if coded.offer and not coded.obstacle:
        offer = coded.offer
        signed.take(offer, demand=order.public_id)
        signed.give_coupon(offer, at=at)
        coupon = offer.coupon
        link(offer.journey_id, order.journey_id, reason="its signed quote", at=at)
    if coupon and coded.quote.spends(coupon.code):
        uses.hold(
            coupon,
            demand=order.public_id,
            person=order.person,
            sales_channel=order.sales_channel,
            at=at,
            expires_at=None,
        )
        uses.redeem(order.public_id, at=at)
    if coded.offer and not coded.obstacle:
        told = QuoteHonored(coded.offer.public_id, order.public_id, coded.offer.total, coded.offer.currency)
        record(order.journey_id, told, by=by, channel=channel, at=at)
