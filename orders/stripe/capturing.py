"""Money that banks keep for us: taken when the goods leave, or before the bank would let it go; or let go by us."""

from datetime import datetime

from django.db import transaction

from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Task
from commerce.timeline.tasks import done, entry_of, hold, outward
from orders import moves
from orders.models import Payment, Todo
from orders.standing import balance_of
from orders.stripe import gateway, settling
from orders.stripe.patience import patient
from orders.todos import open_todo

Status = Payment.Status


@outward
@patient
def capture_for(task: Task, *, at: datetime) -> None:
    """The goods were handed over: take the money that is kept for their order."""
    order = entry_of(task).data["order"]
    kept = Payment.objects.filter(order__public_id=order, status=Status.AUTHORIZED, stripe__isnull=False)
    for payment in kept.select_related("stripe", "order").order_by("pk"):
        capture(task, payment, at=at)


@outward
@patient
def watch(task: Task, *, at: datetime) -> None:
    """The bank will let the money go soon: take it now, if the order still stands."""
    payment = Payment.objects.select_related("stripe", "order").get(public_id=task.data["payment"])
    if payment.status == Status.AUTHORIZED:
        capture(task, payment, at=at)


def capture(task: Task, payment: Payment, *, at: datetime) -> None:
    """Take money that is kept, as much of it as the order needs; the bank lets the rest go.

    What became of it is looked up, so that an unclear answer is no trouble.
    """
    intent = payment.stripe.intent
    cause = ""
    if gateway.see_intent(intent).state == gateway.State.AUTHORIZED:
        try:
            take(payment)
        except gateway.Failed as problem:
            cause = str(problem)
    seen = gateway.see_intent(intent)
    with transaction.atomic():
        order = moves.lock_with_cart(payment.order)
        hold(task)
        settling.settle(order, payment.pk, seen, by=SYSTEM, at=at)
        if cause and seen.state == gateway.State.AUTHORIZED:
            open_todo(Todo.Kind.CAPTURE_FAILED, payment.public_id, order=order, cause=f"Stripe: {cause}", at=at)


def take(payment: Payment) -> None:
    """Have the bank give what is needed of a payment beside the others, if anything is; raises gateway.Failed."""
    balance = balance_of(payment.order)
    needed = min(payment.amount - (balance.kept + balance.authorized - balance.total), payment.amount)
    if needed > 0:
        gateway.capture(payment.stripe.intent, amount=needed, payment=payment.public_id)
    else:
        gateway.let_go(payment.stripe.intent, payment=payment.public_id)


@outward
@patient
def let_go(task: Task, *, at: datetime) -> None:
    """Let go of money that is not needed."""
    payment = Payment.objects.select_related("stripe", "order").get(public_id=task.data["payment"])
    intent = payment.stripe.intent
    if gateway.see_intent(intent).state == gateway.State.AUTHORIZED:
        gateway.let_go(intent, payment=payment.public_id)
    seen = gateway.see_intent(intent)
    with transaction.atomic():
        order = moves.lock_with_cart(payment.order)
        hold(task)
        settling.settle(order, payment.pk, seen, by=SYSTEM, at=at)
        done(task, at=at)
