"""What a store promises follows from what it did: its queue, and how long nine of ten of its pickups took."""

from datetime import UTC, datetime, timedelta

import pytest

from inventory.opening import hours_of, preparation_of
from orders.pickup_load import open_minutes, percentile_90, refresh
from tests.factories import MONDAY, fulfillment, location

pytestmark = pytest.mark.django_db


def test_nine_of_ten_last_pickups_say_how_long_a_store_needs():
    centro = location("centro", preparation_minutes=60)
    for minutes in (10, 12, 14, 16, 18, 20, 22, 24, 26, 240):
        fulfillment(location=centro, status="ready", created_at=MONDAY, ready_at=MONDAY + timedelta(minutes=minutes))

    refresh(at=MONDAY)

    centro.refresh_from_db()
    assert (centro.measured_minutes, preparation_of(centro)) == (26, timedelta(minutes=26))


def test_before_enough_was_measured_the_stores_own_estimate_counts():
    centro = location("centro", preparation_minutes=60)
    fulfillment(location=centro, status="ready", created_at=MONDAY, ready_at=MONDAY + timedelta(minutes=5))

    refresh(at=MONDAY)

    centro.refresh_from_db()
    assert (centro.measured_minutes, preparation_of(centro)) == (None, timedelta(minutes=60))


def test_a_long_queue_makes_the_promise_longer_at_the_pace_of_its_people():
    centro = location("centro", preparation_minutes=30, pickups_per_hour=4)
    for status in ("allocated", "picking", "allocated", "ready"):
        fulfillment(location=centro, status=status)

    refresh(at=MONDAY)

    centro.refresh_from_db()
    assert (centro.pickup_queue, preparation_of(centro)) == (3, timedelta(minutes=60))


@pytest.mark.parametrize(("kind", "hours"), [("store", 2), ("warehouse", 1)])
def test_a_store_that_has_not_said_its_pace_is_taken_to_have_one_and_a_warehouse_people_enough(kind, hours):
    place = location("centro", kind=kind, preparation_minutes=60)
    for _ in range(19):
        fulfillment(location=place, status="allocated")

    refresh(at=MONDAY)

    place.refresh_from_db()
    assert preparation_of(place) == timedelta(hours=hours)


def test_only_the_time_of_being_open_counts():
    evening = datetime(2026, 11, 23, 19, 30, tzinfo=UTC)  # 20:30 in Madrid; the store closes at 21:00

    assert open_minutes(hours_of(location("centro")), evening, evening + timedelta(hours=14)) == 60


def test_the_nearest_rank_of_ninety_percent():
    assert [percentile_90(list(range(1, n + 1))) for n in (1, 10, 11, 50)] == [1, 9, 10, 45]
