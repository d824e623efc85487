"""How long something may take: business hours of a place, and the working days of the law."""

from datetime import datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays
from django.conf import settings

from commerce.channels.models import Location
from inventory.opening import Hours, NeverOpen, hours_of, ready_at

OFFICE = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
"""When people work where no opening hours are known, such as in a warehouse or the call center."""

SATURDAY = 5


def after_business_hours(location: Location | None, hours: int, *, at: datetime) -> datetime:
    """The instant so many business hours of a place after another; without hours of its own, office hours count."""
    lasts = timedelta(hours=hours)
    if location is not None and location.opening_hours:
        try:
            return ready_at(hours_of(location), preparation=lasts, at=at)
        except NeverOpen:
            pass
    zone = ZoneInfo(location.timezone if location else settings.SHOP_TIMEZONE)
    return ready_at(Hours(zone, OFFICE), preparation=lasts, at=at)


def after_working_days(days: int, *, country: str, zone: str, at: datetime) -> datetime:
    """The end of the day so many working days after another, on the clock of a zone.

    Saturdays, Sundays and national holidays do not count (Spanish Ley 39/2015 art. 30.2, by which Ley 10/2025 reckons
    its 15 working days for the reply to a complaint).
    """
    place = ZoneInfo(zone)
    day = at.astimezone(place).date()
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < SATURDAY and day not in holidays_in(country, day.year):
            days -= 1
    return datetime.combine(day, time(23, 59, 59), tzinfo=place).astimezone(at.tzinfo)


@cache
def holidays_in(country: str, year: int) -> frozenset[object]:
    """The national holidays of a country; of one that is not known, none."""
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()
