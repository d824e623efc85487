"""Which cart a visit to the shop is about: the person's own, or the one this browser began."""

from datetime import datetime

from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from commerce.carts import edits
from commerce.carts.edits import Lines
from commerce.carts.hands import hand_of
from commerce.carts.held import HELD, held, need
from commerce.carts.models import Cart, HandOff
from commerce.carts.showing import USABLE, carts, usable_of
from commerce.customers.sessions import person_of
from commerce.promotions.models import Coupon
from commerce.promotions.uses import GUESSES, CodeEnded, UnknownCode, find
from commerce.rest.authentication import actor_of
from commerce.rest.limits import TooManyRequests, knock
from commerce.rest.selling import channel_of, sales_channel_of

SESSION_KEY = "cart"
"""Where a visitor's session keeps the public id of the cart she began."""

CODE_KEY = "code"
"""Where it keeps the promotion code of a link she followed, until there is a cart to put it on."""


def cart_of(request: HttpRequest) -> QuerySet[Cart]:
    """The visit's cart: one row, or none before something was put in. One taken up by a code comes before her own."""
    if HELD in request.session and (taken := held(request)):
        return carts().filter(pk=taken[0].pk)
    if person := person_of(request):
        return usable_of(person)
    begun = request.session.get(SESSION_KEY)
    return carts().filter(public_id=begun, person=None, status__in=USABLE) if begun else Cart.objects.none()


def keep(request: HttpRequest, cart: Cart) -> None:
    """Remember a visitor's cart; a person's is found by herself."""
    if cart.person_id is None:
        request.session[SESSION_KEY] = cart.public_id


def open_empty(request: HttpRequest, *, at: datetime) -> Cart:
    """The visit's cart with nothing in it yet."""
    channel = sales_channel_of(request)
    cart = edits.open_cart(sales_channel=channel, person=person_of(request), by=actor_of(request), at=at)
    keep(request, cart)
    return cart


def put_in(request: HttpRequest, lines: Lines, *, at: datetime) -> Cart:
    """Put something into the visit's cart, which is opened if there is none."""
    by, cart, coupon = actor_of(request), cart_of(request).first(), coupon_brought(request, at=at)
    if cart is None:
        channel = sales_channel_of(request)
        cart = edits.open_cart(
            sales_channel=channel, person=person_of(request), coupon=coupon, lines=lines, by=by, at=at
        )
        keep(request, cart)
        return cart
    need(request, HandOff.Scope.EDIT)
    for variant, quantity in lines:
        hand = hand_of(request)
        edits.add(cart, variant=variant, quantity=quantity, hand=hand, by=by, channel=channel_of(request), at=at)
    if coupon:
        edits.apply_coupon(cart, code=coupon.code, by=by, channel=channel_of(request), at=at)
    return cart


def coupon_brought(request: HttpRequest, *, at: datetime) -> Coupon | None:
    """The coupon of the link that led here, once; a code that is no good any more is not worth stopping for."""
    code = request.session.pop(CODE_KEY, "")
    if not code:
        return None
    try:
        knock(GUESSES, request)
        return find(code, at=at)
    except (UnknownCode, CodeEnded, TooManyRequests):
        return None


def count(request: HttpRequest) -> int:
    """How many units lie in the visit's cart."""
    return cart_of(request).aggregate(units=Sum("lines__quantity"))["units"] or 0


def badge(request: HttpRequest) -> dict[str, object]:
    """Context of every page: the number beside the cart, asked for only where it is shown."""
    return {"cart_count": SimpleLazyObject(lambda: count(request) if hasattr(request, "user") else 0)}
