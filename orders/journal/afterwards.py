"""What a till says about a card that it had stored with a sale of before: how it ended.

It may come before the sale itself; then it waits for it (orders.journal.taking).
"""

from datetime import datetime, timedelta

from commerce.timeline.actors import Actor
from commerce.timeline.record import Happening, record
from orders import moves
from orders.happenings import PaymentCaptured
from orders.journal.models import Fact
from orders.journal.reading import Said
from orders.models import Order, Payment, Todo
from orders.paying_happenings import PaymentFailed
from orders.standing import restate
from orders.todos import close_todo, open_todo

TO_SETTLE = timedelta(days=2)
"""How long a store has to find whoever left with goods that were not paid."""


def settle(order: Order, said: Said, fact: Fact, *, by: Actor, channel: str, at: datetime) -> None:
    """Note how a stored card ended. Declined after the goods have left, it is the store's to get its money.

    Only what was stored can end. Told both ways it was paid, whichever was told first: a card that was declined is
    tried again, and money that was taken is given back by a return. A sale that was undone, or of which something came
    back meanwhile, is settled anew by who calls this, and so ends as if this had come first.
    """
    order = moves.lock(order)
    payments = list(order.payments.order_by("pk"))
    is_paid = said.outcome == Payment.Status.CAPTURED
    open_ones = {Payment.Status.AUTHORIZED, Payment.Status.CANCELED} | ({Payment.Status.FAILED} if is_paid else set())
    if said.tender > len(payments) or payments[said.tender - 1].status not in open_ones:
        return
    payment = payments[said.tender - 1]
    is_undone = payment.status == Payment.Status.CANCELED
    payment.status, payment.captured_at = said.outcome, fact.occurred_at if is_paid else None
    payment.save(update_fields=["status", "captured_at"])
    restate(order)
    told: Happening
    if is_paid:
        close_todo(Todo.Kind.PAYMENT_FAILED_AFTER_HANDOVER, payment.public_id, by=by, at=at)
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
