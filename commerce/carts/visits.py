"""Which cart a visit to the shop is about: the person's own, or the one this browser began."""

from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from commerce.carts.models import Cart

SESSION_KEY = "cart"
"""Where a visitor's session keeps the public id of the cart she began."""

USABLE = (Cart.Status.OPEN, Cart.Status.CHECKING_OUT)


def cart_of(request: HttpRequest) -> QuerySet[Cart]:
    """The visit's cart: one row, or none before something was put in."""
    if request.user.is_authenticated and (person := getattr(request.user, "person", None)):
        return Cart.objects.filter(Q(person=person.root_pk) | Q(person__root=person.root_pk), status__in=USABLE)
    begun = request.session.get(SESSION_KEY, "")
    return (
        Cart.objects.filter(public_id=begun, person__isnull=True, status__in=USABLE) if begun else Cart.objects.none()
    )


def count(request: HttpRequest) -> int:
    """How many units lie in the visit's cart."""
    return cart_of(request).aggregate(units=Sum("lines__quantity"))["units"] or 0


def badge(request: HttpRequest) -> dict[str, object]:
    """Context of every page: the number beside the cart, asked for only where it is shown."""
    return {"cart_count": SimpleLazyObject(lambda: count(request) if hasattr(request, "user") else 0)}
