"""Comparing every amount with Stripe: what can be repaired is, by the same functions that webhooks lead to.

What cannot be goes on the list for a person, with its cause.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from commerce.timeline.actors import SYSTEM
from orders import moves
from orders.models import Payment, Refund, Todo
from orders.stripe import disputes, drifting, gateway, looking, refunding, settling
from orders.stripe.gateway import Seen, SeenDispute, SeenRefund, State
from orders.stripe.models import Dispute
from orders.stripe.outcomes import DISPUTES_CLOSED
from orders.todos import open_todo

Status = Payment.Status
MONEY = (State.AUTHORIZED, State.CAPTURED)
SENT_WITHIN = timedelta(hours=1)
"""A refund of which Stripe does not know so long after it was promised is not on its way."""

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
    """Compare all payments since an instant, from both sides, and then disputes; yields what differed.

    A payment of which a refund is still to go out is compared however old it is.
    """
    seen_here = set()
    for seen in gateway.intents_since(since):
        seen_here.add(seen.intent)
        payment = payment_of(seen)
        if payment is None:
            if seen.state in MONEY:
                yield unknown(seen, at=at)
            continue
        yield from compare(payment, seen, at=at)
    going_out = Exists(Refund.objects.filter(payment=OuterRef("pk"), status=Refund.Status.PENDING))
    ours = Payment.objects.select_related("stripe", "order").filter(stripe__isnull=False)
    recent = ours.filter(Q(stripe__created_at__gte=since) | going_out).order_by("pk")
    for payment in recent.filter(status__in=[Status.AUTHORIZED, Status.CAPTURED]).exclude(stripe__intent__in=seen_here):
        yield from compare(payment, at=at)
    for payment in recent.filter(status=Status.PENDING).exclude(stripe__page=""):
        yield from compare(payment, at=at)
    for dispute in gateway.disputes_since(since):
        yield from compare_dispute(dispute, at=at)


def payment_of(seen: Seen) -> Payment | None:
    """The payment that an intent belongs to, by its id or by what we wrote on it."""
    payments = Payment.objects.select_related("stripe", "order")
    known = payments.filter(stripe__intent=seen.intent).first()
    return known or payments.filter(public_id=seen.payment, stripe__isnull=False).first()


def compare(payment: Payment, seen: Seen | None = None, *, at: datetime) -> Iterator[Difference]:
    """One payment beside what Stripe says of it, or that Stripe says nothing of it."""
    try:
        yield from settle(payment, seen or see(payment), at=at)
    except gateway.Unknown as problem:
        intent, ours = payment.stripe.intent, stated(payment)
        cause = f"payment {payment.public_id}: here {ours}; Stripe does not tell of {intent}: {problem.code}"
        put_on_list(payment, cause=cause, at=at)
        yield Difference(payment.public_id, intent, ours, f"unknown ({problem.code})", repaired=False)


def see(payment: Payment) -> Seen:
    """How a payment stands at Stripe, by what we know of it."""
    checkout = payment.stripe
    return gateway.see_intent(checkout.intent) if checkout.intent else gateway.see_page(checkout.page)


def settle(payment: Payment, seen: Seen, *, at: datetime) -> Iterator[Difference]:
    """One payment and its refunds, beside what Stripe says of them; what differs is repaired or put on the list."""
    told = list(gateway.refunds_of(seen.intent)) if seen.intent else []
    if alike(payment, seen, told, at=at):
        drifting.agree(payment, at=at)
        return
    ours = stated(payment)
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
    repaired = alike(payment, seen, list(gateway.refunds_of(seen.intent)) if seen.intent else [], at=at)
    theirs = f"{seen.state} {seen.amount}, refunded {sum_of(told)}"
    if repaired:
        drifting.agree(payment, at=at)
    else:
        cause = f"payment {payment.public_id}: here {ours}; at Stripe {theirs} ({seen.intent})"
        put_on_list(payment, cause=cause, at=at)
    yield Difference(payment.public_id, seen.intent, ours, theirs, repaired)


def stated(payment: Payment) -> str:
    """How a payment stands here."""
    return f"{payment.status} {payment.amount}, refunded {payment.refunded}"


def put_on_list(payment: Payment, *, cause: str, at: datetime) -> None:
    """What no rule repairs is for a person."""
    with transaction.atomic():
        order = moves.lock(payment.order)
        refunding.tell(order, drifting.drift(order, payment, cause=cause, at=at), by=SYSTEM, at=at)


def compare_dispute(seen: SeenDispute, *, at: datetime) -> Iterator[Difference]:
    """One dispute, beside what we know of it; one about money that is not ours stands on the list while it is open."""
    known = Dispute.objects.filter(reference=seen.reference).first()
    if known and (known.status, known.due_by) == (seen.status, seen.due_by):
        return
    payment = (
        Payment.objects.select_related("order").filter(stripe__intent=seen.intent).first() if seen.intent else None
    )
    if payment is None and seen.status in DISPUTES_CLOSED:
        return
    with transaction.atomic():
        if payment:
            order = moves.lock(payment.order)
            refunding.tell(order, disputes.settle(order, payment, seen, at=at), by=looking.STRIPE_ITSELF, at=at)
        else:
            disputes.unknown(seen, at=at)
    ours = f"dispute, {known.status}" if known else "nothing"
    theirs = f"dispute of {seen.amount}, {seen.status}"
    yield Difference(payment.public_id if payment else "", seen.intent, ours, theirs, repaired=payment is not None)


def alike(payment: Payment, seen: Seen, told: list[SeenRefund], *, at: datetime) -> bool:
    """Whether a payment is here what it is there. What is still on its way counts on both sides, but not for ever.

    What became store credit or another order is counted here alone.
    """
    expected = OF_STATUS.get(Status(payment.status))
    if expected is None:
        return seen.state not in MONEY
    refunds = Refund.objects.filter(payment=payment).exclude(status=Refund.Status.FAILED)
    on_its_way = Q(status=Refund.Status.PENDING, reference="", created_at__gt=at - SENT_WITHIN)
    not_there = refunds.filter(on_its_way | ~Q(goes_to=Refund.GoesTo.ORIGINAL))
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
