"""What an agent sees and does about the money of a person's orders, while she is on the phone."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.customers import disclosure
from commerce.customers.models import Person
from commerce.customers.people import people_of
from commerce.rest.authentication import actor_of
from commerce.rest.selling import channel_of
from notifications.dossier import awaits_payment, orders_of, why_of
from notifications.gate import person_named
from orders.abandoning import call_off
from orders.models import Order
from orders.stripe import asking
from orders.stripe.models import Checkout


@never_cache
def desk_orders(request: HttpRequest, public_id: str) -> HttpResponse:
    """Her orders alone, for the page that asks again while one of them waits for her payment."""
    person = person_named(public_id)
    disclosure.note_each([person.pk], what="desk", by=actor_of(request), at=clock.now())
    orders = orders_of(people_of(person).values_list("pk", flat=True))
    context = {"person": person, "orders": orders, "why": why_of(orders), "awaits": awaits_payment(orders)}
    return render(request, "notifications/desk_orders.html", context)


def order_of(person: Person, public_id: str) -> Order:
    """An order of hers; raises Http404."""
    orders = Order.objects.select_related("sales_channel", "cart", "journey").filter(person__in=people_of(person))
    return get_object_or_404(orders, public_id=public_id)


def desk_send_link(request: HttpRequest, public_id: str, order: str) -> HttpResponse:
    """Send her a link for what is left to be paid of an order."""
    person = person_named(public_id)
    owed = order_of(person, order)
    asking.ask(owed, kind=Checkout.Kind.LINK, by=actor_of(request), channel=channel_of(request), at=clock.now())
    messages.success(request, _("The link is on its way to her."))
    return redirect("desk-person", public_id=person.public_id)


def desk_end_checkout(request: HttpRequest, public_id: str, order: str) -> HttpResponse:
    """She will not pay after all: the goods are for others again, and her cart is hers."""
    person = person_named(public_id)
    call_off(order_of(person, order), by=actor_of(request), channel=channel_of(request), at=clock.now())
    messages.success(request, _("The goods are free again, and her cart is as she left it."))
    return redirect("desk-person", public_id=person.public_id)
