"""Which of the sales that tills told of have the uses of a limited coupon: the earliest, whichever we heard of first.

Every sale stands. One for which no use is left is an over-use, told as a loss. A sale that turns out to be earlier
takes the use of the latest that has one, and that one becomes the over-use; a sale that was undone passes its use on.
Uses of other channels are nobody else's, and those that a till had leased are its own sales', the earliest first.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from commerce.customers.people import people_of
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

    A till's leased uses are those of its earliest sales: one that turns out to be earlier takes that of a later one,
    which looks for another. Raises CouponUsedUp, CouponNeedsPerson.
    """
    if leases.free_use(fact.device, coupon, at=fact.occurred_at):
        hold(coupon, order, at=fact.occurred_at, is_leased=True)
        return
    later = later_than(fact, redeemed(coupon).filter(expires_at__isnull=False), device=fact.device_id)
    if later is None or later.order is None:
        find_use(coupon, fact, order, by=by, channel=channel, at=at)
        return
    uses.release(later.order.public_id, at=at, coupon=coupon)
    hold(coupon, order, at=fact.occurred_at, is_leased=True)
    try:
        find_use(coupon, later, later.order, by=by, channel=channel, at=at)
    except CouponUsedUp:
        lose(coupon, later, by=by, channel=channel, at=at)


def find_use(coupon: Coupon, fact: Fact, order: Order, *, by: Actor, channel: str, at: datetime) -> None:
    """Let a sale have a free use, or that of a later sale: the last of all, of its sales channel, or of its person.

    Raises CouponUsedUp, CouponNeedsPerson.
    """
    try:
        hold(coupon, order, at=fact.occurred_at)
    except CouponUsedUp:
        unleased = redeemed(coupon).filter(expires_at__isnull=True)
        hers = people_of(order.person) if order.person else []
        of_channel = unleased.filter(sales_channel=order.sales_channel_id)
        for some in (unleased, of_channel, unleased.filter(person__in=hers)):
            later = later_than(fact, some)
            if later and later.order and has_instead(coupon, later.order, fact, order, at=at):
                lose(coupon, later, by=by, channel=channel, at=at)
                return
        raise


def has_instead(coupon: Coupon, later: Order, fact: Fact, order: Order, *, at: datetime) -> bool:
    """Let a sale have the use of a later one, where that is what it lacks."""
    try:
        with transaction.atomic():
            uses.release(later.public_id, at=at, coupon=coupon)
            hold(coupon, order, at=fact.occurred_at)
    except CouponUsedUp:
        return False
    return True


def lose(coupon: Coupon, fact: Fact, *, by: Actor, channel: str, at: datetime) -> None:
    """A sale that had a use has none any more: it is an over-use."""
    loss = fact.order.discount_total if fact.order else 0
    Difference.objects.bulk_create([row_of(fact.pk, Found(Kind.COUPON_OVERUSED, subject=coupon.code, loss=loss))])
    tell(fact, loss, by=by, channel=channel, at=at)


def hold(coupon: Coupon, order: Order, *, at: datetime, is_leased: bool = False) -> None:
    """Hold and redeem a use at once; one that was leased keeps an expiry, by which it is known.

    Raises CouponUsedUp, CouponNeedsPerson.
    """
    with transaction.atomic():
        uses.hold(
            coupon,
            demand=order.public_id,
            person=order.person,
            sales_channel=order.sales_channel,
            at=at,
            expires_at=at if is_leased else None,
        )
    uses.redeem(order.public_id, at=at)


def redeemed(coupon: Coupon) -> QuerySet[CouponUse]:
    """The uses of a coupon that are gone."""
    return CouponUse.objects.filter(coupon=coupon, status=CouponUse.Status.REDEEMED)


def later_than(fact: Fact, some: QuerySet[CouponUse], *, device: int | None = None) -> Fact | None:
    """The latest sale of a till (of this one only) that has one of these uses, if it was after this one."""
    sales = Fact.objects.filter(kind=Fact.Kind.SALE, order__public_id__in=some.values("demand"))
    sales = sales.filter(device=device) if device else sales
    after = sales.filter(Q(occurred_at__gt=fact.occurred_at) | Q(occurred_at=fact.occurred_at, uuid__gt=fact.uuid))
    return after.select_related("order__person", "order__sales_channel").order_by("-occurred_at", "-uuid").first()


def pass_on(order: Order, *, by: Actor, channel: str, at: datetime) -> None:
    """A sale was undone and its uses are free again: they go to the earliest sales that stand and have none."""
    Difference.objects.filter(fact__order=order, fact__kind=Fact.Kind.SALE, kind=Kind.COUPON_OVERUSED).delete()
    used = Coupon.objects.filter(uses__demand=order.public_id).order_by("pk")
    for coupon in used.distinct():
        waiting = Difference.objects.filter(
            kind=Kind.COUPON_OVERUSED, subject=coupon.code, fact__kind=Fact.Kind.SALE
        ).select_related("fact__order__person", "fact__order__sales_channel")
        for first in waiting.order_by("fact__occurred_at", "fact__uuid"):
            if first.fact.order is None:
                continue
            try:
                hold(coupon, first.fact.order, at=first.fact.occurred_at)
            except Problem:
                continue
            first.delete()
            tell(first.fact, -first.loss, by=by, channel=channel, at=at)
            break


def tell(fact: Fact, loss: int, *, by: Actor, channel: str, at: datetime) -> None:
    """Tell the timeline of a sale that its coupon counts as over-used now, or (with a negative loss) no longer."""
    if fact.order:
        told = TillDiffered(fact.order.public_id, (str(Kind.COUPON_OVERUSED),), loss, fact.order.currency)
        record(fact.order.journey_id, told, by=by, channel=channel, at=fact.occurred_at, recorded_at=at)
