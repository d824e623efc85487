"""Leases: while a till is online it takes some units of what sells fast, and some uses of limited coupons.

What it sells of them while it is offline cannot be sold to anybody else meanwhile: a till may sell out of its lease
until the lease ends, and has TO_TELL more to tell of it. The lease is a hold like any other, and stands for both.

What was not sold returns when the till is back: at once where it gives its lease back or takes a new one, and else a
while after it was heard of again (SETTLES), in which it tells what it sold. Of a till that is never silent it returns
at the lease's end; of one that is silent for longer than the grace, too: what it tells then is a repair like any other
late sale (orders.repairs). Of a till that was shut out it returns with the next sweep. All leases of a shelf together
are capped, so that the web does not starve.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.dateparse import parse_datetime

from commerce.channels.models import Device, Location
from commerce.promotions import uses
from commerce.promotions.models import Coupon, CouponUse
from commerce.promotions.uses import CouponUsedUp
from commerce.rest.problems import Problem
from commerce.timeline import tasks
from commerce.timeline.models import Task
from inventory import holds, ledger
from inventory.holds import Want
from inventory.models import Hold
from inventory.statements import run
from inventory.taking_out import take_out
from orders.journal.models import Till
from orders.selling import selling_channel

RETURN_REST = "orders.journal.leases.return_rest"
LASTS = timedelta(hours=4)
"""How long a till may sell out of its lease."""
TO_TELL = timedelta(hours=8)
"""How long a lease of a silent till is kept after its end: by then its store has closed, and told its day."""
AWAY = timedelta(minutes=10)
"""A till that was silent for longer was away; what it sold meanwhile it tells now."""
SETTLES = timedelta(minutes=5)
"""How long a till that is back needs to tell what it sold; shorter than an absence, or no lease would ever end."""
MEASURED = timedelta(days=28)
HOURS_A_DAY = 12
MOST_SHARE = 4
"""All leases of a shelf together hold at most one of so many units; those of a coupon one of so many uses left."""
MOST_SKUS = 200
LIVE = Hold.Status.LIVE


@dataclass(frozen=True)
class Lease:
    """What a till may sell while it is offline, until when, and until when that is kept for it to tell."""

    expires_at: datetime
    kept_until: datetime
    units: dict[int, int]
    coupons: dict[str, int]


def demand_of(device: Device) -> str:
    """Under what a till's lease stands in the books of stock."""
    return f"lease:{device.public_id}"


def size(sold: int, *, free: int, leased: int) -> int:
    """How many units a till takes: what is sold here in the time of a lease, twice over, within the cap. Pure.

    `free` are the units that can be sold now, those of this lease among them; `leased` what other tills have of them.
    """
    per_hour = sold / (MEASURED / timedelta(days=1) * HOURS_A_DAY)
    wanted = ceil(2 * per_hour * (LASTS / timedelta(hours=1)))
    return max(min(wanted, (free + leased) // MOST_SHARE - leased), 0)


FAST = """
SELECT s.variant_id, -sum(m.quantity)::int AS units
FROM inventory_stock s JOIN inventory_movement m ON m.stock_id = s.id
WHERE s.location_id = %(location)s AND m.kind = 'sold' AND m.occurred_at > %(since)s
GROUP BY s.variant_id HAVING -sum(m.quantity) > 0 ORDER BY units DESC, s.variant_id LIMIT %(most)s
"""


@transaction.atomic
def take(device: Device, store: Location, *, coupons: Sequence[str] = (), at: datetime) -> Lease:
    """Take a lease in place of the last one; what sells fastest in this store, as much as the cap allows."""
    rates = dict(run(FAST, location=store.pk, since=at - MEASURED, most=MOST_SKUS))
    demand, until = demand_of(device), at + LASTS
    had = leased_units(device)
    plan_return(device, kept_until=until + TO_TELL, heard_since=until, at=until)
    shelves = ledger.lock((variant, store.pk) for variant in {*rates, *had})
    others = Counter(dict(run(OTHERS, stock=[row.pk for row in shelves.values()], demand=demand, at=at)))
    units = {}
    for (variant, _), row in shelves.items():
        free = row.on_hand - row.held - row.allocated - row.buffer - row.damaged + had.get(variant, 0)
        if count := size(rates.get(variant, 0), free=free, leased=others[row.pk]):
            units[variant] = count
    hold_exactly(demand, units, store=store, kept_until=until + TO_TELL, at=at)
    return Lease(
        until, until + TO_TELL, units, lease_coupons(device, store, coupons, kept_until=until + TO_TELL, at=at)
    )


OTHERS = """
SELECT stock_id, sum(quantity)::int FROM inventory_hold
WHERE stock_id = ANY(%(stock)s) AND status = 'live' AND demand LIKE 'lease:%%' AND demand <> %(demand)s
  AND expires_at > %(at)s
GROUP BY stock_id
"""


def leased_units(device: Device) -> dict[int, int]:
    """What a till holds: variant → units."""
    held = Hold.objects.filter(demand=demand_of(device), status=LIVE)
    return dict(held.values_list("stock__variant", "quantity"))


def hold_exactly(demand: str, units: dict[int, int], *, store: Location, kept_until: datetime, at: datetime) -> None:
    """Hold this for a lease, and nothing else; its shelves are locked."""
    if units:
        wants = [Want(variant, store.pk, count, demand) for variant, count in units.items()]
        holds.place(wants, expires_at=kept_until, at=at)
    else:
        holds.release([demand], at=at)


@transaction.atomic
def give_back(device: Device, *, at: datetime) -> None:
    """The till is online again and needs no lease: everything it did not sell is free."""
    holds.release([demand_of(device)], at=at)
    for use in lease_uses(device):
        uses.release(use, at=at)


def kept_until(device: Device, *, at: datetime) -> datetime | None:
    """Until when something is kept for a till, if anything is."""
    units = Hold.objects.filter(demand=demand_of(device), status=LIVE, expires_at__gt=at)
    of_coupons = held_uses(device).filter(expires_at__gt=at)
    ends = [rows.aggregate(last=Max("expires_at"))["last"] for rows in (units, of_coupons)]
    return max((end for end in ends if end), default=None)


def sells_until(device: Device, *, at: datetime) -> datetime | None:
    """Until when a till may sell out of its lease; None where it has none, or must take a new one."""
    kept = kept_until(device, at=at)
    return kept - TO_TELL if kept and kept - TO_TELL > at else None


def reconnect(device: Device, *, heard_at: datetime, at: datetime) -> None:
    """A till is heard of, and was last heard of then: if it was away, what it has not sold returns soon."""
    if at - heard_at > AWAY and (kept := kept_until(device, at=at)):
        plan_return(device, kept_until=kept, heard_since=at, at=at)


def end_of_shut_out(*, at: datetime) -> int:
    """Give back what is leased by tills that were shut out meanwhile: they sell for us no more. Returns how many."""
    units = Hold.objects.filter(demand__startswith="lease:", status=LIVE).values_list("demand", flat=True)
    of_coupons = CouponUse.objects.filter(demand__startswith="lease:", status=CouponUse.Status.HELD)
    demands = {*units, *of_coupons.values_list("demand", flat=True)}
    named = {demand.split(":")[1] for demand in demands}
    shut_out = Device.objects.filter(public_id__in=named, revoked_at__isnull=False).order_by("pk")
    for device in shut_out:
        give_back(device, at=at)
    return len(shut_out)


def plan_return(device: Device, *, kept_until: datetime, heard_since: datetime, at: datetime) -> None:
    """Let what is not sold of a lease (named by its end) return a while after `at`.

    Planned before its shelves are locked: whoever runs the task has it locked first, too.
    """
    data = {"kept_until": kept_until.isoformat(), "heard_since": heard_since.isoformat()}
    tasks.schedule(RETURN_REST, key=device.public_id, due_at=at + SETTLES, data=data)


def return_rest(task: Task, *, at: datetime) -> None:
    """Give back what a till has not sold, unless it has a new lease by now, or is away and has told nothing yet."""
    till = Till.objects.select_related("device").get(device__public_id=task.key)
    kept = kept_until(till.device, at=at)
    heard_since = parse_datetime(task.data["heard_since"])
    if kept is None or heard_since is None or kept != parse_datetime(task.data["kept_until"]):
        return
    if till.heard_at >= heard_since:
        give_back(till.device, at=at)
    elif at - till.heard_at <= AWAY:
        tasks.postpone(task, until=at + SETTLES)


def spend(device: Device, store: Location, sold: Collection[tuple[int, int, datetime]], *, at: datetime) -> None:
    """Take what a till has sold inside its lease out of it, before it is booked; a lease is no limit.

    `sold` are all shelves of the batch, with their units and when they were sold: they are locked together, in their
    order. A lease is spent by what was sold before its end, whenever that is told.
    """
    held = Hold.objects.filter(demand=demand_of(device), status=LIVE, expires_at__gt=at)
    kept = held.aggregate(last=Max("expires_at"))["last"]
    if kept is None:
        return
    inside: Counter[int] = Counter()
    for variant, units, occurred_at in sold:
        if occurred_at <= kept - TO_TELL:
            inside[variant] += units
    ledger.lock((variant, store.pk) for variant, *_ in sold)
    take_out(demand_of(device), inside, location_id=store.pk, at=at)


def lease_coupons(
    device: Device, store: Location, codes: Sequence[str], *, kept_until: datetime, at: datetime
) -> dict[str, int]:
    """Lease uses of limited coupons that anybody may use, in place of those leased before.

    Raises NoSalesChannel, where nothing is sold through this store.
    """
    sales_channel = selling_channel(store) if codes else None
    for use in lease_uses(device):
        uses.release(use, at=at)
    leased = {}
    for code in codes:
        try:
            coupon = uses.find(code, at=at)
        except Problem:
            continue
        if coupon.use_limit is None or coupon.uses_per_person is not None or coupon.person_id:
            continue
        of_all = Coupon.objects.get(pk=coupon.pk)
        left = coupon.use_limit - of_all.uses_redeemed - of_all.uses_held
        live = CouponUse.objects.filter(coupon=coupon, demand__startswith="lease:", status=CouponUse.Status.HELD)
        others = live.count()
        for number in range(max((left + others) // MOST_SHARE - others, 0)):
            try:
                uses.hold(
                    coupon,
                    demand=f"{demand_of(device)}:{number}",
                    person=None,
                    sales_channel=sales_channel,
                    at=at,
                    expires_at=kept_until,
                )
            except CouponUsedUp:  # somebody else was faster
                break
            leased[coupon.code] = number + 1
    return leased


def held_uses(device: Device) -> QuerySet[CouponUse]:
    """The uses of coupons that a till has leased."""
    return CouponUse.objects.filter(demand__startswith=f"{demand_of(device)}:", status=CouponUse.Status.HELD)


def lease_uses(device: Device) -> list[str]:
    """Under which demands a till has leased uses of coupons."""
    return list(held_uses(device).order_by("demand").values_list("demand", flat=True).distinct())


def free_use(device: Device, coupon: Coupon, *, at: datetime) -> bool:
    """Free one leased use of a coupon, for the sale that takes it in this same transaction; says if there was one."""
    held = held_uses(device).filter(coupon=coupon).select_for_update(of=("self",), no_key=True)
    use = held.select_related("coupon").order_by("-demand").first()
    if use is None:
        return False
    CouponUse.objects.filter(pk=use.pk).update(status=CouponUse.Status.RELEASED)
    uses.count(use, held=-1)
    return True
