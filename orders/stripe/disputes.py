"""Disputes: a cardholder asked her bank for the money. Somebody must answer in time, so they stand on the list."""

from datetime import datetime

from django.db import transaction

from commerce.timeline.models import Task
from commerce.timeline.record import Happening, record
from commerce.timeline.tasks import done, hold, outward, postpone
from orders import moves
from orders.models import Order, Payment, Todo
from orders.stripe import gateway
from orders.stripe.gateway import SeenDispute
from orders.stripe.happenings import DisputeClosed, DisputeOpened
from orders.stripe.looking import STRIPE_ITSELF, look_for_payment
from orders.stripe.models import Dispute
from orders.stripe.outcomes import DISPUTES_CLOSED
from orders.stripe.patience import GRACE, patient
from orders.todos import close_todo, open_todo


@outward
@patient
def look(task: Task, *, at: datetime) -> None:
    """See how a dispute stands, and store that; a dispute about money we do not know is put on the list as well."""
    seen = gateway.see_dispute(task.data["dispute"])
    payment = Payment.objects.select_related("order").filter(stripe__intent=seen.intent).first()
    if payment is None and look_for_payment(seen.intent, at=at):  # told before the payment itself: once more after it
        postpone(task, until=at + GRACE)
        return
    with transaction.atomic():
        order = moves.lock(payment.order) if payment else None
        hold(task)
        told = settle(order, payment, seen, at=at) if order and payment else unknown(seen, at=at)
        done(task, at=at)
        if order and told:
            record(order.journey_id, *told, by=STRIPE_ITSELF, channel=order.sales_channel.kind, at=at)


def settle(order: Order, payment: Payment, seen: SeenDispute, *, at: datetime) -> list[Happening]:
    """Store a dispute as it stands; returns what to record."""
    dispute, is_new = Dispute.objects.get_or_create(
        reference=seen.reference,
        defaults={
            "payment": payment,
            "amount": seen.amount,
            "currency": seen.currency,
            "reason": seen.reason[:60],
            "status": seen.status,
            "due_by": seen.due_by,
            "opened_at": at,
        },
    )
    named = (order.public_id, payment.public_id, seen.amount, seen.currency, seen.reference)
    told: list[Happening] = []
    if is_new:
        told.append(DisputeOpened(*named, seen.due_by.isoformat() if seen.due_by else None))
    if seen.status in DISPUTES_CLOSED and dispute.closed_at is None:
        dispute.closed_at = at
        close_todo(Todo.Kind.DISPUTE, seen.reference, by=STRIPE_ITSELF, at=at)
        told.append(DisputeClosed(*named, seen.status))
    elif seen.status not in DISPUTES_CLOSED and dispute.closed_at is None:
        cause = f"{seen.amount} {seen.currency} of payment {payment.public_id}, reason {seen.reason}, {seen.status}"
        open_todo(Todo.Kind.DISPUTE, seen.reference, order=order, cause=cause, due_at=seen.due_by, at=at)
    dispute.status, dispute.due_by = seen.status, seen.due_by
    dispute.save(update_fields=["status", "due_by", "closed_at"])
    return told


def unknown(seen: SeenDispute, *, at: datetime) -> list[Happening]:
    """A dispute about money that we have not seen yet."""
    cause = f"dispute {seen.reference} of {seen.amount} {seen.currency} about {seen.intent}, which is not ours"
    open_todo(Todo.Kind.UNKNOWN_MONEY, seen.reference, order=None, cause=cause, due_at=seen.due_by, at=at)
    return []
