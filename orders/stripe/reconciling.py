"""Comparing every amount with Stripe: what can be repaired is, by the same functions that webhooks lead to.

What cannot be goes on the list for a person, with its cause.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from commerce.timeline.actors import SYSTEM
from orders import moves
from orders.models import Payment, Refund, Todo
from orders.stripe import gateway, looking, refunding, settling
from orders.stripe.drifting import drift
from orders.stripe.gateway import Seen, SeenRefund, State
from orders.todos import open_todo

Status = Payment.Status
MONEY = (State.AUTHORIZED, State.CAPTURED)
OF_STATUS = {Status.AUTHORIZED: State.AUTHORIZED, Status.CAPTURED: State.CAPTURED}


@dataclass(frozen=True)
class Difference:
    """Something that Stripe and we did not see alike, and what became of it."""

    payment: str
    intent: str
    ours: str
    theirs: str
    repaired: bool


def reconcile(*, since: datetime, at: datetime) -> Iterator[Difference]:
    """Compare all payments since an instant, from both sides; yields what differed."""
    seen_here = set()
    for seen in gateway.intents_since(since):
        seen_here.add(seen.intent)
        payment = payment_of(seen)
        if payment is None:
            if seen.state in MONEY:
                yield unknown(seen, at=at)
            continue
        yield from compare(payment, seen, at=at)
    ours = Payment.objects.select_related("stripe", "order").filter(stripe__created_at__gte=since)
    for payment in ours.filter(status__in=[Status.AUTHORIZED, Status.CAPTURED]).exclude(stripe__intent__in=seen_here):
        yield from compare(payment, gateway.see_intent(payment.stripe.intent), at=at)
    for payment in ours.filter(status=Status.PENDING).exclude(stripe__page=""):
        seen = gateway.see_page(payment.stripe.page)
        if seen.state in MONEY and seen.intent not in seen_here:
            yield from compare(payment, seen, at=at)


def payment_of(seen: Seen) -> Payment | None:
    """The payment that an intent belongs to, by its id or by what we wrote on it."""
    payments = Payment.objects.select_related("stripe", "order")
    known = payments.filter(stripe__intent=seen.intent).first()
    return known or payments.filter(public_id=seen.payment, stripe__isnull=False).first()


def compare(payment: Payment, seen: Seen, *, at: datetime) -> Iterator[Difference]:
    """One payment and its refunds, beside what Stripe says of them."""
    told = list(gateway.refunds_of(seen.intent)) if seen.intent else []
    if alike(payment, seen, told):
        return
    ours = f"{payment.status} {payment.amount}, refunded {payment.refunded}"
    if seen.state in MONEY and not seen.capture_before:
        seen = gateway.see_intent(seen.intent)
    with transaction.atomic():
        order = moves.lock_with_cart(payment.order)
        settling.settle(order, payment.pk, seen, by=looking.STRIPE_ITSELF, at=at)
    if known := Payment.objects.select_related("order").filter(stripe__intent=seen.intent).first():
        with transaction.atomic():
            order = moves.lock(known.order)
            happenings = [h for refund in told for h in refunding.take_in(order, known, refund, at=at)]
            refunding.tell(order, happenings, by=SYSTEM, at=at)
    payment = payment_of(seen) or payment
    repaired = alike(payment, seen, list(gateway.refunds_of(seen.intent)) if seen.intent else [])
    theirs = f"{seen.state} {seen.amount}, refunded {sum_of(told)}"
    if not repaired:
        cause = f"payment {payment.public_id}: here {ours}; at Stripe {theirs} ({seen.intent})"
        with transaction.atomic():
            order = moves.lock(payment.order)
            refunding.tell(order, drift(order, payment, cause=cause, at=at), by=SYSTEM, at=at)
    yield Difference(payment.public_id, seen.intent, ours, theirs, repaired)


def alike(payment: Payment, seen: Seen, told: list[SeenRefund]) -> bool:
    """Whether a payment is here what it is there. What is still on its way counts on both sides.

    What became store credit or another order is counted here alone.
    """
    expected = OF_STATUS.get(Status(payment.status))
    if expected is None:
        return seen.state not in MONEY
    refunds = Refund.objects.filter(payment=payment).exclude(status=Refund.Status.FAILED)
    not_there = refunds.filter(Q(status=Refund.Status.PENDING, reference="") | ~Q(goes_to=Refund.GoesTo.ORIGINAL))
    unseen = sum(not_there.values_list("amount", flat=True))
    return (expected, payment.amount, payment.refunded - unseen) == (seen.state, seen.amount, sum_of(told))


def sum_of(told: list[SeenRefund]) -> int:
    """What went back at Stripe, or is on its way."""
    return sum(refund.amount for refund in told if refund.state not in ("failed", "canceled"))


def unknown(seen: Seen, *, at: datetime) -> Difference:
    """Money at Stripe that belongs to no payment of ours."""
    cause = f"{seen.amount} {seen.currency} at Stripe ({seen.intent}) belong to no payment of ours"
    open_todo(Todo.Kind.UNKNOWN_MONEY, seen.intent, order=None, cause=cause, at=at)
    return Difference("", seen.intent, "nothing", f"{seen.state} {seen.amount}", repaired=False)
