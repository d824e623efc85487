"""Giving money back: counted against its payment before anybody is asked, so that it cannot be given twice."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from commerce.rest.problems import Problem
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.record import Happening, record
from orders import moves
from orders.credits import ledger
from orders.exact import exact
from orders.happenings import PaymentRefunded
from orders.models import Order, Payment, Refund, Todo
from orders.paying_happenings import RefundFailed, RefundStarted
from orders.standing import captured_payments, restate
from orders.tenders import BANK_TRANSFER, CREDIT, STRIPE
from orders.todos import close_todo, open_todo

Status = Refund.Status


class RefundTooLarge(Problem):
    """More is to be given back than we have of this payment."""

    code = "refund_too_large"
    status = 409


@transaction.atomic
def give_back(payment: Payment, *, amount: int, reason: str, by: Actor, channel: str, at: datetime) -> Refund:
    """Give back a part of a payment, the way it came; raises RefundTooLarge."""
    order = moves.lock(payment.order)
    refund, told = start(order, payment, amount=amount, reason=reason, by=by, at=at)
    record(order.journey_id, *told, by=by, channel=channel, at=at)
    return refund


def start(
    order: Order,
    payment: Payment,
    *,
    amount: int,
    reason: str,
    goes_to: str = Refund.GoesTo.ORIGINAL,
    at_counter: bool = False,
    by: Actor,
    at: datetime,
) -> tuple[Refund, list[Happening]]:
    """Give back a part of a payment whose order is locked; returns what to record. Raises RefundTooLarge.

    What goes to her credit or into an exchange is put there by the caller, in the same transaction. Money that no
    provider gives back somebody must: it stands on the list, unless she was given it where she stands, at a counter.

    The sum is counted in one guarded UPDATE before anything else: of two at the same moment one finds nothing left.
    """
    counted = Payment.objects.filter(
        pk=payment.pk, status=Payment.Status.CAPTURED, refunded__lte=F("amount") - exact(amount)
    )
    if amount < 1 or not counted.update(refunded=F("refunded") + exact(amount)):
        left = Payment.objects.filter(pk=payment.pk, status=Payment.Status.CAPTURED).values_list("amount", "refunded")
        available = next((has - gone for has, gone in left), 0)
        raise RefundTooLarge(
            f"{amount} cannot be given back of a payment of which {available} is left", available=available
        )
    refund = Refund.objects.create(payment=payment, amount=amount, reason=reason, goes_to=goes_to, created_at=at)
    if goes_to != Refund.GoesTo.ORIGINAL:
        return refund, succeed(order, refund, reference="", at=at)
    if payment.tender == STRIPE:  # a worker asks Stripe; see commerce.wiring
        restate(order)
        named = (order.public_id, payment.public_id, refund.public_id)
        return refund, [RefundStarted(*named, amount, order.currency, reason)]
    if payment.tender == CREDIT:
        ledger.give_back(payment, amount=amount, key=refund.public_id, by=by, at=at)
    elif payment.tender == BANK_TRANSFER or not at_counter:
        paid = f"{payment.tender} {payment.reference}".strip()
        cause = f"{amount} {order.currency} of order {order} are to be given back by hand ({reason}); paid by {paid}"
        open_todo(Todo.Kind.PAY_OUT, refund.public_id, order=order, cause=cause, at=at)
    return refund, succeed(order, refund, reference="", at=at)


def succeed(order: Order, refund: Refund, *, reference: str, at: datetime) -> list[Happening]:
    """The money is back with the shopper; a second time nothing happens. Returns what to record."""
    waiting = Refund.objects.filter(pk=refund.pk).exclude(status=Status.SUCCEEDED)
    if not waiting.update(status=Status.SUCCEEDED, reference=reference, settled_at=at):
        return []
    payment = refund.payment
    if refund.status == Status.FAILED:  # given up too early: the provider has done it after all
        Payment.objects.filter(pk=payment.pk).update(refunded=F("refunded") + exact(refund.amount))
        close_todo(Todo.Kind.REFUND_FAILED, refund.public_id, by=SYSTEM, at=at)
    refund.status, refund.reference, refund.settled_at = Status.SUCCEEDED, reference, at
    restate(order)
    tender = payment.tender if refund.goes_to == Refund.GoesTo.ORIGINAL else refund.goes_to
    named = (order.public_id, payment.public_id, refund.public_id)
    return [PaymentRefunded(*named, tender, refund.amount, order.currency)]


def fail(order: Order, refund: Refund, *, reference: str, cause: str, at: datetime) -> list[Happening]:
    """The money could not be given back and is with us again; a second time nothing happens.

    Somebody must find another way, so it goes on the list. Returns what to record.
    """
    waiting = Refund.objects.filter(pk=refund.pk).exclude(status=Status.FAILED)
    if not waiting.update(status=Status.FAILED, reference=reference, settled_at=at):
        return []
    Payment.objects.filter(pk=refund.payment_id).update(refunded=F("refunded") - exact(refund.amount))
    restate(order)
    open_todo(Todo.Kind.REFUND_FAILED, refund.public_id, order=order, cause=cause, at=at)
    payment = refund.payment
    return [
        RefundFailed(order.public_id, payment.public_id, refund.public_id, refund.amount, order.currency, cause[:60])
    ]


def give_all_back(order: Order, *, reason: str, by: Actor = SYSTEM, at: datetime) -> list[Happening]:
    """Give back everything that was paid for a locked order, each payment its own way; returns what to record."""
    told: list[Happening] = []
    for payment in captured_payments(order):
        left = payment.amount - payment.refunded
        told += start(order, payment, amount=left, reason=reason, by=by, at=at)[1]
    return told


def give_part_back(
    order: Order,
    amount: int,
    *,
    reason: str,
    of: Iterable[Payment] | None = None,
    first: Payment | None = None,
    at_counter: bool = False,
    by: Actor,
    at: datetime,
) -> tuple[list[Refund], list[Happening]]:
    """Give money of a locked order back, of its newest payment first, or of `first`; each part the way it came.

    `of` narrows it to some of its payments. Returns the refunds, which make less where less is with us, and what to
    record.
    """
    made: list[Refund] = []
    told: list[Happening] = []
    for payment in sorted(captured_payments(order) if of is None else of, key=lambda one: one != first):
        part = min(amount, payment.amount - payment.refunded)
        if part > 0:
            refund, happened = start(order, payment, amount=part, reason=reason, at_counter=at_counter, by=by, at=at)
            amount -= part
            made.append(refund)
            told += happened
    return made, told


def refunds_of(order: Order) -> Sequence[Refund]:
    """Every refund of an order, oldest first."""
    return list(Refund.objects.filter(payment__order=order).select_related("payment").order_by("pk"))
