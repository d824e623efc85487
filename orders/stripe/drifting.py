"""What we and Stripe see differently, and no rule repairs: on the list once, with its cause, and told once."""

from datetime import datetime

from commerce.timeline.actors import SYSTEM
from commerce.timeline.record import Happening
from orders.models import Order, Payment, Todo
from orders.paying_happenings import PaymentDiffers
from orders.todos import close_todo, open_todo


def drift(order: Order, payment: Payment, *, cause: str, at: datetime) -> list[Happening]:
    """Put a payment of a locked order on the list; returns what to record, nothing if it stands there already."""
    kind, subject = Todo.Kind.DRIFT, payment.public_id
    is_known = Todo.objects.filter(kind=kind, subject=subject, closed_at=None).exists()
    open_todo(kind, subject, order=order, cause=cause, at=at)
    told = PaymentDiffers(order.public_id, payment.public_id, payment.amount, payment.currency)
    return [] if is_known else [told]


def agree(payment: Payment, *, at: datetime) -> None:
    """A payment is here what it is at Stripe: it stands on the list no more."""
    close_todo(Todo.Kind.DRIFT, payment.public_id, by=SYSTEM, at=at)
