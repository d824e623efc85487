"""A signed quote and a cart: a cart's price is promised by one, and another cart is bought at it."""

from datetime import datetime, timedelta

from django.db import transaction

from commerce.carts import edits
from commerce.carts.happenings import CartQuoteApplied, CartQuoteRemoved
from commerce.carts.models import Cart
from commerce.carts.showing import locked, price, rule_by_hand, wanted_in
from commerce.catalog.models import Variant
from commerce.quotes import signed
from commerce.quotes.models import SignedQuote
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.journeys import link
from commerce.timeline.record import Happening, record


class QuoteForOtherGoods(Problem):
    """The quote is for exactly its goods, and something else lies in the cart."""

    code = "quote_for_other_goods"
    status = 409


@transaction.atomic
def promise(
    cart: Cart,
    *,
    is_bound: bool = False,
    lasts: timedelta = signed.LASTS,
    language: str = "",
    by: Actor,
    channel: str,
    at: datetime,
) -> SignedQuote:
    """Promise what the cart costs now; raises NothingToQuote, NotForSale, CartClosed, CouponUsedUp."""
    [cart] = locked(cart.pk)
    if cart.status != Cart.Status.OPEN:
        raise edits.refusal(cart, at=at)
    return signed.make(
        wanted_in(cart),
        sales_channel=cart.sales_channel,
        journey=cart.journey_id,
        coupon=cart.coupon,
        person=cart.person,
        location_id=cart.location_id,
        by_hand=rule_by_hand(cart),
        is_bound=is_bound,
        lasts=lasts,
        language=language,
        by=by,
        channel=channel,
        at=at,
    )


@transaction.atomic
def put(cart: Cart, *, shown: str, seen_version: int | None = None, by: Actor, channel: str, at: datetime) -> Cart:
    """Give a cart the price of a signed quote; an empty one gets its goods too.

    Raises QuoteUnknown, QuoteForOtherGoods, QuoteEnded, QuoteUsed, QuoteNotYours, StaleCart or CartClosed.
    """
    quote = signed.find(shown)
    if quote.pk == cart.signed_quote_id and cart.status == Cart.Status.OPEN:
        return cart
    if not wanted_in(cart):
        promised = {line["variant_id"]: line["quantity"] for line in quote.quote["lines"]}
        variants = Variant.objects.in_bulk(list(promised))
        quantities = {variants[pk]: quantity for pk, quantity in promised.items()}
        edits.edit(cart, quantities, edits.Kind.ADD, by=by, channel=channel, at=at)
        seen_version = None
    check(quote, cart, at=at)
    if quote.journey_id != cart.journey_id:
        link(quote.journey_id, cart.journey_id, reason="its signed quote", at=at)
    return write(cart, quote, seen_version=seen_version, by=by, channel=channel, at=at)


@transaction.atomic
def remove(cart: Cart, *, seen_version: int | None = None, by: Actor, channel: str, at: datetime) -> Cart:
    """Price a cart as things are, again; raises StaleCart or CartClosed."""
    if cart.signed_quote_id is None and cart.status == Cart.Status.OPEN:
        return cart
    return write(cart, None, seen_version=seen_version, by=by, channel=channel, at=at)


def enter(cart: Cart, *, typed: str, seen_version: int | None = None, by: Actor, channel: str, at: datetime) -> Cart:
    """A code that somebody typed or scanned: of an offer, or else of a promotion; raises what is wrong with it.

    Both are typed into one field: nobody has to know what kind of code she was given.
    """
    try:
        signed.find(typed)
    except signed.QuoteUnknown:
        return edits.apply_coupon(cart, code=typed[:40], seen_version=seen_version, by=by, channel=channel, at=at)
    return put(cart, shown=typed, seen_version=seen_version, by=by, channel=channel, at=at)


def write(
    cart: Cart, quote: SignedQuote | None, *, seen_version: int | None, by: Actor, channel: str, at: datetime
) -> Cart:
    """Change a cart's signed quote, and write it down."""
    edits.change(cart, {"signed_quote_id": quote.pk if quote else None}, seen_version=seen_version, at=at)
    cart.signed_quote = quote
    happening: Happening = CartQuoteRemoved(cart.public_id, cart.version)
    if quote:
        happening = CartQuoteApplied(cart.public_id, cart.version, quote.public_id)
    record(cart.journey_id, happening, by=by, channel=channel, at=at)
    return cart


def check(quote: SignedQuote, cart: Cart, *, at: datetime) -> None:
    """Refuse a quote that does not price this cart, with what the goods cost now."""
    wanted = wanted_in(cart)
    why = signed.obstacle(quote, wanted=wanted, person=cart.person, at=at)
    if not why:
        return
    facts: dict[str, object] = {"promised": quote.total, "currency": quote.currency}
    if why != "goods_differ":
        facts["total"] = price(cart, wanted, at=at).quote.total
    raise refusal(why, **facts)


def refusal(why: str, **facts: object) -> Problem:
    """Why a signed quote is not kept, and the new total."""
    match why:
        case "ended":
            return signed.QuoteEnded("this offer has ended; please look at the new total", **facts)
        case "used":
            return signed.QuoteUsed("another purchase was made with this offer", **facts)
        case "not_yours":
            return signed.QuoteNotYours("this offer was made for somebody else; if it is yours, please log in", **facts)
    return QuoteForOtherGoods("this offer is for exactly its goods, and the cart holds others", **facts)
