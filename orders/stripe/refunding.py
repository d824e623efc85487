"""Refunds at Stripe: sent by a worker under our refund's id, and looked at until they have come to an end."""

from datetime import datetime, timedelta

from django.db import transaction

from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.models import Task
from commerce.timeline.record import Happening, record
from commerce.timeline.tasks import done, entry_of, hold, outward, postpone
from orders import moves, refunds
from orders.models import Order, Payment, Refund
from orders.stripe import gateway
from orders.stripe.drifting import drift
from orders.stripe.gateway import SeenRefund, State
from orders.stripe.looking import STRIPE_ITSELF, look_for_payment, look_soon
from orders.stripe.outcomes import REFUNDS, RUNS, RefundStep
from orders.stripe.patience import GRACE, patient

PAUSE = timedelta(hours=6)
"""Between two looks at a refund that a bank takes its time with."""


@outward
@patient
def send(task: Task, *, at: datetime) -> None:
    """Ask Stripe for a refund that was counted before; look first, since an earlier try may have ended unclear.

    Stripe keeps its keys for a day only, and an outage may last longer.
    """
    refund = Refund.objects.select_related("payment__stripe", "payment__order").get(
        public_id=entry_of(task).data["refund"]
    )
    if refund.status != Refund.Status.PENDING:
        return
    intent = refund.payment.stripe.intent
    cause = ""
    if refund.reference:
        seen: SeenRefund | None = gateway.see_refund(refund.reference)
    else:
        seen = gateway.find_refund(intent, refund=refund.public_id)
    if seen is None:
        try:
            seen = gateway.give_back(intent, amount=refund.amount, refund=refund.public_id)
        except gateway.Failed as problem:
            cause = str(problem)
    with transaction.atomic():
        order = moves.lock(refund.payment.order)
        hold(task)
        told = settle(order, refund, seen, cause=cause, at=at)
        if seen and seen.state in RUNS:
            postpone(task, until=at + PAUSE)
        else:
            done(task, at=at)
        tell(order, told, by=SYSTEM, at=at)


def settle(order: Order, refund: Refund, seen: SeenRefund | None, *, cause: str = "", at: datetime) -> list[Happening]:
    """Do what a refund's state at Stripe means; a second time nothing happens. Returns what to record."""
    refund.refresh_from_db()
    if seen is None:
        return refunds.fail(order, refund, reference="", cause=f"Stripe: {cause}", at=at)
    match REFUNDS[refund.status].get(seen.state, RefundStep.WAIT):
        case RefundStep.SUCCEED:
            return refunds.succeed(order, refund, reference=seen.reference, at=at)
        case RefundStep.FAIL:
            return refunds.fail(order, refund, reference=seen.reference, cause=f"Stripe: {seen.state}", at=at)
    Refund.objects.filter(pk=refund.pk, reference="").update(reference=seen.reference)
    return []


@outward
@patient
def look(task: Task, *, at: datetime) -> None:
    """Look at every refund of an intent: ours are settled, and those made at Stripe by hand become ours."""
    payment = (
        Payment.objects.select_related("stripe", "order__journey").filter(stripe__intent=task.data["intent"]).first()
    )
    if payment is None:
        if look_for_payment(task.data["intent"], at=at):  # told before the payment itself: once more after it
            postpone(task, until=at + GRACE)
        return
    if payment.status != Payment.Status.CAPTURED and gateway.see_intent(task.data["intent"]).state == State.CAPTURED:
        look_soon(payment, at=at)
        postpone(task, until=at + GRACE)
        return
    found = list(gateway.refunds_of(task.data["intent"]))
    with transaction.atomic():
        order = moves.lock(payment.order)
        hold(task)
        told = [happening for seen in found for happening in take_in(order, payment, seen, at=at)]
        done(task, at=at)
        tell(order, told, by=STRIPE_ITSELF, at=at)


def take_in(order: Order, payment: Payment, seen: SeenRefund, *, at: datetime) -> list[Happening]:
    """What one refund at Stripe means for us; returns what to record. More than we have is a matter for a person.

    Of money that was let go and never taken, nothing went back, whatever Stripe calls it.
    """
    known = Refund.objects.select_related("payment").filter(payment=payment)
    refund = known.filter(public_id=seen.ours).first() or known.filter(reference=seen.reference).first()
    if refund:
        return settle(order, refund, seen, at=at)
    if seen.state in ("failed", "canceled"):
        return []
    try:
        refund, told = refunds.start(
            order, payment, amount=seen.amount, reason=Refund.Reason.OUTSIDE, by=STRIPE_ITSELF, at=at
        )
    except refunds.RefundTooLarge as problem:
        payment.refresh_from_db()
        if payment.status != Payment.Status.CAPTURED:
            return []
        cause = f"payment {payment.public_id}: refund {seen.reference} of {seen.amount} was made at Stripe, {problem}"
        return drift(order, payment, cause=cause, at=at)
    return [*told, *settle(order, refund, seen, at=at)]


def tell(order: Order, told: list[Happening], *, by: Actor, at: datetime) -> None:
    """Record, if there is anything to say."""
    if told:
        record(order.journey_id, *told, by=by, channel=order.sales_channel.kind, at=at)
