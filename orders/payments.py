"""Money for orders. `payment_status` is written here alone, through orders.moves."""

from datetime import datetime

from django.db import transaction

from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.record import Happening, record
from orders import moves
from orders.happenings import PaymentCaptured
from orders.models import Order, Payment
from orders.standing import balance_of
from orders.tenders import MANUAL, STRIPE


class AlreadyPaid(Problem):
    """Nothing is left to be paid."""

    code = "already_paid"


class NotPaid(Problem):
    """The order is not paid yet."""

    code = "not_paid"


@transaction.atomic
def take_manual(order: Order, *, tender: str = MANUAL, by: Actor, channel: str, at: datetime) -> Payment:
    """Write down that what is left of an order was paid, without asking a provider; raises AlreadyPaid."""
    order = moves.lock(order)
    left = balance_of(order).left
    if left <= 0:
        raise AlreadyPaid(f"order {order} is paid")
    payment, told = capture(order, tender=tender, amount=left, at=at)
    record(order.journey_id, told, by=by, channel=channel, at=at)
    return payment


def capture(order: Order, *, tender: str, amount: int, at: datetime) -> tuple[Payment, Happening]:
    """Keep a payment of a locked order that we have; returns what to record."""
    payment = Payment.objects.create(
        order=order,
        tender=tender,
        amount=amount,
        currency=order.currency,
        status=Payment.Status.CAPTURED,
        captured_at=at,
    )
    moves.step_payment(order, Order.PaymentStatus.CAPTURED)
    return payment, PaymentCaptured(order.public_id, payment.public_id, tender, amount, order.currency)


def waits_elsewhere(order: Order) -> bool:
    """Whether a provider may still tell us that an order is paid; it is asked before the order is given up."""
    return order.payments.filter(tender=STRIPE, status=Payment.Status.PENDING).exists()
