"""What a till says about a sale of before: that it was undone, or how a card that it had stored ended.

Both may come before the sale itself; then they wait for it (orders.journal.taking).
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import F

from commerce import money
from commerce.ids import public_id
from commerce.timeline.actors import Actor
from commerce.timeline.record import Happening, record
from inventory import ledger
from orders import moves
from orders.freeing import free
from orders.happenings import PaymentCaptured, TillVoided
from orders.journal.models import Fact
from orders.journal.reading import Said
from orders.models import Order, Payment, Refund, Todo
from orders.paying_happenings import PaymentFailed
from orders.returns.models import Return, ReturnLine
from orders.standing import restate
from orders.todos import close_todo, open_todo

TO_SETTLE = timedelta(days=2)
"""How long a store has to find whoever left with goods that were not paid."""


def void(order: Order, said: Said, fact: Fact, *, by: Actor, channel: str, at: datetime) -> None:
    """Undo a sale of a till: all its goods that are not back yet are back, all money was given back.

    A second void of a sale changes nothing.
    """
    order = moves.lock(order)
    earlier = Fact.objects.filter(kind=Fact.Kind.VOID, of=said.of, status=Fact.Status.BOOKED).exclude(pk=fact.pk)
    if earlier.exists():
        return
    lines, location = list(order.lines.all()), order.location_id or 0
    returned = Return.objects.create(
        order=order,
        journey_id=order.journey_id,
        person_id=order.person_id,
        sales_channel_id=order.sales_channel_id,
        location_id=location,
        currency=order.currency,
        total=order.total,
        status=Return.Status.SETTLED,
        till_key=said.key,
        returned_at=fact.occurred_at,
    )
    ReturnLine.objects.bulk_create(
        ReturnLine(
            returned=returned,
            ordinal=line.ordinal,
            variant_id=line.variant_id,
            order_line=line,
            sku=line.sku,
            quantity=line.quantity - line.returned,
            total=money.rounded(line.total * Decimal(line.quantity - line.returned) / max(line.quantity, 1)),
        )
        for line in lines
    )
    ledger.move(
        [
            ledger.Move(
                line.variant_id or 0,
                location,
                ledger.Kind.RETURNED,
                line.quantity - line.returned,
                demand=line.public_id,
                key=f"{said.key}:{line.ordinal}",
                occurred_at=fact.occurred_at,
            )
            for line in lines
            if line.variant_id is not None and line.quantity > line.returned
        ],
        by=by,
        at=at,
        as_fact=True,
    )
    order.lines.update(returned=F("quantity"))
    give_money_back(order, by=by, at=fact.occurred_at)
    free(order, at=at)
    told = TillVoided(order.public_id, returned.public_id, said.key, order.total, order.currency)
    record(order.journey_id, told, by=by, channel=channel, at=fact.occurred_at, recorded_at=at)


def give_money_back(order: Order, *, by: Actor, at: datetime) -> None:
    """Write down that the till gave back what it took, tender by tender; what was only stored is let go."""
    for payment in order.payments.order_by("pk"):
        if payment.status == Payment.Status.CAPTURED and payment.amount > payment.refunded:
            Refund.objects.create(
                public_id=public_id(),
                payment=payment,
                amount=payment.amount - payment.refunded,
                reason=Refund.Reason.RETURNED,
                status=Refund.Status.SUCCEEDED,
                created_at=at,
                settled_at=at,
            )
            Payment.objects.filter(pk=payment.pk).update(refunded=payment.amount)
        elif payment.status == Payment.Status.AUTHORIZED:
            Payment.objects.filter(pk=payment.pk).update(status=Payment.Status.CANCELED)
        elif payment.status == Payment.Status.FAILED:
            close_todo(Todo.Kind.PAYMENT_FAILED_AFTER_HANDOVER, payment.public_id, by=by, at=at)
    if order.total:
        restate(order)


def settle(order: Order, said: Said, fact: Fact, *, by: Actor, channel: str, at: datetime) -> None:
    """Note how a stored card ended. Declined after the goods have left, it is the store's to get its money.

    Only what was stored can end, and only once. A sale that was undone meanwhile ends as if this had come first.
    """
    order = moves.lock(order)
    payments = list(order.payments.order_by("pk"))
    open_ones = (Payment.Status.AUTHORIZED, Payment.Status.CANCELED)
    if said.tender > len(payments) or payments[said.tender - 1].status not in open_ones:
        return
    payment = payments[said.tender - 1]
    is_undone = payment.status == Payment.Status.CANCELED
    is_paid = said.outcome == Payment.Status.CAPTURED
    payment.status, payment.captured_at = said.outcome, fact.occurred_at if is_paid else None
    payment.save(update_fields=["status", "captured_at"])
    restate(order)
    if is_undone:
        give_money_back(order, by=by, at=fact.occurred_at)
    told: Happening
    if is_paid:
        told = PaymentCaptured(order.public_id, payment.public_id, payment.tender, payment.amount, payment.currency)
    else:
        told = PaymentFailed(order.public_id, payment.public_id, payment.amount, payment.currency, cause="declined")
    if not is_paid and not is_undone:
        open_todo(
            Todo.Kind.PAYMENT_FAILED_AFTER_HANDOVER,
            payment.public_id,
            order=order,
            location_id=order.location_id,
            cause=f"receipt {order.number}: {payment.amount} {payment.currency} by {payment.tender}, declined",
            due_at=at + TO_SETTLE,
            at=at,
        )
    record(order.journey_id, told, by=by, channel=channel, at=fact.occurred_at, recorded_at=at)
