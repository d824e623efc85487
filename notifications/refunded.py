"""Money that went back, told her once: by itself, unless what it was given back for is told her already."""

from datetime import datetime
from typing import Any

from commerce.money import display
from commerce.timeline.models import Task
from commerce.timeline.tasks import entry_of
from notifications import wording
from notifications.changes import WHY_CANCELED, beside
from notifications.messages import tell_her, withhold
from notifications.models import Message
from orders import private_links
from orders.models import Order, Refund
from orders.returns.models import Return

PURPOSE = "refunded"
TOLD_AS = {
    "order.canceled": "told_as_canceled",
    "order.changed": "told_as_changed",
    **WHY_CANCELED,
}
"""What money is given back for at the same instant, and says so in its own letter."""


def tell_of_refund(task: Task, *, at: datetime) -> None:
    """Money went back: tell her, or keep why she need not be told apart."""
    refund = Refund.objects.select_related("payment__order__person").get(public_id=entry_of(task).data["refund"])
    order = refund.payment.order
    if why := told_as(refund):
        withhold(PURPOSE, why=why, journey=task.journey, entry=task.entry, at=at)
        return
    tell_her(
        order.person,
        purpose=PURPOSE,
        subject=order.public_id,
        phase=str(task.entry),
        facts={"amount": refund.amount},
        task=task,
        at=at,
    )


def told_as(refund: Refund) -> str:
    """By what else she learns of a refund; empty if by nothing."""
    order = refund.payment.order
    if Return.objects.filter(order=order, sent_ahead_at=refund.created_at).exists():
        return "told_by_case"
    if (
        refund.goes_to == Refund.GoesTo.EXCHANGE
        or Return.objects.filter(order=order, returned_at=refund.created_at).exists()
    ):
        return "told_as_returned"
    cause = beside(order.public_id, TOLD_AS, journey=order.journey_id, at=refund.created_at).first()
    return TOLD_AS[cause.type] if cause else ""


def letter(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """How much goes back, and of which order."""
    order = Order.objects.get(public_id=message.subject)
    return {
        "number": order.number,
        "back": display(message.facts["amount"], order.currency, language),
        "order_url": wording.absolute("order-link", private_links.create(order, at=at)) if order.number else "",
    }
