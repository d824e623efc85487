"""The private link to an order's page: it ends by itself, and can be revoked.

It shows that page; only for somebody without an account it opens more (see may_change).
"""

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from rest_framework.request import Request

from commerce import clock
from commerce.customers.people import are_one, root_of
from commerce.customers.sessions import person_of
from commerce.links import links
from commerce.links.models import Link
from commerce.rest.access import role_of
from commerce.rest.doors import STAFF
from commerce.rest.fields import Strict, Text
from orders.lookup import require_fact
from orders.models import Order
from orders.reach import order_for

PURPOSE = "order"
LASTS = timedelta(days=180)
"""As long as somebody may want to look at what she bought; after that she logs in."""

OPENED = "opened by link"
"""Where a session keeps which link opened an order: the link is asked again at each look, so revoking it works."""

LAST_ORDER = "order"
"""Where a session keeps the public id of the order it placed last."""


class SecondFact(Strict):
    """What a guest knows besides the address of her order, which may have been passed on: one of them is enough."""

    email = Text(max_length=254, required=False, default="")
    code = Text(max_length=20, required=False, default="")


def create(order: Order, *, at: datetime) -> str:
    """Make a link to an order's page; returns its secret."""
    return links.create(PURPOSE, order.public_id, lasts=LASTS, at=at)


def is_opened(request: HttpRequest | Request, order: Order, *, at: datetime) -> bool:
    """Whether a link that still works has opened this order in this browser."""
    link = request.session.get(OPENED, {}).get(order.public_id)
    standing = Link.objects.filter(pk=link, purpose=PURPOSE, subject=order.public_id, revoked_at=None)
    return link is not None and standing.filter(expires_at__gt=at).exists()


def may_change(request: HttpRequest | Request, order: Order, *, at: datetime) -> bool:
    """Whether who looks at an order may change it: staff, she herself, and for a guest's whoever holds her link.

    Where somebody has an account, a link shows and does no more: then she logs in.
    """
    if role_of(request) in STAFF:
        return True
    if order.person is None:
        return False
    if root_of(order.person).user_id is not None:
        return are_one(person_of(request), order.person)
    return request.session.get(LAST_ORDER) == order.public_id or is_opened(request, order, at=at)


def order_to_change(request: HttpRequest | Request, public_id: str, *, email: str = "", code: str = "") -> Order:
    """An order that the caller may change; raises Http404, SecondFactMissing.

    The id of a guest's order only shows it, as it may have been passed on. To change it takes what opened it in this
    browser (see may_change), or what she alone knows besides: the email she gave, or her pickup code.
    """
    order = order_for(request, public_id)
    if not may_change(request, order, at=clock.now()):
        require_fact(order, email=email, code=code)
    return order


@never_cache
def open_order(request: HttpRequest, secret: str) -> HttpResponse:
    """Open an order's page by its link; the secret leaves the address bar. Raises LinkNotFound, LinkExpired."""
    link = links.find(PURPOSE, secret, at=clock.now())
    request.session[OPENED] = {**request.session.get(OPENED, {}), link.subject: link.pk}
    return redirect("order", public_id=link.subject)
