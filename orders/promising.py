"""Until when we promise to have goods ready, or at the door. Pure."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from commerce.channels.models import Location, SalesChannel
from inventory.opening import pickup_ready_at

EVENING = time(20)
SUNDAY = 6


def promised_for(*, pickup_at: Location | None, sales_channel: SalesChannel, zone: str, at: datetime) -> datetime:
    """When a part of an order will be ready at a store, or delivered; raises NeverOpen."""
    if pickup_at:
        return pickup_ready_at(pickup_at, at=at)
    return delivered_by(sales_channel.delivery_days, zone=zone, at=at)


def delivered_by(days: int, *, zone: str, at: datetime) -> datetime:
    """The evening of the last of so many days after today; Sundays do not count."""
    day = at.astimezone(ZoneInfo(zone)).date()
    while days:
        day += timedelta(days=1)
        days -= day.weekday() != SUNDAY
    return datetime.combine(day, EVENING, tzinfo=ZoneInfo(zone)).astimezone(UTC)
