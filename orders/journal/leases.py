"""Leases: while a till is online it takes some units of what sells fast, and some uses of limited coupons.

What it sells of them while it is offline cannot be sold to anybody else meanwhile. A lease is a hold like any other: it
ends by itself, and is given back or taken anew when the till is there again. All leases of a shelf together are capped,
so that the web does not starve.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import transaction
from django.db.models import Max

from commerce.channels.models import Device, Location
from commerce.promotions import uses
from commerce.promotions.models import Coupon, CouponUse
from commerce.rest.problems import Problem
from inventory import holds, ledger
from inventory.holds import Want
from inventory.models import Hold
from inventory.statements import run

LASTS = timedelta(hours=4)
MEASURED = timedelta(days=28)
HOURS_A_DAY = 12
MOST_SHARE = 4
"""All leases of a shelf together hold at most one of so many units; those of a coupon one of so many uses left."""
MOST_SKUS = 200
LIVE = Hold.Status.LIVE


@dataclass(frozen=True)
class Lease:
    """What a till may sell while it is offline, and until when."""

    expires_at: datetime
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
    shelves = ledger.lock((variant, store.pk) for variant in {*rates, *had})
    others = Counter(dict(run(OTHERS, stock=[row.pk for row in shelves.values()], demand=demand, at=at)))
    units = {}
    for (variant, _), row in shelves.items():
        free = row.on_hand - row.held - row.allocated - row.buffer - row.damaged + had.get(variant, 0)
        if count := size(rates.get(variant, 0), free=free, leased=others[row.pk]):
            units[variant] = count
    hold_exactly(demand, units, store=store, until=until, at=at)
    return Lease(until, units, lease_coupons(device, coupons, until=until, at=at))


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


def hold_exactly(demand: str, units: dict[int, int], *, store: Location, until: datetime, at: datetime) -> None:
    """Hold this for a lease, and nothing else; its shelves are locked."""
    if units:
        wants = [Want(variant, store.pk, count, demand) for variant, count in units.items()]
        holds.place(wants, expires_at=until, at=at)
    else:
        holds.release([demand], at=at)


@transaction.atomic
def give_back(device: Device, *, at: datetime) -> None:
    """The till is online again and needs no lease: everything it did not sell is free."""
    holds.release([demand_of(device)], at=at)
    for use in lease_uses(device):
        uses.release(use, at=at)


def spend(device: Device, store: Location, sold: Collection[tuple[int, int]], *, at: datetime) -> None:
    """Take what a till has sold out of its lease, before it is booked; raises nothing: a lease is no limit.

    `sold` are all shelves of the batch with their units: they are locked together, in their order.
    """
    had = Hold.objects.filter(demand=demand_of(device), status=LIVE, expires_at__gt=at)
    if not had.exists():
        return
    ledger.lock((variant, store.pk) for variant in {*leased_units(device), *(variant for variant, _ in sold)})
    left, until = Counter(leased_units(device)), had.aggregate(until=Max("expires_at"))["until"]
    for variant, units in sold:
        left[variant] -= units
    remaining = {variant: units for variant, units in left.items() if units > 0}
    hold_exactly(demand_of(device), remaining, store=store, until=until, at=at)


def lease_coupons(device: Device, codes: Sequence[str], *, until: datetime, at: datetime) -> dict[str, int]:
    """Lease uses of limited coupons that anybody may use, in place of those leased before."""
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
            uses.hold(coupon, demand=f"{demand_of(device)}:{number}", person=None, at=at, expires_at=until)
            leased[coupon.code] = number + 1
    return leased


def lease_uses(device: Device) -> list[str]:
    """Under which demands a till has leased uses of coupons."""
    held = CouponUse.objects.filter(demand__startswith=f"{demand_of(device)}:", status=CouponUse.Status.HELD)
    return list(held.order_by("demand").values_list("demand", flat=True).distinct())


def free_use(device: Device, coupon: Coupon, *, at: datetime) -> bool:
    """Free one leased use of a coupon, for the sale that takes it in this same transaction; says if there was one."""
    held = CouponUse.objects.filter(
        coupon=coupon, demand__startswith=f"{demand_of(device)}:", status=CouponUse.Status.HELD
    )
    use = held.select_related("coupon").order_by("-demand").first()
    if use is None:
        return False
    CouponUse.objects.filter(pk=use.pk).update(status=CouponUse.Status.RELEASED)
    uses.count(use, held=-1)
    return True
