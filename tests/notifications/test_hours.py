"""Hours are those on her own wall clock at the instant in question, also on the nights it changes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifications.hours import Calendar, NeverOpen, are_open, every_day, holidays_in, next_open, spans, week

SPRING = datetime(2026, 3, 26, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 22, tzinfo=UTC)
SPRING_US = datetime(2026, 3, 5, tzinfo=UTC)
AUTUMN_US = datetime(2026, 10, 29, tzinfo=UTC)
WEEK_OF_MINUTES = 8 * 24 * 60

OFFICE = week(weekdays="09:00-21:00")
RHODE_ISLAND = week(weekdays="09:00-18:00", saturday="10:00-17:00", sunday="10:00-17:00")
SMALL_HOURS = every_day("02:30-04:00")
OVER_MIDNIGHT = every_day("22:00-01:30")


def oracle(start: datetime, calendars: list[Calendar], *, minutes: int) -> list[bool]:
    """Slow and plain: each minute, what the wall clock says, spelled as text and compared as text."""
    answers = []
    for n in range(minutes):
        instant = start + timedelta(minutes=n)
        open_everywhere = True
        for calendar in calendars:
            local = instant.astimezone(ZoneInfo(calendar.zone))
            wall = local.strftime("%H:%M")
            today = [
                (f"{a // 60:02}:{a % 60:02}", f"{b // 60:02}:{b % 60:02}") for a, b in calendar.week[local.weekday()]
            ]
            open_everywhere &= any(a <= wall < b for a, b in today)
        answers.append(open_everywhere)
    return answers


@pytest.mark.parametrize(
    ("start", "calendars"),
    [
        pytest.param(SPRING, [Calendar("Europe/Madrid", OFFICE)], id="ES in spring"),
        pytest.param(AUTUMN, [Calendar("Europe/Madrid", OFFICE)], id="ES in autumn"),
        pytest.param(
            SPRING, [Calendar("Atlantic/Canary", OFFICE), Calendar("Europe/Madrid", OFFICE)], id="ES, island or not"
        ),
        pytest.param(SPRING_US, [Calendar("America/New_York", RHODE_ISLAND)], id="US in spring"),
        pytest.param(AUTUMN_US, [Calendar("America/New_York", RHODE_ISLAND)], id="US in autumn"),
        pytest.param(
            AUTUMN_US,
            [Calendar("America/Los_Angeles", RHODE_ISLAND), Calendar("America/New_York", RHODE_ISLAND)],
            id="US, coast unknown",
        ),
        pytest.param(SPRING, [Calendar("Europe/Madrid", SMALL_HOURS)], id="opens in the hour that is skipped"),
        pytest.param(AUTUMN, [Calendar("Europe/Madrid", SMALL_HOURS)], id="opens in the hour that comes twice"),
        pytest.param(AUTUMN, [Calendar("Europe/Madrid", OVER_MIDNIGHT)], id="over midnight"),
        pytest.param(AUTUMN_US, [Calendar("America/Havana", OVER_MIDNIGHT)], id="clocks change at midnight"),
        pytest.param(SPRING_US, [Calendar("America/Havana", OVER_MIDNIGHT)], id="midnight itself is skipped"),
    ],
)
def test_every_minute_of_a_week_in_which_clocks_change_is_as_the_slow_oracle_says(start, calendars):
    ahead = oracle(start, calendars, minutes=WEEK_OF_MINUTES + 8 * 24 * 60)

    next_true = None
    expected = {}
    for n in reversed(range(len(ahead))):
        next_true = n if ahead[n] else next_true
        expected[n] = next_true

    wrong = []
    for n in range(WEEK_OF_MINUTES):
        instant = start + timedelta(minutes=n)
        if are_open(instant, calendars) != ahead[n]:
            wrong.append((instant, "open"))
        # Every 7th minute and both sides of each border: the answer only changes at borders.
        if (n % 7 == 0 or ahead[n] != ahead[n - 1] or ahead[n] != ahead[n + 1]) and next_open(
            instant, calendars
        ) != start + timedelta(minutes=expected[n]):
            wrong.append((instant, "next"))
    assert wrong == []


def test_hours_are_those_of_the_target_instant_not_of_today():
    """Friday evening before the clocks go back: nine o'clock on Monday is an hour later in UTC than it was."""
    friday = datetime(2026, 10, 23, 20, 0, tzinfo=UTC)

    assert next_open(friday, [Calendar("Europe/Madrid", OFFICE)]) == datetime(2026, 10, 26, 8, 0, tzinfo=UTC)


def test_the_weekday_is_that_of_her_own_zone():
    """Sunday 23:30 in UTC is Monday 08:30 in Tokyo."""
    sunday = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)

    assert are_open(sunday, [Calendar("Asia/Tokyo", week(weekdays="08:00-20:00"))])


def test_a_holiday_is_closed_from_midnight_to_midnight_of_her_own_clock():
    calendar = Calendar("America/Bogota", week(weekdays="07:00-19:00", saturday="08:00-15:00"), holidays_of="CO")
    independence_of_cartagena = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)

    assert next_open(independence_of_cartagena, [calendar]) == datetime(2026, 11, 17, 12, 0, tzinfo=UTC)


def test_a_region_we_do_not_know_brings_all_its_holidays():
    day_of_madrid = date(2026, 5, 2)

    assert day_of_madrid in holidays_in("ES", 2026)


def test_calendars_that_never_agree_say_so():
    with pytest.raises(NeverOpen):
        next_open(SPRING, [Calendar("UTC", every_day("09:00-12:00")), Calendar("UTC", every_day("13:00-14:00"))])


@pytest.mark.parametrize("text", ["9-12", "noon", "25:00-26:00", "09:61-10:00", "09:00", "09:00-24:30"])
def test_hours_that_are_none_are_refused(text):
    with pytest.raises(ValueError):
        spans(text)


def test_hours_over_midnight_are_two_spans():
    assert spans("22:00-01:30") == ((0, 90), (1320, 1440))
    assert spans("00:00-24:00") == ((0, 1440),)
