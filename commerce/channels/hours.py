"""What opening hours look like in the database, checked before they get there: a store's promise hangs on them."""

from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MIDNIGHT = "24:00"


def check_week(value: Any) -> None:
    """Weekday → spans of local time, each after the one before; only the day's last may end after midnight.

    Raises ValidationError.
    """
    if not isinstance(value, dict):
        raise ValidationError(_('Write the hours by weekday: {"mon": [["10:00", "14:00"], ["17:00", "21:00"]]}.'))
    for day, spans in value.items():
        if day not in WEEKDAYS:
            raise ValidationError(_("“%(day)s” is no weekday: mon, tue, wed, thu, fri, sat, sun."), params={"day": day})
        if not isinstance(spans, list):
            raise ValidationError(_("The hours of “%(day)s” must be a list of spans."), params={"day": day})
        check_day(day, spans)


def check_day(day: str, spans: list[Any]) -> None:
    """The spans of one day; raises ValidationError."""
    before = ""
    for span in spans:
        if not (isinstance(span, list) and len(span) == 2 and all(is_clock(each) for each in span)):
            raise ValidationError(
                _('A span of “%(day)s” is not like ["10:00", "14:00"]: %(span)s'), params={"day": day, "span": span}
            )
        opens, closes = span
        if opens in (closes, MIDNIGHT) or opens < before or before == MIDNIGHT:
            raise ValidationError(
                _("The spans of “%(day)s” must follow each other: %(span)s"), params={"day": day, "span": span}
            )
        before = closes if closes > opens else MIDNIGHT


def is_clock(value: Any) -> bool:
    """Whether this is a local time as "09:30", or "24:00"."""
    if value == MIDNIGHT:
        return True
    try:
        return isinstance(value, str) and time.fromisoformat(value).strftime("%H:%M") == value
    except ValueError:
        return False


def check_days(value: Any) -> None:
    """Closed days, such as ["2026-12-25"]; raises ValidationError."""
    if not isinstance(value, list):
        raise ValidationError(_('Write the closed days as a list: ["2026-12-25", "2027-01-06"].'))
    for day in value:
        try:
            date.fromisoformat(day)
        except (TypeError, ValueError) as problem:
            raise ValidationError(_("“%(day)s” is no day such as 2026-12-25."), params={"day": day}) from problem


def check_zone(value: str) -> None:
    """An IANA time zone; raises ValidationError."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as problem:
        raise ValidationError(
            _("“%(zone)s” is no time zone such as Europe/Madrid."), params={"zone": value}
        ) from problem
