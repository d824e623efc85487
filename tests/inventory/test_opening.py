"""An order is ready once the store has been open for as long as its preparation takes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from inventory.opening import Hours, NeverOpen, is_open, ready_at

MADRID, CANARY = ZoneInfo("Europe/Madrid"), ZoneInfo("Atlantic/Canary")
TEN_TO_NINE = {day: [["10:00", "21:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}
HOUR = timedelta(hours=1)


def madrid(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=MADRID)


def ready(placed: datetime, week=TEN_TO_NINE, zone=MADRID, holidays=(), preparation=HOUR) -> datetime:
    moment = ready_at(Hours(zone, week, frozenset(holidays)), preparation=preparation, at=placed.astimezone(UTC))
    return moment.astimezone(zone)


@pytest.mark.parametrize(
    ("placed", "expected"),
    [
        ((2026, 11, 23, 12, 0), (2026, 11, 23, 13, 0)),  # while it is open
        ((2026, 11, 23, 8, 0), (2026, 11, 23, 11, 0)),  # before it opens
        ((2026, 11, 23, 22, 0), (2026, 11, 24, 11, 0)),  # after it closed
        ((2026, 11, 23, 20, 40), (2026, 11, 24, 10, 40)),  # 20 minutes tonight, 40 tomorrow
        ((2026, 11, 23, 20, 0), (2026, 11, 24, 10, 0)),  # nobody can collect at the minute of closing
        ((2026, 11, 28, 21, 30), (2026, 11, 30, 11, 0)),  # Saturday night: Monday
    ],
)
def test_preparation_counts_while_the_store_is_open(placed, expected):
    assert ready(madrid(*placed)) == madrid(*expected)


def test_a_holiday_is_passed_over():
    christmas = [date(2026, 12, 25), date(2026, 12, 26)]

    assert ready(madrid(2026, 12, 24, 22, 0), holidays=christmas) == madrid(2026, 12, 28, 11, 0)


def test_a_midday_break_is_no_time_of_preparation():
    week = {"mon": [["10:00", "14:00"], ["17:00", "20:30"]]}

    assert ready(madrid(2026, 11, 23, 13, 30), week) == madrid(2026, 11, 23, 17, 30)


def test_las_palmas_keeps_its_own_time():
    week = {"mon": [["10:00", "20:30"]]}
    placed = madrid(2026, 11, 23, 9, 30)  # 8:30 there

    assert ready(placed, week, CANARY) == datetime(2026, 11, 23, 11, 0, tzinfo=CANARY)
    assert ready(placed, week, CANARY).astimezone(UTC) == datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("night", "hours_until_opening"),
    [(date(2026, 3, 28), 11), (date(2026, 10, 24), 13), (date(2026, 10, 17), 12)],
)
def test_the_nights_when_clocks_change_have_their_own_length(night, hours_until_opening):
    week = {"sun": [["10:00", "21:00"]]}
    placed = datetime(night.year, night.month, night.day, 22, 0, tzinfo=MADRID)

    assert ready(placed, week, preparation=timedelta()) - placed.astimezone(UTC) == timedelta(hours=hours_until_opening)


def test_opening_hours_may_go_past_midnight():
    week = {"fri": [["20:00", "02:00"]], "sat": [["20:00", "24:00"]]}

    assert ready(madrid(2026, 11, 28, 0, 30), week) == madrid(2026, 11, 28, 1, 30)
    assert ready(madrid(2026, 11, 28, 1, 30), week) == madrid(2026, 11, 28, 20, 30)


@pytest.mark.parametrize(("hour", "expected"), [(9, False), (10, True), (20, True), (21, False)])
def test_a_store_is_open_from_its_first_to_before_its_last_minute(hour, expected):
    assert is_open(Hours(MADRID, TEN_TO_NINE), at=madrid(2026, 11, 23, hour, 0)) is expected


def test_a_store_that_never_opens_promises_nothing():
    with pytest.raises(NeverOpen):
        ready(madrid(2026, 11, 23, 12, 0), week={})
