"""Which purchases and returns a caller may reach; all others are a 404, known or not.

What was bought anywhere is taken back anywhere: staff reach a purchase by what its shopper shows (the id on her
receipt, the code on her label), and a return as long as no other place has its goods.
"""

from django.db.models import Q
from django.http import Http404, HttpRequest
from rest_framework.request import Request

from commerce import clock
from commerce.customers import disclosure
from commerce.ids import fold
from commerce.rest.access import location_ids, role_of
from commerce.rest.authentication import actor_of
from commerce.rest.doors import STAFF
from orders.models import Order
from orders.reach import is_hers
from orders.returns.models import Return

SHOWN_BY_SHOPPER = (Return.Status.STARTED, Return.Status.REQUESTED)


def purchase_for(request: HttpRequest | Request, public_id: str) -> Order:
    """An order of which something may come back; raises Http404."""
    order = Order.objects.select_related("person__root", "sales_channel").filter(public_id=public_id).first()
    if order is None or order.number is None:
        raise Http404
    if role_of(request) not in STAFF and not is_hers(request, order):
        raise Http404
    note(request, order.person_id)
    return order


def return_for(request: HttpRequest | Request, public_id: str) -> Return:
    """A return by its id or the code on its label; raises Http404."""
    found = (
        Return.objects.select_related("order__person__root", "person__root", "location", "sales_channel", "replacement")
        .filter(Q(public_id=public_id) | Q(code=fold(public_id)), till_key=None)
        .first()
    )
    if found is None:
        raise Http404
    if role_of(request) in STAFF:
        bound_to = location_ids(request)
        elsewhere = found.status not in SHOWN_BY_SHOPPER and found.location_id not in (bound_to or ())
        if bound_to is not None and elsewhere:
            raise Http404
    elif found.order is None or not is_hers(request, found.order):
        raise Http404
    note(request, found.person_id)
    return found


def note(request: HttpRequest | Request, person: int | None) -> None:
    """Keep that the staff looked at a purchase or return of hers."""
    if role_of(request) in STAFF:
        disclosure.note_each([person], what="return", by=actor_of(request), at=clock.now())
