"""When a store is open, and when an order will be ready there. Pure: hours in, instants out.

Hours are local times of the store's own zone; everything is reckoned in UTC, so that the days on which clocks change
have the hours they really have.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

from commerce.channels.hours import MIDNIGHT, WEEKDAYS, check_days, check_week, check_zone
from commerce.channels.models import Location
from commerce.rest.problems import Problem

HORIZON = timedelta(days=60)
PER_HOUR = 10
"""How many pickups a store is taken to prepare in an hour that has not said it: one person, six minutes each."""


class NeverOpen(Problem):
    """The store has no opening hours in the next weeks, so nothing can be promised there."""

    code = "store_never_open"


@dataclass(frozen=True)
class Hours:
    """Opening hours: weekday → spans of local time, such as {"mon": [["10:00", "14:00"], ["17:00", "21:00"]]}."""

    zone: ZoneInfo
    week: Mapping[str, Sequence[Sequence[str]]]
    holidays: frozenset[date] = frozenset()


def hours_of(location: Location) -> Hours:
    """The opening hours of a location. What nobody can read (the admin refuses it) opens no door: it is closed."""
    try:
        check_week(location.opening_hours)
        check_days(location.holidays)
        check_zone(location.timezone)
    except ValidationError:
        return Hours(ZoneInfo("UTC"), {})
    holidays = frozenset(date.fromisoformat(day) for day in location.holidays)
    return Hours(ZoneInfo(location.timezone), location.opening_hours, holidays)


def open_spans(hours: Hours, *, since: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The times of being open that end after an instant, in their order, for some weeks."""
    # A day earlier, for a span that began yesterday and goes on after midnight.
    day = since.astimezone(hours.zone).date() - timedelta(days=1)
    last = day + HORIZON
    while day <= last:
        if day not in hours.holidays:
            for opens, closes in hours.week.get(WEEKDAYS[day.weekday()], ()):
                start = instant(day, opens, hours.zone)
                end = instant(day + timedelta(days=closes <= opens), closes, hours.zone)
                if end > since:
                    yield start, end
        day += timedelta(days=1)


def instant(day: date, clock: str, zone: ZoneInfo) -> datetime:
    """A local time of a day as an instant."""
    if clock == MIDNIGHT:
        day, clock = day + timedelta(days=1), "00:00"
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=zone).astimezone(UTC)


def is_open(hours: Hours, *, at: datetime) -> bool:
    """Whether the store is open at an instant."""
    start, _ = next(open_spans(hours, since=at), (None, None))
    return start is not None and start <= at


def ready_at(hours: Hours, *, preparation: timedelta, at: datetime) -> datetime:
    """When an order placed at an instant will be ready: preparation counts while the store is open.

    Always an instant at which it can be collected. Raises NeverOpen.
    """
    left = preparation
    for opens, closes in open_spans(hours, since=at):
        start = max(opens, at)
        if start + left < closes:
            return start + left
        left -= closes - start
    raise NeverOpen("this store has no opening hours in the next weeks")


def pickup_ready_at(location: Location, *, at: datetime) -> datetime:
    """When an order placed at an instant can be collected at a store. Raises NeverOpen."""
    return ready_at(hours_of(location), preparation=preparation_of(location), at=at)


def preparation_of(location: Location) -> timedelta:
    """How long a store needs: as nine of ten pickups took, or as its queue takes at its pace, whichever is longer.

    What pickups took has the queues of their time in it, so the two are not added. A warehouse that has not said how
    many it manages is taken to have people enough.
    """
    minutes = location.measured_minutes if location.measured_minutes is not None else location.preparation_minutes
    pace = location.pickups_per_hour or (PER_HOUR if location.kind == Location.Kind.STORE else None)
    if pace:
        minutes = max(minutes, (location.pickup_queue + 1) * 60 // pace)
    return timedelta(minutes=minutes)
