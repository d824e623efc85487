"""Which cart a visit to the shop is about: the person's own, or the one this browser began."""

from datetime import datetime

from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from commerce.carts import edits, owners
from commerce.carts.edits import CartClosed, Lines
from commerce.carts.models import Cart
from commerce.carts.showing import USABLE, carts
from commerce.customers.models import Person
from commerce.rest.authentication import actor_of
from commerce.rest.selling import channel_of, sales_channel_of

SESSION_KEY = "cart"
"""Where a visitor's session keeps the public id of the cart she began."""


def shopper(request: HttpRequest) -> Person | None:
    """The person who is logged in; nobody for visitors and staff."""
    return getattr(request.user, "person", None) if request.user.is_authenticated else None


def cart_of(request: HttpRequest) -> QuerySet[Cart]:
    """The visit's cart: one row, or none before something was put in."""
    if person := shopper(request):
        return carts().filter(Q(person=person.root_pk) | Q(person__root=person.root_pk), status__in=USABLE)
    begun = request.session.get(SESSION_KEY)
    return carts().filter(public_id=begun, person=None, status__in=USABLE) if begun else Cart.objects.none()


def keep(request: HttpRequest, cart: Cart) -> None:
    """Remember a visitor's cart; a person's is found by herself."""
    if cart.person_id is None:
        request.session[SESSION_KEY] = cart.public_id


def bring_along(request: HttpRequest, *, at: datetime) -> None:
    """After somebody logged in: the cart that her browser began becomes hers."""
    person, begun = shopper(request), request.session.get(SESSION_KEY)
    if person is None or begun is None:
        return
    if cart := carts().filter(public_id=begun, person=None, status=Cart.Status.OPEN).first():
        try:
            owners.claim(cart, person=person, by=actor_of(request), channel=channel_of(request), at=at)
        except CartClosed:  # hers is being checked out at this moment: the other one waits its turn
            return
    del request.session[SESSION_KEY]


def put_in(request: HttpRequest, lines: Lines, *, at: datetime) -> Cart:
    """Put something into the visit's cart, which is opened if there is none."""
    by, cart = actor_of(request), cart_of(request).first()
    if cart is None:
        channel = sales_channel_of(request)
        cart = edits.open_cart(sales_channel=channel, person=shopper(request), lines=lines, by=by, at=at)
        keep(request, cart)
        return cart
    for variant, quantity in lines:
        edits.add(cart, variant=variant, quantity=quantity, by=by, channel=channel_of(request), at=at)
    return cart


def count(request: HttpRequest) -> int:
    """How many units lie in the visit's cart."""
    return cart_of(request).aggregate(units=Sum("lines__quantity"))["units"] or 0


def badge(request: HttpRequest) -> dict[str, object]:
    """Context of every page: the number beside the cart, asked for only where it is shown."""
    return {"cart_count": SimpleLazyObject(lambda: count(request) if hasattr(request, "user") else 0)}
