"""Instants from outside: with their offset, and such as somebody can mean."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError

from commerce.rest.fields import check_meant, read_instant


@pytest.mark.parametrize(
    "text",
    [
        "9999-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-11-23T10:00:00",
        "2026-13-23T10:00:00Z",
        "tomorrow",
        "",
        "2026-11-23T10:00:00Z" + " " * 40,
    ],
)
def test_what_nobody_can_mean_is_none(text):
    assert read_instant(text) is None


def test_an_instant_is_read_in_utc():
    assert read_instant("2026-11-23T10:00:00+01:00") == datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_a_form_asks_for_another_year():
    check_meant(date(2026, 11, 23))

    with pytest.raises(ValidationError):
        check_meant(date(9999, 12, 31))
