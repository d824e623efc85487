"""Carts that were taken up by a code: which one a browser holds, how far it may go, and how often it may try."""

from datetime import datetime, timedelta

from django.http import Http404, HttpRequest
from rest_framework.request import Request

from commerce import clock
from commerce.carts import handing
from commerce.carts.handing import HandOffRefused
from commerce.carts.hands import hand_of
from commerce.carts.models import Cart, HandOff
from commerce.channels.models import Device
from commerce.customers.people import are_one
from commerce.customers.sessions import person_of
from commerce.ids import public_id
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.doors import SHOPPERS
from commerce.rest.limits import Limit, check, network_address, spend
from commerce.rest.selling import channel_of

HELD = "held"
"""Where a shopper's session keeps the public id of the hand-off by which it holds a cart."""

WITHIN = timedelta(minutes=10)
BY_HAND = Limit("cart codes tried by a hand", 10, within=WITHIN)
FROM_PLACE = Limit("cart codes tried from a place", 30, within=WITHIN)
BY_STAFF = Limit("cart codes tried by one of the staff", 60, within=WITHIN)
WRONG = Limit("wrong cart codes", 300, within=WITHIN)
MADE = Limit("cart codes made from a place", 120, within=WITHIN)
EVERYWHERE = "everywhere"


def take_here(
    request: HttpRequest | Request, *, code: str = "", secret: str = "", slot: str = HELD, at: datetime
) -> HandOff:
    """Take a cart up in this browser or on this device, by code or by link.

    Tries are counted for each hand and place, and wrong ones all together: shoppers wait when too many guess anywhere.
    The staff, who are known by name, do not. Raises HandOffRefused, LinkNotFound, LinkExpired, TooManyRequests.
    """
    by, channel = actor_of(request), channel_of(request)
    hand = hand_of(request)
    taker = f"{by}|{hand or public_id()}"[:82]  # a new browser has no session yet, and gets one only for a right code
    if secret:
        found = handing.take_by_link(secret, taker=taker, by=by, channel=channel, at=at)
    else:
        count_try(request, hand)
        try:
            found = handing.take(code, taker=taker, by=by, channel=channel, at=at)
        except HandOffRefused:
            spend(WRONG, EVERYWHERE)
            raise
    if hasattr(request, "session"):
        request.session[slot] = found.public_id
    return found


def count_try(request: HttpRequest | Request, hand: str) -> None:
    """Count one try of a code; raises TooManyRequests."""
    if role_of(request) in SHOPPERS:
        check(WRONG, EVERYWHERE)
        spend(FROM_PLACE, network_address(request))
        if hand:
            spend(BY_HAND, hand)
    else:
        spend(BY_STAFF, str(actor_of(request)))


def held(request: HttpRequest | Request, *, slot: str = HELD) -> tuple[Cart, str] | None:
    """The cart that this browser took up, with the scope; a tie that is over is forgotten."""
    session = getattr(request, "session", None)
    public_id = session.get(slot) if session else None
    if not public_id:
        return None
    found = handing.held_cart(public_id, at=clock.now())
    if found is None:
        request.session.pop(slot, None)
    return found


def scope_in(request: HttpRequest | Request) -> str:
    """How far this visit may go with its cart: all the way with her own."""
    found = held(request)
    return found[1] if found else HandOff.Scope.PAY


def need(request: HttpRequest | Request, wanted: str) -> None:
    """Refuse what the code was not given for; raises ScopeTooSmall."""
    handing.need(scope_in(request), wanted)


def opens(request: HttpRequest | Request, cart: Cart, wanted: str) -> bool:
    """Whether a code that was taken up here opens this cart; raises ScopeTooSmall."""
    found = held(request)
    if found is None or found[0].pk != cart.pk:
        return False
    handing.need(found[1], wanted)
    return True


def behind(request: Request, public_id: str, wanted: str) -> Cart:
    """The cart behind the id of a hand-off, which is all that its taker is told; raises Http404, ScopeTooSmall.

    A browser must hold it; for a device, which keeps nothing, the id is enough.
    """
    if not isinstance(request.auth, Device) and request.session.get(HELD) != public_id:
        raise Http404
    found = handing.held_cart(public_id, at=clock.now())
    if found is None:
        raise Http404
    cart, scope = found
    if not are_one(person_of(request), cart.person):
        handing.need(scope, wanted)
    return cart
