"""When something may be said: weekly hours on wall clocks, taken at the target instant in its zone, not today's.

Pure. Several calendars at once mean all of them: where the place or the zone is not sure, what each allows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

DAY = 24 * 60
HORIZON_DAYS = 15
"""Longer than any row of closed days in the calendars we know."""

Span = tuple[int, int]
Week = tuple[tuple[Span, ...], ...]
"""For each weekday, Monday first: spans of minutes since midnight, the end not included."""


@dataclass(frozen=True)
class Calendar:
    """Weekly hours on the wall clocks of one zone; `holidays_of` names the country whose holidays are closed."""

    zone: str
    week: Week
    holidays_of: str = ""


def week(*, weekdays: str = "", saturday: str = "", sunday: str = "") -> Week:
    """Hours written as "09:00-21:00", empty for closed."""
    return (spans(weekdays),) * 5 + (spans(saturday), spans(sunday))


def every_day(hours: str) -> Week:
    """The same hours on all days."""
    return (spans(hours),) * 7


def spans(text: str) -> tuple[Span, ...]:
    """Read "18:00-20:00"; hours past midnight, "22:00-01:00", are two spans of each day. Raises ValueError."""
    if not text:
        return ()
    start, end = (minute_of(clock) for clock in text.split("-"))
    if start < end:
        return ((start, end),)
    return tuple(span for span in ((0, end), (start, DAY)) if span[0] < span[1])


def minute_of(clock: str) -> int:
    """The minutes since midnight that "18:30" means; raises ValueError."""
    hours, minutes = (int(part) for part in clock.split(":"))
    if not (0 <= minutes < 60 and 0 <= hours * 60 + minutes <= DAY):
        raise ValueError(f"{clock[:10]} is no time of day")
    return hours * 60 + minutes


def are_open(instant: datetime, calendars: Sequence[Calendar]) -> bool:
    """Whether every calendar is open at an instant."""
    return all(is_open(instant, calendar) for calendar in calendars)


def is_open(instant: datetime, calendar: Calendar) -> bool:
    """Whether one calendar is open: weekday, date and minute are those of its own zone at that instant."""
    local = instant.astimezone(ZoneInfo(calendar.zone))
    if calendar.holidays_of and local.date() in holidays_in(calendar.holidays_of, local.year):
        return False
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in calendar.week[local.weekday()])


class NeverOpen(Exception):
    """The calendars have no common minute in the days ahead."""


def next_open(instant: datetime, calendars: Sequence[Calendar]) -> datetime:
    """The first instant from the given one at which all calendars are open; raises NeverOpen.

    An intersection of spans begins where one of the spans begins, so only beginnings are looked at.
    """
    if are_open(instant, calendars):
        return instant
    beginnings = sorted({b for calendar in calendars for b in openings(instant, calendar) if b > instant})
    for beginning in beginnings:
        if are_open(beginning, calendars):
            return beginning
    raise NeverOpen


def openings(instant: datetime, calendar: Calendar) -> Iterator[datetime]:
    """The instants after which a calendar may be open, in the days ahead."""
    zone = ZoneInfo(calendar.zone)
    today = instant.astimezone(zone).date()
    for days in range(-1, HORIZON_DAYS + 1):
        day = today + timedelta(days=days)
        for start, _ in calendar.week[day.weekday()]:
            yield from instants(day, start, zone)
        yield from instants(day, 0, zone)


def instants(day: date, minute: int, zone: ZoneInfo) -> set[datetime]:
    """When a wall clock shows a time: once, twice on the night it goes back, or as it jumps over it.

    On the days it goes back it may also land inside a span, so that instant counts as a beginning, too.
    """
    wall = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)
    first, second = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    found = {first, second} if first <= second else set()
    midnight = datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
    if (changed := change_within(midnight, midnight + timedelta(hours=26), zone)) is not None:
        found.add(changed)
    return found


def change_within(start: datetime, end: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant at which a zone's clocks change between two others, to the minute."""
    before = start.astimezone(zone).utcoffset()
    if before == end.astimezone(zone).utcoffset():
        return None
    low, high = 0, int((end - start).total_seconds() // 60)
    while high - low > 1:
        middle = (low + high) // 2
        if (start + timedelta(minutes=middle)).astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return start + timedelta(minutes=high)


@cache
def holidays_in(country: str, year: int) -> frozenset[date]:
    """The holidays of a country and, as we do not know her region, of each of its regions."""
    national = holidays.country_holidays(country, years=year)
    regional = [holidays.country_holidays(country, subdiv=region, years=year) for region in national.subdivisions]
    return frozenset(national).union(*regional)
