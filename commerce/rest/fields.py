"""Input fields that take what they say and nothing else."""

from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request


class Strict(serializers.Serializer[Any]):
    """A serializer that names unknown fields instead of passing over them."""

    def to_internal_value(self, data: Any) -> Any:
        """The validated values; raises ValidationError naming each unknown or wrong field."""
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError(
                {
                    name[:60]: [serializers.ErrorDetail("this field is not known", code="unknown_field")]
                    for name in unknown
                }
            )
        return super().to_internal_value(data)


LARGEST = 2_147_483_647
"""What a database's integer holds."""


class Whole(serializers.IntegerField):
    """A JSON integer: not "1", not 1.0, not true; no larger than the database can hold, unless told otherwise."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"min_value": -LARGEST, "max_value": LARGEST} | options))

    def to_internal_value(self, data: Any) -> int:
        """The number itself; raises ValidationError."""
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """A JSON string; numbers are not turned into text."""

    def to_internal_value(self, data: Any) -> str:
        """The text itself; raises ValidationError."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


YEARS = range(1900, 2200)
"""What can be meant: beyond, no day can be reckoned from it."""


def read_instant(text: str) -> datetime | None:
    """An instant with its offset, in UTC; nothing where it is none, or one that nobody can mean."""
    try:
        moment = parse_datetime(text) if len(text) <= 40 else None
        found = moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
    return found if found and found.year in YEARS else None


def check_meant(moment: date) -> None:
    """For forms: refuse a day, or an instant, that nobody can mean; raises Django's ValidationError."""
    if moment.year not in YEARS:
        raise ValidationError(_("Please look at the year."), code="invalid")


class Instant(serializers.DateTimeField):
    """An instant in ISO 8601 with its offset, such as 2026-11-23T10:00:00Z: without one it could mean several."""

    def to_internal_value(self, value: Any) -> datetime:
        """The instant in UTC; raises ValidationError."""
        moment = read_instant(value) if isinstance(value, str) else None
        if moment is None:
            raise serializers.ValidationError("an instant such as 2026-11-23T10:00:00Z is needed here", code="invalid")
        return moment


def quantity(**options: Any) -> Whole:
    """How many units: 1 to 9,999 unless told otherwise."""
    return Whole(**({"min_value": 1, "max_value": 9999} | options))


class Flag(serializers.BooleanField):
    """A JSON true or false: not "yes", not 1."""

    def to_internal_value(self, data: Any) -> bool:
        """The truth itself; raises ValidationError."""
        if type(data) is not bool:
            self.fail("invalid", input=data)
        return data


def read_body(request: Request, kind: type[Strict]) -> dict[str, Any]:
    """The body of a request, checked; raises ValidationError naming each field that is wrong."""
    return dict(reader(kind).run_validation(request.data))


@cache
def reader(kind: type[Strict]) -> Strict:
    """The one reader of this kind of body: DRF copies every field for every serializer, and this one keeps no state."""
    return kind()
