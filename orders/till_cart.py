"""The cart behind a counter's basket: made when somebody takes something off by hand, or promises its price.

The basket of a sale lives in the clerk's browser and leaves no trace until it is paid. What a second person may have to
agree to, and what is promised, belongs to a cart, with a timeline: the sale is linked to it.
"""

from collections.abc import Mapping
from datetime import datetime

from django.http import HttpRequest

from commerce.carts import discounts, edits
from commerce.carts.models import Cart
from commerce.carts.operations import Kind
from commerce.carts.showing import carts, lines_in
from commerce.catalog.models import Variant
from commerce.channels.models import Location
from commerce.promotions.models import Coupon
from commerce.rest.authentication import actor_of
from commerce.timeline.actors import Actor
from commerce.timeline.journeys import link
from orders.models import Order
from orders.selling import selling_channel


def slot_of(store: Location) -> str:
    """Where a clerk's session keeps the public id of the cart."""
    return f"till-cart:{store.code}"


def cart_behind(request: HttpRequest, store: Location) -> Cart | None:
    """The open cart behind the basket, if there is one."""
    kept = request.session.get(slot_of(store), "")
    return carts().filter(public_id=kept, status=Cart.Status.OPEN).first() if kept else None


def lines_for(basket: Mapping[str, int]) -> list[tuple[Variant, int]]:
    """What a basket holds, as a cart takes it."""
    variants = {variant.sku: variant for variant in Variant.objects.filter(sku__in=basket, is_active=True)}
    return [(variants[sku], units) for sku, units in basket.items() if sku in variants]


def begin(
    request: HttpRequest, store: Location, basket: Mapping[str, int], *, coupon: Coupon | None, at: datetime
) -> Cart:
    """The cart behind a basket as it is now; what was taken off another one by hand ends. Raises CodeNotYours."""
    forget(request, store, at=at)
    cart = edits.open_cart(
        sales_channel=selling_channel(store),
        coupon=coupon,
        lines=lines_for(basket),
        location=store,
        by=actor_of(request),
        at=at,
    )
    request.session[slot_of(store)] = cart.public_id
    return cart


def forget(request: HttpRequest, store: Location, *, at: datetime) -> None:
    """Put the cart behind a basket aside, with what was taken off it by hand."""
    cart = cart_behind(request, store)
    request.session.pop(slot_of(store), None)
    if cart and cart.by_hand_id:
        discounts.remove(cart, by=actor_of(request), channel=cart.sales_channel.kind, at=at)


def refilled(cart: Cart, basket: Mapping[str, int], *, by: Actor, channel: str, at: datetime) -> Cart:
    """A cart that holds what a basket holds now, and keeps what is taken off it by hand."""
    wanted = {v: basket[v.sku] for v in Variant.objects.filter(sku__in=basket, is_active=True).order_by("pk")}
    gone = dict.fromkeys(Variant.objects.filter(pk__in=lines_of(cart)).exclude(sku__in=basket).order_by("pk"), 0)
    return edits.edit(cart, gone | wanted, Kind.SET, by=by, channel=channel, at=at)


def lines_of(cart: Cart) -> list[int]:
    """The variants in a cart."""
    return [variant for variant, _, _ in lines_in(cart)]


def sold(cart: Cart, order: Order, *, by: Actor, channel: str, at: datetime) -> None:
    """Link a sale to the cart that says why it cost less, which holds nothing any more."""
    link(cart.journey_id, order.journey_id, reason="its discount by hand", at=at)
    refilled(cart, {}, by=by, channel=channel, at=at)
