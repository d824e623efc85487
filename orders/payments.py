"""Money for orders. `payment_status` is written here alone, through orders.moves."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from commerce.ids import public_id
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.record import Happening, record
from orders import moves
from orders.credits import ledger
from orders.credits.models import Credit
from orders.exact import exact
from orders.happenings import PaymentCaptured
from orders.models import Order, Payment
from orders.receivables import agreements
from orders.receivables.agreements import NotPayable
from orders.standing import balance_of, restate
from orders.tenders import CREDIT, MANUAL, STRIPE


class AlreadyPaid(Problem):
    """Nothing is left to be paid."""

    code = "already_paid"


class NotPaid(Problem):
    """The order is not paid yet."""

    code = "not_paid"


class TooMuch(Problem):
    """More is to be taken than is owed."""

    code = "more_than_owed"
    status = 422


@transaction.atomic
def take_manual(
    order: Order, *, tender: str = MANUAL, amount: int | None = None, by: Actor, channel: str, at: datetime
) -> Payment:
    """Write down that what is left of an order was paid, or a part of it, without asking a provider.

    Raises AlreadyPaid, NotPayable, TooMuch.
    """
    order, due = payable(order, amount)
    expected_less(order, tender=tender, amount=due)
    payment, told = keep(order, tender=tender, amount=due, at=at)
    restate(order)
    record(order.journey_id, told, *agreements.count(order, at=at), by=by, channel=channel, at=at)
    return payment


def payable(order: Order, amount: int | None) -> tuple[Order, int]:
    """The order, locked, and what is to be paid of it; raises NotPayable, AlreadyPaid, TooMuch."""
    order = moves.lock(order)
    if order.status == Order.Status.CANCELED:
        raise NotPayable(f"order {order} was canceled")
    return order, due_of(order, amount)


def due_of(order: Order, amount: int | None) -> int:
    """What is to be paid of a locked order: an amount, or all that is left; raises AlreadyPaid, TooMuch."""
    left = balance_of(order).left
    if left <= 0:
        raise AlreadyPaid(f"order {order} is paid")
    if amount is not None and not 0 < amount <= left:
        raise TooMuch(f"{amount} is not between nothing and what is owed: {left}", owed=left)
    return amount or left


@transaction.atomic
def spend_credit(
    order: Order, credit: Credit, *, amount: int | None = None, by: Actor, channel: str, at: datetime
) -> Payment:
    """Pay an order with what is on a gift card or store credit, as far as that and the amount go.

    Raises AlreadyPaid, NotPayable, TooMuch, NotEnoughCredit.
    """
    order, due = payable(order, amount)
    credit.refresh_from_db(fields=["balance"])
    payment, told = keep(order, tender=CREDIT, amount=min(due, credit.balance), at=at)
    ledger.spend(credit, payment=payment, by=by, at=at)
    restate(order)
    record(order.journey_id, told, *agreements.count(order, at=at), by=by, channel=channel, at=at)
    return payment


def expect(order: Order, *, tender: str, amount: int) -> Payment:
    """Money that will come later, by transfer say, for an order whose payments are not being changed by others."""
    payment = Payment.objects.create(order=order, tender=tender, amount=amount, currency=order.currency)
    restate(order)
    return payment


def expected_less(order: Order, *, tender: str, amount: int) -> None:
    """What was expected has come, all or a part of it: so much less is still to come."""
    expected = order.payments.filter(tender=tender, status=Payment.Status.PENDING)
    expected.filter(amount__lte=exact(amount)).update(status=Payment.Status.CANCELED)
    expected.update(amount=F("amount") - exact(amount))


# The order's status and its only payment in one statement: every purchase passes here.
CAPTURE = """
WITH paid AS (
    UPDATE orders_order SET payment_status = 'captured' WHERE id = %(order)s AND payment_status = %(before)s
    RETURNING id, currency
)
INSERT INTO orders_payment (public_id, order_id, tender, amount, refunded, currency, status, reference, captured_at)
SELECT %(public_id)s, id, %(tender)s, %(amount)s, 0, currency, 'captured', '', %(at)s FROM paid RETURNING id
"""


def capture(order: Order, *, tender: str, amount: int, at: datetime) -> Happening:
    """Keep the only payment of a locked order, which pays all of it; returns what to record."""
    values: dict[str, Any] = {
        "order": order.pk,
        "before": order.payment_status,
        "tender": tender,
        "amount": amount,
        "at": at,
    }
    payment = public_id()
    with connection.cursor() as cursor:
        cursor.execute(CAPTURE, values | {"public_id": payment})
        if cursor.fetchone() is None:
            raise moves.IllegalMove(f"{order} is no longer {order.payment_status}")
    order.payment_status = Order.PaymentStatus.CAPTURED
    return PaymentCaptured(order.public_id, payment, tender, amount, order.currency)


def keep(order: Order, *, tender: str, amount: int, reference: str = "", at: datetime) -> tuple[Payment, Happening]:
    """The row of a payment that we have; returns what to record."""
    payment = Payment.objects.create(
        order=order,
        tender=tender,
        amount=amount,
        currency=order.currency,
        reference=reference,
        status=Payment.Status.CAPTURED,
        captured_at=at,
    )
    return payment, PaymentCaptured(order.public_id, payment.public_id, tender, amount, order.currency)


def waits_elsewhere(order: Order) -> bool:
    """Whether a provider may still tell us that an order is paid; it is asked before the order is given up."""
    return order.payments.filter(tender=STRIPE, status=Payment.Status.PENDING).exists()
