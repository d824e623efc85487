"""The two steps of logging in, as the API and the page take them: how often, in which browser, with which cart."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.http import HttpRequest
from rest_framework.request import Request

from commerce.carts.arrivals import Arrival, Choice, arrive
from commerce.carts.held import HELD, held
from commerce.carts.models import Cart, HandOff
from commerce.carts.showing import USABLE, carts
from commerce.carts.visits import SESSION_KEY
from commerce.carts.wishes import WISHES, adopt
from commerce.customers.addresses import normalize
from commerce.customers.logins import CodeNotAccepted, prove, request_code
from commerce.customers.models import LoginCode
from commerce.customers.sessions import chatting_as, open_session, pending_code, wait_for_code
from commerce.rest.limits import Limit, network_address, spend

CODES_PER_PLACE = Limit("log-in codes asked for", 100, within=timedelta(hours=1))
CODES_PER_EMAIL = Limit("log-in codes to an email", 6, within=timedelta(hours=1))
TRIES_PER_PLACE = Limit("log-in codes tried", 200, within=timedelta(hours=1))


def ask_for_code(
    request: HttpRequest, email: str, *, given_name: str = "", language: str, cart: str = "", at: datetime
) -> LoginCode:
    """Have a code sent, and remember in this browser which; raises NotAnAddress, TooManyRequests."""
    spend(CODES_PER_PLACE, network_address(request))
    spend(CODES_PER_EMAIL, normalize("email", email))
    begun = cart_begun(request, cart)
    login_code = request_code(
        email,
        journey=begun.journey if begun else None,
        given_name=given_name,
        language=language,
        channel="web",
        at=at,
    )
    wait_for_code(request, login_code)
    return login_code


def enter_code(
    request: HttpRequest, *, email: str = "", code: str, cart: str = "", choices: Iterable[Choice] = (), at: datetime
) -> Arrival:
    """Log her in with the code that this browser asked for; raises CodeNotAccepted, NotAnAddress, TooManyRequests."""
    spend(TRIES_PER_PLACE, network_address(request))
    login_code = pending_code(request)
    if login_code is None:
        raise CodeNotAccepted
    proof = prove(login_code, email=email or login_code.contact_point.value, code=code, at=at)
    arrival = arrive(
        proof, cart=cart_begun(request, cart), chatted=chatting_as(request), choices=choices, channel="web", at=at
    )
    adopt(request.session.get(WISHES, ""), person=arrival.person)
    open_session(request, arrival.person, at=at)
    return arrival


def cart_begun(request: HttpRequest | Request, public_id: str = "") -> Cart | None:
    """The anonymous cart that she names, or that this browser began."""
    by_code = not public_id or public_id == request.session.get(HELD)
    if by_code and (taken := held(request)) and taken[1] == HandOff.Scope.PAY and taken[0].person_id is None:
        return carts().select_related("journey").get(pk=taken[0].pk)  # she went on with it here by its code
    named = public_id or request.session.get(SESSION_KEY, "")
    return carts().select_related("journey").filter(public_id=named, person=None, status__in=USABLE).first()
