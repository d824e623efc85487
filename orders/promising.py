"""Until when we promise to have goods ready, or at the door. Pure."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from commerce.channels.models import Location, SalesChannel
from inventory.opening import pickup_ready_at
from inventory.promise import hand_over_at

EVENING = time(20)
SUNDAY = 6


def promised_for(
    *,
    pickup_at: Location | None,
    comes_from: Location | None = None,
    sales_channel: SalesChannel,
    zone: str,
    at: datetime,
) -> datetime:
    """When a part of an order will be ready at a store, or delivered; raises NeverOpen.

    What leaves from a place counts from when a carrier has it; for a pickup, it is sent to the store first.
    """
    if pickup_at is None:
        return at_the_door(sales_channel.delivery_days, comes_from=comes_from, zone=zone, at=at)
    handed_over = hand_over_at(comes_from, at=at) if comes_from else at
    if comes_from is None or comes_from == pickup_at:
        return pickup_ready_at(pickup_at, at=at)
    return pickup_ready_at(pickup_at, at=handed_over + timedelta(days=pickup_at.transfer_days or 0))


def at_the_door(
    days: int, *, cutoff: time | None = None, comes_from: Location | None = None, zone: str, at: datetime
) -> datetime:
    """The evening by which what a place has at an instant is at the door.

    Two clocks say when it leaves, and the later departure counts: what comes after the method's cut-off leaves on the
    next working day, and what is packed after the place's carrier has gone leaves when he comes next.
    """
    leaves_at = hand_over_at(comes_from, at=at) if comes_from else at
    if cutoff is not None and at.astimezone(ZoneInfo(zone)).time() > cutoff:
        leaves_at = max(leaves_at, delivered_by(1, zone=zone, at=at))
    return delivered_by(days, zone=zone, at=leaves_at)


def delivered_by(days: int, *, zone: str, at: datetime) -> datetime:
    """The evening of the last of so many days after today; Sundays do not count."""
    day = at.astimezone(ZoneInfo(zone)).date()
    while days:
        day += timedelta(days=1)
        days -= day.weekday() != SUNDAY
    return datetime.combine(day, EVENING, tzinfo=ZoneInfo(zone)).astimezone(UTC)
