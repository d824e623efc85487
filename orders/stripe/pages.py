"""The way to Stripe's page and back. A shopper waits here while a worker opens the page, and while it looks."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.customers.people import are_one, root_of
from commerce.customers.sessions import person_of
from orders.models import Order, Payment
from orders.private_links import may_change
from orders.stripe.looking import look_soon

Status = Payment.Status


def payment_of(public_id: str) -> Payment:
    """A payment by its id, which cannot be guessed; raises Http404."""
    payments = Payment.objects.select_related("order__journey", "order__person", "stripe").filter(stripe__isnull=False)
    return get_object_or_404(payments, public_id=public_id)


@never_cache
def pay(request: HttpRequest, public_id: str) -> HttpResponse:
    """Send a shopper on to the page on which she pays, once it stands; one with kept cards opens for her alone."""
    payment = payment_of(public_id)
    if payment.stripe.customer_id and not are_one(person_of(request), payment.order.person):
        return redirect_to_login(request.path)
    if payment.status == Status.PENDING and payment.stripe.url and payment.stripe.expires_at > clock.now():
        return redirect(payment.stripe.url)
    return where_it_stands(request, payment)


@never_cache
def back(request: HttpRequest, public_id: str) -> HttpResponse:
    """Where Stripe sends her back to, paid or not: somebody looks at once, and she sees what came of it."""
    payment = payment_of(public_id)
    if payment.status == Status.PENDING:
        look_soon(payment, at=clock.now())
    return where_it_stands(request, payment, came_back=True)


def where_it_stands(request: HttpRequest, payment: Payment, *, came_back: bool = False) -> HttpResponse:
    """On to the order if it stands; else what is waited for, in a page that asks again by itself.

    The address of a payment may have been passed on, as a link to pay is: it opens no guest's order. Who has not
    bought that in this browser, nor opened its private link, learns here that it is paid.
    """
    order, at = payment.order, clock.now()
    stands = order.status in (Order.Status.PLACED, Order.Status.COMPLETED)
    has_account = order.person is not None and root_of(order.person).user_id is not None
    if stands and (has_account or may_change(request, order, at=at)):
        return redirect("order", public_id=order.public_id)
    waits = payment.status == Status.PENDING and payment.stripe.expires_at > at
    context = {"payment": payment, "order": order, "waits": waits, "came_back": came_back, "stands": stands}
    shown = render(request, "stripe/payment.html", context)
    if waits:
        shown["Refresh"] = "1"
    return shown
