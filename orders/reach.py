"""Which orders and fulfillments a caller may reach; all others are a 404, known or not."""

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from rest_framework.request import Request

from commerce import clock
from commerce.customers import disclosure
from commerce.customers.people import are_one, root_of
from commerce.customers.sessions import person_of
from commerce.rest.access import location_ids, role_of
from commerce.rest.authentication import actor_of
from commerce.rest.doors import STAFF
from orders.lookup import seen_from
from orders.models import Fulfillment, Order


def order_for(request: HttpRequest | Request, public_id: str) -> Order:
    """An order that the caller may see; raises Http404.

    A person with an account sees her own. A guest's order is opened by its id, which cannot be guessed. Staff see what
    their locations sold or serve, and that they looked is kept; agents and back office see all.
    """
    order = (
        Order.objects.select_related("person__root", "sales_channel", "location__firm")
        .filter(public_id=public_id)
        .first()
    )
    if order is None:
        raise Http404
    if role_of(request) in STAFF:
        bound_to = location_ids(request)
        if bound_to is not None and not Order.objects.filter(seen_from(bound_to), pk=order.pk).exists():
            raise Http404
        disclosure.note_each([order.person_id], what="order", by=actor_of(request), at=clock.now())
    elif not is_hers(request, order):
        raise Http404
    return order


def is_hers(request: HttpRequest | Request, order: Order) -> bool:
    """Whether a shopper may see an order."""
    if order.person is None:
        return False
    if root_of(order.person).user_id is None:
        return True
    return are_one(person_of(request), order.person)


def fulfillments_for(request: Request) -> QuerySet[Fulfillment]:
    """The fulfillments at the locations that a member of the staff is bound to."""
    bound_to = location_ids(request)
    every = Fulfillment.objects.all()
    return every if bound_to is None else every.filter(Q(location__in=bound_to) | Q(comes_from__in=bound_to))


def fulfillment_for(request: Request, public_id: str) -> Fulfillment:
    """A fulfillment that a member of the staff may handle; raises Http404."""
    handled = (
        fulfillments_for(request)
        .select_related("order__person", "order__sales_channel", "location")
        .filter(public_id=public_id)
        .first()
    )
    if handled is None:
        raise Http404
    return handled
