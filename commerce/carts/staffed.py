"""A clerk's or agent's page of one cart: taken up by its code or begun here, edited together with the shopper."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language

from commerce import clock
from commerce.carts import edits, handing, live, offers
from commerce.carts.api import variant_of
from commerce.carts.hands import hand_of
from commerce.carts.held import held, take_here
from commerce.carts.models import Cart, HandOff
from commerce.carts.pages import Added, ShownCart, change_code, change_line, shown, valid
from commerce.carts.pages_handing import Typed, give
from commerce.carts.showing import carts, tag_of
from commerce.channels.models import SalesChannel
from commerce.rest.authentication import actor_of
from commerce.rest.selling import channel_of

BEGUN = "begun:"
"""Under this and a slot's name the session keeps the public id of a cart that was begun on the page."""


def cart_in(request: HttpRequest, slot: str) -> tuple[Cart, str] | None:
    """The cart on this page, with how far its code allows to go; one begun here all the way."""
    if taken := held(request, slot=slot):
        return taken
    begun = request.session.get(BEGUN + slot, "")
    cart = carts().filter(public_id=begun, status__in=(Cart.Status.OPEN, Cart.Status.CHECKING_OUT)).first()
    return (cart, HandOff.Scope.PAY.value) if cart else None


def needed(request: HttpRequest, slot: str, wanted: str) -> Cart:
    """The cart on this page, if its code allows that much; raises Http404, ScopeTooSmall."""
    found = cart_in(request, slot)
    if found is None:
        raise Http404
    handing.need(found[1], wanted)
    return found[0]


def priced(request: HttpRequest, cart: Cart, *, since: int = 0) -> ShownCart:
    """The cart with what others did to it after a version."""
    told = live.told(cart, request, since=since)
    return shown(cart, at=clock.now(), language=get_language() or "es", told=told)


def tag_in(request: HttpRequest, slot: str) -> str:
    """The tag of the cart on this page."""
    found = cart_in(request, slot)
    return tag_of(found[0]) if found else live.NO_CART


def act(
    request: HttpRequest,
    what: str,
    *,
    slot: str,
    sales_channel: SalesChannel,
    here: str,
    template: str,
    **context: object,
) -> HttpResponse:
    """Do what one of the page's forms says, and go back to the page."""
    at = clock.now()
    match what:
        case "take":
            take_here(request, code=valid(Typed(request.POST))["code"], slot=slot, at=at)
        case "leave":
            request.session.pop(slot, None)
            request.session.pop(BEGUN + slot, None)
        case "set":
            change_line(needed(request, slot, HandOff.Scope.EDIT), request)
        case "code":
            change_code(needed(request, slot, HandOff.Scope.EDIT), request)
        case "offer":
            made = offers.promise(
                needed(request, slot, HandOff.Scope.PAY),
                language=get_language() or "",
                by=actor_of(request),
                channel=channel_of(request),
                at=at,
            )
            return redirect("offer", public_id=made.public_id)
        case "add":
            add(request, slot, sales_channel)
        case "give":
            found = cart_in(request, slot)
            if found is None:
                raise Http404
            return give(request, found[0], scope=found[1], template=template, at=at, **context)
        case _:
            raise Http404
    return redirect(here)


def add(request: HttpRequest, slot: str, sales_channel: SalesChannel) -> None:
    """Put something into the cart on this page; begin one if there is none."""
    said, at, by = valid(Added(request.POST)), clock.now(), actor_of(request)
    variant = variant_of(said["sku"])
    if cart_in(request, slot):
        cart = needed(request, slot, HandOff.Scope.EDIT)
        edits.add(
            cart,
            variant=variant,
            quantity=said["quantity"],
            hand=hand_of(request),
            by=by,
            channel=channel_of(request),
            at=at,
        )
        return
    cart = edits.open_cart(sales_channel=sales_channel, lines=[(variant, said["quantity"])], by=by, at=at)
    request.session[BEGUN + slot] = cart.public_id
