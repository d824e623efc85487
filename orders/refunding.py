"""Refunds that staff decide on: how much, why, and by whom alone. Each part goes back the way it came.

What a role may not do alone waits for a second person (commerce.approvals) and is done when she agrees.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from commerce.approvals import deciding
from commerce.approvals.models import Approval
from commerce.channels.models import SalesChannel
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.record import record
from orders import moves, refunds
from orders.models import Order, Payment, Refund
from orders.refunds import RefundTooLarge
from orders.standing import captured_payments
from orders.stripe.models import Dispute
from orders.stripe.outcomes import WITH_THE_BANK

KIND = "refund"
REASONS = (Refund.Reason.GOODWILL, Refund.Reason.RETURNED)
"""What staff may say. Canceling, surplus and what could not be served have their own ways."""


class NothingToRefund(Problem):
    """Nothing of this order is with us."""

    code = "nothing_to_refund"


@dataclass(frozen=True)
class Asked:
    """What became of it: refunds that were made, or an approval that waits."""

    refunds: tuple[Refund, ...] = ()
    approval: Approval | None = None


@transaction.atomic
def refund(order: Order, *, amount: int, reason: str, role: str, by: Actor, channel: str, at: datetime) -> Asked:
    """Give a part of an order's money back, or ask a second person where the role does not go so far alone.

    What staff gave back of the same order before counts, so that nobody goes around a limit in small steps.
    Raises RefundTooLarge, NothingToRefund.
    """
    order = moves.lock(order)
    check(order, amount)
    given = Refund.objects.filter(payment__order=order, reason__in=REASONS).exclude(status=Refund.Status.FAILED)
    before = given.aggregate(sum=Sum("amount", default=0))["sum"]
    if deciding.may_alone(KIND, amount=before + amount, role=role):
        return Asked(refunds=give(order, amount=amount, reason=reason, by=by, channel=channel, at=at))
    asked = deciding.ask(
        KIND,
        subject=order.public_id,
        amount=amount,
        currency=order.currency,
        reason=reason,
        journey=order.journey,
        location=order.location or order.pickup_at,
        by=by,
        channel=channel,
        at=at,
    )
    return Asked(approval=asked)


def carry_out(approval: Approval, *, by: Actor, at: datetime) -> None:
    """A second person agreed: give the money back; raises RefundTooLarge, NothingToRefund."""
    order = moves.lock(Order.objects.get(public_id=approval.subject))
    check(order, approval.amount)
    channel = approval.facts["channel"]
    give(order, amount=approval.amount, reason=approval.reason, by=by, channel=channel, at=at)


def check(order: Order, amount: int) -> None:
    """Whether so much is with us; raises RefundTooLarge, NothingToRefund."""
    kept = refundable(order)
    if kept <= 0:
        raise NothingToRefund(f"nothing of order {order} is with us")
    if not 0 < amount <= kept:
        raise RefundTooLarge(f"{amount} is not between nothing and what is with us: {kept}", available=kept)


def refundable(order: Order) -> int:
    """How much of an order's money staff may give back."""
    return sum(payment.amount - payment.refunded for payment in refundable_payments(order))


def refundable_payments(order: Order) -> list[Payment]:
    """The payments of which staff may give something back, newest first.

    What a bank took back from us, or has while it decides, is not with us: given back as well, it would be paid twice.
    """
    disputes = Dispute.objects.filter(payment__order=order, status__in=WITH_THE_BANK)
    taken_back = set(disputes.values_list("payment", flat=True))
    return [payment for payment in captured_payments(order) if payment.pk not in taken_back]


def give(order: Order, *, amount: int, reason: str, by: Actor, channel: str, at: datetime) -> tuple[Refund, ...]:
    """Give money of a locked order back, of its newest payment first, each part the way it came."""
    whole, at_counter = refundable_payments(order), channel == SalesChannel.Kind.STORE
    made, told = refunds.give_part_back(order, amount, reason=reason, of=whole, at_counter=at_counter, by=by, at=at)
    record(order.journey_id, *told, by=by, channel=channel, at=at)
    return tuple(made)
