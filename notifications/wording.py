"""Instants, hours and addresses as people read them, of places and of pages."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time, get_day_names
from django.conf import settings
from django.urls import reverse

from commerce.channels.models import Location

LOCALES = {"es": "es_ES", "en": "en_IE"}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def moment(at: datetime, *, zone: str, language: str) -> str:
    """A day and an hour, on the clock of a place: “lunes 23 nov, 18:00”."""
    return format_datetime(at.astimezone(ZoneInfo(zone)), "EEEE d MMM, HH:mm", locale=LOCALES[language])


def hour(at: datetime, *, zone: str, language: str) -> str:
    """An hour, on the clock of a place: “18:00”."""
    return format_time(at.astimezone(ZoneInfo(zone)), "HH:mm", locale=LOCALES[language])


def day(at: datetime, *, zone: str, language: str) -> str:
    """A day, on the clock of a place: “lunes 30 nov”."""
    return format_date(at.astimezone(ZoneInfo(zone)).date(), "EEEE d MMM", locale=LOCALES[language])


def opening_hours(hours: Mapping[str, Sequence[Sequence[str]]], *, language: str) -> str:
    """Weekly hours in few words, days with the same hours together: “lun–sáb 10:00–21:00”."""
    names = get_day_names("abbreviated", locale=LOCALES[language])
    spans = [", ".join("–".join(span) for span in hours.get(day, ())) for day in DAYS]
    parts = []
    first = 0
    for last in range(len(DAYS)):
        if last + 1 < len(DAYS) and spans[last + 1] == spans[first]:
            continue
        if spans[first]:
            days = names[first] if first == last else f"{names[first]}–{names[last]}"
            parts.append(f"{days} {spans[first]}")
        first = last + 1
    return "; ".join(parts)


def closed_days(location: Location, *, at: datetime, days: int, language: str) -> str:
    """The holidays of a place in the days to come: “8 dic”."""
    today = at.astimezone(ZoneInfo(location.timezone)).date()
    coming = {(today + timedelta(days=n)).isoformat() for n in range(days)}
    closed = sorted(coming & set(location.holidays))
    return ", ".join(format_date(date.fromisoformat(day), "d MMM", locale=LOCALES[language]) for day in closed)


def street_address(location: Location) -> str:
    """Where a place is, in one line."""
    return ", ".join(part for part in (location.street, f"{location.postal_code} {location.city}".strip()) if part)


def absolute(name: str, *args: str) -> str:
    """The public address of a page of ours."""
    return settings.PUBLIC_URL + reverse(name, args=args)
