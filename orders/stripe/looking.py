"""Looking at Stripe how a payment stands. Webhook, browser return and sweeper all end here, in this one function."""

from datetime import datetime, timedelta

from django.db import transaction

from commerce.timeline.actors import Actor
from commerce.timeline.models import Task
from commerce.timeline.tasks import done, hold, outward, postpone, schedule
from orders import moves
from orders.models import Payment
from orders.stripe import gateway, settling
from orders.stripe.gateway import Seen, State
from orders.stripe.models import Checkout
from orders.stripe.patience import GRACE

LOOK = "orders.stripe.looking.look"
STRIPE_ITSELF = Actor("provider", "stripe")
PAUSE = timedelta(minutes=5)
"""Between two looks that nobody asked for: webhooks get lost, and browsers are closed."""


def look_soon(payment: Payment, *, intent: str = "", at: datetime) -> None:
    """Plan a look now; many calls at once make one look. `intent` names one that may not be the payment's own."""
    stranger = "" if intent == payment.stripe.intent else intent
    key = stranger or payment.public_id
    data = {"payment": payment.public_id, "intent": stranger}
    schedule(LOOK, key=key, due_at=at, journey=payment.order.journey, data=data, rings=True)


def look_for_payment(intent: str, *, at: datetime) -> bool:
    """Plan a look at the payment that an unknown intent names as ours; says whether there is one.

    What is told of a refund or dispute before the payment itself would else come to nothing.
    """
    ours = gateway.see_intent(intent).payment if intent else ""
    payment = (
        Payment.objects.select_related("stripe", "order__journey").filter(public_id=ours, stripe__isnull=False).first()
    )
    if payment:
        look_soon(payment, intent=intent, at=at)
    return payment is not None


@outward
def look(task: Task, *, at: datetime) -> None:
    """See how a payment stands at Stripe, and do what that means; look again while it is open."""
    payment = Payment.objects.select_related("stripe", "order").get(public_id=task.data["payment"])
    try:
        seen = see(payment.stripe, intent=task.data.get("intent", ""), at=at)
    except gateway.Unreachable:
        postpone(task, until=at + GRACE)  # never given up: somebody may have paid
        return
    with transaction.atomic():
        order = moves.lock_with_cart(payment.order)
        hold(task)
        settling.settle(order, payment.pk, seen, by=STRIPE_ITSELF, at=at)
        if waits(payment.pk) and not task.data.get("intent"):
            postpone(task, until=at + PAUSE)
        else:
            done(task, at=at)


def see(checkout: Checkout, *, intent: str, at: datetime) -> Seen:
    """How a payment stands. A page whose time is over is closed first, so that nobody pays there afterwards."""
    if intent and (seen := gateway.see_intent(intent)).state in (State.AUTHORIZED, State.CAPTURED):
        return seen
    if checkout.intent:
        return gateway.see_intent(checkout.intent)
    over = checkout.expires_at + GRACE <= at
    page = checkout.page
    if not page and over:
        found = gateway.find_page(checkout.payment.public_id, since=checkout.created_at)
        page = found.reference if found else ""
    if not page:
        return Seen(State.CLOSED if over else State.OPEN)
    seen = gateway.see_page(page)
    if seen.state == State.OPEN and over:
        gateway.close_page(page)
        seen = gateway.see_page(page)
    return seen


def waits(payment: int) -> bool:
    """Whether a payment has not come to an end; one that is authorized has its own clock (see capturing)."""
    return Payment.objects.filter(pk=payment, status=Payment.Status.PENDING).exists()
