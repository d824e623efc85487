"""Which of the sales that tills told of have the uses of a limited coupon: the earliest, whichever we heard of first.

Every sale stands. One for which no use is left is an over-use, told as a loss. A sale that turns out to be earlier
takes the use of the latest that has one, and that one becomes the over-use; a sale that was undone passes its use on.
Uses of other channels, and those that a till had leased, are nobody else's.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from commerce.ids import fold
from commerce.promotions import uses
from commerce.promotions.models import Coupon, CouponUse
from commerce.promotions.uses import CouponUsedUp
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.record import record
from orders.happenings import TillDiffered
from orders.journal import leases
from orders.journal.differences import Found, Kind, row_of
from orders.journal.models import Difference, Fact
from orders.models import Order

WHY: Mapping[str, str] = {
    "coupon_unknown": Kind.COUPON_UNKNOWN,
    "coupon_ended": Kind.COUPON_ENDED,
    "coupon_used_up": Kind.COUPON_OVERUSED,
    "coupon_needs_person": Kind.COUPON_OVERUSED,
}


def redeem(
    used: Sequence[tuple[Fact, Order, str]], *, by: Actor, channel: str, at: datetime
) -> list[tuple[int, Found]]:
    """Redeem the coupons that sales were told with (fact, order, code); returns what was lost, by the fact's number.

    They are taken in the order of their codes, so that two tills never wait for each other.
    """
    found = []
    for fact, order, code in sorted(used, key=lambda one: (fold(one[2]), one[0].occurred_at, one[0].uuid)):
        subject = code
        try:
            coupon = uses.find(code, at=fact.occurred_at)
            subject = coupon.code
            take(coupon, fact, order, by=by, channel=channel, at=at)
        except Problem as problem:
            if problem.code not in WHY:
                raise
            found.append((fact.pk, Found(WHY[problem.code], subject=subject, loss=order.discount_total)))
    return found


def take(coupon: Coupon, fact: Fact, order: Order, *, by: Actor, channel: str, at: datetime) -> None:
    """Let a sale have a use: a leased one of its till's, a free one, or that of a later sale.

    Raises CouponUsedUp, CouponNeedsPerson.
    """
    leased = leases.free_use(fact.device, coupon, at=fact.occurred_at)
    try:
        hold(coupon, order, at=fact.occurred_at, is_leased=leased)
    except CouponUsedUp:
        later = later_than(fact, coupon)
        if later is None or later.order is None:
            raise
        uses.release(later.order.public_id, at=at, coupon=coupon)
        hold(coupon, order, at=fact.occurred_at)
        lost = Found(Kind.COUPON_OVERUSED, subject=coupon.code, loss=later.order.discount_total)
        Difference.objects.bulk_create([row_of(later.pk, lost)])
        tell(later, lost.loss, by=by, channel=channel, at=at)


def hold(coupon: Coupon, order: Order, *, at: datetime, is_leased: bool = False) -> None:
    """Hold and redeem a use at once; one that was leased keeps an expiry, by which it is known. Raises CouponUsedUp."""
    with transaction.atomic():
        uses.hold(coupon, demand=order.public_id, person=None, at=at, expires_at=at if is_leased else None)
    uses.redeem(order.public_id, at=at)


def later_than(fact: Fact, coupon: Coupon) -> Fact | None:
    """The latest sale of a till that has a use of this coupon without a lease, if it was after this one."""
    redeemed = CouponUse.objects.filter(coupon=coupon, status=CouponUse.Status.REDEEMED, expires_at__isnull=True)
    sales = Fact.objects.filter(kind=Fact.Kind.SALE, order__public_id__in=redeemed.values("demand"))
    after = sales.filter(Q(occurred_at__gt=fact.occurred_at) | Q(occurred_at=fact.occurred_at, uuid__gt=fact.uuid))
    return after.select_related("order").order_by("-occurred_at", "-uuid").first()


def pass_on(order: Order, *, by: Actor, channel: str, at: datetime) -> None:
    """A sale was undone and its uses are free again: they go to the earliest sales that stand and have none."""
    Difference.objects.filter(fact__order=order, fact__kind=Fact.Kind.SALE, kind=Kind.COUPON_OVERUSED).delete()
    used = Coupon.objects.filter(uses__demand=order.public_id).order_by("pk")
    for coupon in used.distinct():
        waiting = Difference.objects.filter(
            kind=Kind.COUPON_OVERUSED, subject=coupon.code, fact__kind=Fact.Kind.SALE
        ).select_related("fact__order")
        first = waiting.order_by("fact__occurred_at", "fact__uuid").first()
        if first is None or first.fact.order is None:
            continue
        try:
            hold(coupon, first.fact.order, at=first.fact.occurred_at)
        except Problem:
            continue
        first.delete()
        tell(first.fact, -first.loss, by=by, channel=channel, at=at)


def tell(fact: Fact, loss: int, *, by: Actor, channel: str, at: datetime) -> None:
    """Tell the timeline of a sale that its coupon counts as over-used now, or (with a negative loss) no longer."""
    if fact.order:
        told = TillDiffered(fact.order.public_id, (str(Kind.COUPON_OVERUSED),), loss, fact.order.currency)
        record(fact.order.journey_id, told, by=by, channel=channel, at=fact.occurred_at, recorded_at=at)
