"""Uses of coupons: held by a checkout, then redeemed or released, within their limits over all channels together.

The guard is one conditional UPDATE on the coupon's row. A coupon without a limit has no such row to fight for. A limit
per person is a unique turn: her first use, her second…, so that two of her own checkouts cannot both take the last.
Locks go use → coupon, except for a new use, which nobody else can be waiting for.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from commerce.channels.models import SalesChannel
from commerce.customers.models import Person
from commerce.customers.people import people_of
from commerce.ids import fold, spoken_code
from commerce.promotions.models import Coupon, CouponLimit, CouponUse, Promotion
from commerce.promotions.rules import out_of_force
from commerce.promotions.taking import Reason
from commerce.rest.limits import Limit
from commerce.rest.problems import Problem
from commerce.timeline.models import Journey

Status = CouponUse.Status
GUESSES = Limit("coupon code", count=60, within=timedelta(minutes=10), of_staff=600)
"""How many codes one network address may try, and one clerk, agent or till."""
LIVE = (Status.HELD, Status.REDEEMED)


class UnknownCode(Problem):
    """No coupon has this code."""

    code = "coupon_unknown"
    status = 422


class CodeEnded(Problem):
    """The coupon, or the promotion it opens, is over."""

    code = "coupon_ended"
    status = 422


class CouponUsedUp(Problem):
    """Every use of the coupon that this person could have is taken."""

    code = "coupon_used_up"
    status = 409


class CouponNeedsPerson(Problem):
    """A coupon that is limited per person is used by nobody in particular."""

    code = "coupon_needs_person"
    status = 409


def find(code: str, *, at: datetime) -> Coupon:
    """The coupon with this code, however it was typed; raises UnknownCode or CodeEnded."""
    coupon = Coupon.objects.select_related("promotion", "person").filter(folded=fold(code)).first()
    if coupon is None:
        raise UnknownCode("this code is not known")
    promotion = coupon.promotion
    force = out_of_force(promotion.is_active, promotion.starts_at, promotion.ends_at, at=at)
    if force == Reason.NOT_YET:
        raise UnknownCode("this code is not valid yet")
    if force or (coupon.ends_at and coupon.ends_at <= at):
        raise CodeEnded("this code has ended")
    return coupon


def issue_personal(
    promotion: Promotion, *, person: Person, journey: Journey, at: datetime, code: str | None = None
) -> Coupon:
    """Give a person a code that works once; asked again, the one she has already."""
    hers = Coupon.objects.filter(person__in=people_of(person), promotion=promotion, use_limit=1)
    if earlier := hers.order_by("pk").first():
        return earlier
    shown = code or spoken_code(8)
    return Coupon.objects.create(
        promotion=promotion,
        code=shown,
        folded=fold(shown),
        person=person,
        journey=journey,
        use_limit=1,
        created_at=at,
    )


@transaction.atomic
def hold(
    coupon: Coupon,
    *,
    demand: str,
    person: Person | None,
    sales_channel: SalesChannel | None = None,
    at: datetime,
    expires_at: datetime | None,
) -> CouponUse:
    """Hold one use for a checkout, until an instant; raises CouponUsedUp or CouponNeedsPerson.

    A demand holds a coupon once: asked again, it only moves the expiry.
    """
    use = CouponUse.objects.select_for_update(no_key=True).filter(coupon=coupon, demand=demand).first()
    if use and use.status in LIVE:
        CouponUse.objects.filter(pk=use.pk, status=Status.HELD).update(expires_at=expires_at)
        return use
    use = use or CouponUse(coupon=coupon, demand=demand)
    use.person, use.sales_channel, use.held_at, use.expires_at = person, sales_channel, at, expires_at
    if coupon.uses_per_person is not None:
        use.turn = free_turn(coupon, person=person, at=at)
    take(coupon, at=at)
    take_in_channel(use, at=at)
    enter(use, Status.HELD)
    return use


@transaction.atomic
def redeem(demand: str, *, at: datetime) -> None:
    """Make the held use of a demand a final one; doing it again changes nothing.

    A hold that ran out and was given back is taken again if the limit still allows; otherwise raises CouponUsedUp.
    """
    for use in uses_of(demand, (Status.HELD, Status.EXPIRED)):
        if use.status == Status.EXPIRED:
            take(use.coupon, at=at)
            take_in_channel(use, at=at)
        enter(use, Status.REDEEMED)
        count(use, held=-1, redeemed=1)


@transaction.atomic
def release(demand: str, *, at: datetime, coupon: Coupon | None = None) -> None:
    """Give back what a demand holds or has redeemed, of one coupon or of all; doing it again changes nothing."""
    for use in uses_of(demand, (*LIVE, Status.EXPIRED)):
        if coupon is not None and use.coupon_id != coupon.pk:
            continue
        if use.status == Status.HELD:
            count(use, held=-1)
        elif use.status == Status.REDEEMED:
            count(use, redeemed=-1)
        enter(use, Status.RELEASED)


# One statement: the uses are locked first, their coupons after them.
RELEASE_EXPIRED = """
WITH expired AS (
    UPDATE promotions_couponuse SET status = 'expired'
    WHERE status = 'held' AND expires_at <= %(at)s AND (%(coupon)s::bigint IS NULL OR coupon_id = %(coupon)s)
    RETURNING coupon_id, sales_channel_id
), given_back AS (
    SELECT coupon_id, count(*) AS uses FROM expired GROUP BY coupon_id
), counted AS (
    UPDATE promotions_coupon SET uses_held = uses_held - uses
    FROM given_back WHERE id = coupon_id AND use_limit IS NOT NULL
), counted_by_channel AS (
    UPDATE promotions_couponlimit l SET uses_held = uses_held - uses
    FROM (SELECT coupon_id, sales_channel_id, count(*) AS uses FROM expired GROUP BY 1, 2) AS gone
    WHERE l.coupon_id = gone.coupon_id AND l.sales_channel_id = gone.sales_channel_id
)
SELECT coalesce(sum(uses), 0) FROM given_back
"""


def release_expired(*, at: datetime, coupon: Coupon | None = None) -> int:
    """Give back the holds that have run out, of one coupon or of all; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(RELEASE_EXPIRED, {"at": at, "coupon": coupon.pk if coupon else None})
        return int(cursor.fetchone()[0])


def take(coupon: Coupon, *, at: datetime) -> None:
    """Count one more held use, if the limit allows; where it would not, expired holds are given back first."""
    if coupon.use_limit is None:
        return
    free = Coupon.objects.filter(pk=coupon.pk, use_limit__gt=F("uses_held") + F("uses_redeemed"))
    if free.update(uses_held=F("uses_held") + 1):
        return
    if not (release_expired(at=at, coupon=coupon) and free.update(uses_held=F("uses_held") + 1)):
        raise CouponUsedUp("this code has been used already, or is in use by another checkout")


TAKE_IN_CHANNEL = """
WITH taken AS (
    UPDATE promotions_couponlimit SET uses_held = uses_held + 1
    WHERE coupon_id = %(coupon)s AND sales_channel_id = %(channel)s AND use_limit > uses_held + uses_redeemed
    RETURNING id
)
SELECT EXISTS (SELECT FROM taken)
    OR NOT EXISTS (SELECT FROM promotions_couponlimit WHERE coupon_id = %(coupon)s AND sales_channel_id = %(channel)s)
"""


def take_in_channel(use: CouponUse, *, at: datetime) -> None:
    """Count one more held use in its sales channel, if there is a limit there; raises CouponUsedUp."""
    if use.sales_channel_id is None:
        return
    values = {"coupon": use.coupon_id, "channel": use.sales_channel_id}
    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute(TAKE_IN_CHANNEL, values)
            if cursor.fetchone()[0]:
                return
        if not release_expired(at=at, coupon=use.coupon):
            break
    raise CouponUsedUp("this code has been used here as often as it may")


def free_turn(coupon: Coupon, *, person: Person | None, at: datetime) -> int:
    """Her next turn with a coupon that each person may use so many times; expired holds are given back if need be."""
    if person is None:
        raise CouponNeedsPerson("each person may use this code so many times: please say first who you are")
    hers = CouponUse.objects.filter(person__in=people_of(person), coupon=coupon)
    turns = range(1, (coupon.uses_per_person or 0) + 1)
    for _ in range(2):
        taken = hers.filter(status__in=LIVE).values_list("turn", flat=True)
        if free := sorted(set(turns) - set(taken)):
            return free[0]
        if not release_expired(at=at, coupon=coupon):
            break
    raise CouponUsedUp("you have used this code already")


def enter(use: CouponUse, status: str) -> None:
    """Store a use's new state; raises CouponUsedUp where another checkout of hers was first to take this turn."""
    use.status = status
    try:
        use.save()
    except IntegrityError as problem:
        raise CouponUsedUp("you are using this code in another checkout") from problem


def uses_of(demand: str, statuses: Sequence[str]) -> list[CouponUse]:
    """The uses of a demand in these states, locked."""
    uses = CouponUse.objects.select_for_update(of=("self",), no_key=True).select_related("coupon")
    return list(uses.filter(demand=demand, status__in=statuses).order_by("pk"))


def count(use: CouponUse, *, held: int = 0, redeemed: int = 0) -> None:
    """Move the counters of a limited coupon, over all channels and in the one of this use."""
    change = {"uses_held": F("uses_held") + held, "uses_redeemed": F("uses_redeemed") + redeemed}
    if use.coupon.use_limit is not None:
        Coupon.objects.filter(pk=use.coupon_id).update(**change)
    if use.sales_channel_id is not None:
        CouponLimit.objects.filter(coupon=use.coupon_id, sales_channel=use.sales_channel_id).update(**change)
