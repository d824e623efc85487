"""A buffer as large as what we do not know: how wrong a shelf's counts were, what silent tills may have sold of it, and
what is being picked just now. Reckoned only where a location has a rule; floor and cap are the back office's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db import transaction

from inventory import ledger
from inventory.buffer_models import BufferChange, BufferReason, BufferRule
from inventory.line import serve
from inventory.models import Stock
from inventory.statements import run

COUNTS = 5
"""How many of a shelf's last counts tell how wrong its books are."""
MEASURED = timedelta(days=28)
HOURS_A_DAY = 12
OF_PICKS = 5
"""One unit is kept for so many that are being picked: somebody may take the last one from under a hand."""
PART = 500


@dataclass(frozen=True)
class Exposure:
    """What was measured of a shelf."""

    count_error: float
    sold_per_hour: float
    silent_hours: float
    """Of the location's tills, on average: each of them makes its part of the sales."""
    open_picks: int

    @property
    def unheard_units(self) -> float:
        """What silent tills may have sold."""
        return self.silent_hours * self.sold_per_hour


def buffer_of(exposure: Exposure, *, floor: int, cap: int) -> int:
    """How many units to keep back. Pure."""
    units = ceil(exposure.count_error + exposure.unheard_units) + ceil(exposure.open_picks / OF_PICKS)
    return max(floor, min(units, cap))


MEASURE = """
SELECT s.id, s.variant_id, s.buffer,
       coalesce((SELECT avg(abs(c.quantity)) FROM (
           SELECT m.quantity FROM inventory_movement m WHERE m.stock_id = s.id AND m.kind = 'counted'
           ORDER BY m.occurred_at DESC LIMIT %(counts)s) AS c), 0)::float8,
       coalesce((SELECT -sum(m.quantity) FROM inventory_movement m
           WHERE m.stock_id = s.id AND m.kind = 'sold' AND m.occurred_at > %(since)s), 0)::float8
FROM inventory_stock s WHERE s.location_id = %(location)s AND (s.on_hand > 0 OR s.buffer > 0) ORDER BY s.id
"""


def refresh(rule: BufferRule, *, silent: timedelta, picks: Mapping[int, int], at: datetime) -> int:
    """Reckon the buffers of a location anew; returns how many changed.

    `silent` is for how long its tills were not heard of, on average; `picks` is variant → units that are being picked.
    """
    changed = 0
    hours = MEASURED / timedelta(days=1) * HOURS_A_DAY
    rows = run(MEASURE, location=rule.location_id, since=at - MEASURED, counts=COUNTS)
    for start in range(0, len(rows), PART):
        wanted: dict[int, tuple[int, int, Exposure]] = {}
        same: dict[int, dict[str, float]] = {}
        for pk, variant, buffer, error, sold in rows[start : start + PART]:
            exposure = Exposure(error, sold / hours, silent / timedelta(hours=1), picks.get(variant, 0))
            units = buffer_of(exposure, floor=rule.floor, cap=rule.cap)
            if units != buffer:
                wanted[pk] = (variant, units, exposure)
            elif units:
                same[pk] = reason_for(units, exposure, rule)
        changed += set_buffers(wanted, rule=rule, at=at)
        restate(same, at=at)
    return changed


def restate(reasons: Mapping[int, dict[str, float]], *, at: datetime) -> None:
    """Say anew why these buffers are as large as they are, where they stay so for other reasons than before."""
    known = dict(BufferReason.objects.filter(stock__in=reasons).values_list("stock", "measured"))
    new = {pk: reason for pk, reason in reasons.items() if told_by(known.get(pk, {})) != told_by(reason)}
    write_reasons(new, at=at)
    units = {pk: int(reason["units"]) for pk, reason in new.items()}
    remember([BufferChange(stock_id=pk, before=units[pk], units=units[pk], measured=new[pk]) for pk in new], at=at)


def told_by(reason: Mapping[str, float]) -> dict[str, float]:
    """What of a reason makes a difference: a silence by what may have been sold in it."""
    return {name: value for name, value in reason.items() if name != "silent_minutes"}


def write_reasons(reasons: Mapping[int, dict[str, float]], *, at: datetime) -> None:
    """Write down why these shelves' buffers are as large as they are."""
    rows = [BufferReason(stock_id=pk, measured=measured, set_at=at) for pk, measured in sorted(reasons.items())]
    BufferReason.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["stock"], update_fields=["measured", "set_at"]
    )


def remember(changes: Sequence[BufferChange], *, at: datetime) -> None:
    """Write down from when on buffers are as they are."""
    for change in changes:
        change.set_at = at
    BufferChange.objects.bulk_create(changes)


@transaction.atomic
def set_by_hand(stock: Stock, *, at: datetime) -> None:
    """Somebody says how large a buffer is, whatever was measured; what a smaller one frees goes to those in line."""
    [before] = ledger.lock([(stock.variant_id, stock.location_id)]).values()
    stock.save(update_fields=["buffer"])
    if stock.buffer != before.buffer:
        BufferReason.objects.filter(stock=stock).delete()
        remember([BufferChange(stock=stock, before=before.buffer, units=stock.buffer)], at=at)
    serve([stock.pk], at=at)


@dataclass(frozen=True)
class Buffer:
    """How many units were kept back, and why; nothing where somebody set it by hand."""

    units: int
    reason: dict[str, Any] | None


def buffer_at(stock: Stock, *, at: datetime) -> Buffer:
    """A shelf's buffer as it was at an instant; as it is now, where it has not changed since we write it down."""
    changes = BufferChange.objects.filter(stock=stock)
    if last := changes.filter(set_at__lte=at).order_by("-set_at", "-pk").first():
        return Buffer(last.units, last.measured and last.measured | {"set_at": last.set_at})
    if following := changes.order_by("set_at", "pk").first():
        return Buffer(following.before, None)
    reason = BufferReason.objects.filter(stock=stock).first()
    return Buffer(stock.buffer, reason.measured | {"set_at": reason.set_at} if reason else None)


def reason_for(units: int, exposure: Exposure, rule: BufferRule) -> dict[str, float]:
    """Why a buffer is as large as it is, in numbers."""
    return {
        "units": units,
        "count_error": round(exposure.count_error, 2),
        "silent_minutes": round(exposure.silent_hours * 60),
        "sold_per_hour": round(exposure.sold_per_hour, 2),
        "unheard_units": round(exposure.unheard_units, 2),
        "open_picks": exposure.open_picks,
        "floor": rule.floor,
        "cap": rule.cap,
    }


SET = """
UPDATE inventory_stock SET buffer = units
FROM unnest(%(stock)s::bigint[], %(units)s::int[]) AS wanted(id, units) WHERE inventory_stock.id = wanted.id
RETURNING inventory_stock.id
"""


@transaction.atomic
def let_go(*, at: datetime) -> int:
    """End the buffers that were reckoned by a rule which is gone; returns how many. What staff set by hand stays."""
    reckoned = Stock.objects.filter(buffer_reason__isnull=False).exclude(
        location__in=BufferRule.objects.values("location")
    )
    locked = list(ledger.lock(reckoned.values_list("variant", "location")).values())
    shelves = [stock.pk for stock in locked]
    if shelves:
        remember([BufferChange(stock_id=stock.pk, before=stock.buffer, units=0) for stock in locked], at=at)
        BufferReason.objects.filter(stock__in=shelves).delete()
        run(SET, stock=shelves, units=[0] * len(shelves))
        serve(shelves, at=at)
    return len(shelves)


@transaction.atomic
def set_buffers(wanted: Mapping[int, tuple[int, int, Exposure]], *, rule: BufferRule, at: datetime) -> int:
    """Set these shelves' buffers, each with its reason; what a smaller one frees goes to those in line."""
    if not wanted:
        return 0
    freed, reasons, changes = [], {}, []
    for stock in ledger.lock((variant, rule.location_id) for variant, *_ in wanted.values()).values():
        _, units, exposure = wanted[stock.pk]
        if units < stock.buffer:
            freed.append(stock.pk)
        reasons[stock.pk] = reason_for(units, exposure, rule)
        changes.append(BufferChange(stock_id=stock.pk, before=stock.buffer, units=units, measured=reasons[stock.pk]))
    run(SET, stock=list(wanted), units=[units for _, units, _ in wanted.values()])
    write_reasons(reasons, at=at)
    remember(changes, at=at)
    if freed:
        serve(freed, at=at)
    return len(wanted)
