"""Opening hours are checked where they are typed; what is in the database nevertheless breaks no page."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from commerce.channels.hours import check_days, check_week, check_zone
from commerce.channels.models import Location
from inventory.opening import NeverOpen, pickup_ready_at
from tests.factories import MONDAY, location, staff


@pytest.mark.parametrize(
    "week",
    [
        {},
        {"mon": []},
        {"mon": [["10:00", "14:00"], ["17:00", "21:00"]]},
        {"fri": [["20:00", "02:00"]]},
        {"sat": [["09:00", "24:00"]]},
    ],
)
def test_hours_that_a_store_may_have(week):
    check_week(week)


@pytest.mark.parametrize(
    "week",
    [
        None,
        [],
        "mon 10-14",
        {"lunes": []},
        {"mon": "10:00-14:00"},
        {"mon": ["10:00", "14:00"]},
        {"mon": [["10:00"]]},
        {"mon": [["10:00", "25:00"]]},
        {"mon": [["10", "14"]]},
        {"mon": [[10, 14]]},
        {"mon": [["10:00", "10:00"]]},
        {"mon": [["24:00", "10:00"]]},
        {"mon": [["17:00", "21:00"], ["10:00", "14:00"]]},
        {"mon": [["20:00", "02:00"], ["21:00", "22:00"]]},
        {"mon": [{"opens": "10:00"}]},
    ],
)
def test_hours_that_nobody_can_keep_are_refused(week):
    with pytest.raises(ValidationError):
        check_week(week)


def test_closed_days_are_dates_and_a_zone_is_one_that_exists():
    check_days(["2026-12-25"])
    check_zone("Europe/Madrid")

    for days in ("2026-12-25", ["25.12.2026"], [20261225], None):
        with pytest.raises(ValidationError):
            check_days(days)
    for zone in ("Madrid", "../etc/passwd", ""):
        with pytest.raises(ValidationError):
            check_zone(zone)


@pytest.mark.django_db
def test_the_back_office_is_told_what_is_wrong_with_the_hours():
    store, client = location("centro"), Client()
    client.force_login(staff("back_office"))
    page = reverse("admin:channels_location_change", args=[store.pk])
    shown = client.get(page).context["adminform"].form
    fields = {name: shown.initial.get(name) or "" for name in shown.fields} | {"holidays": "[]", "is_active": "on"}

    for wrong in ('{"lunes": []}', '{"mon": [["10:00", "25:00"]]}', "not json"):
        answer = client.post(page, fields | {"opening_hours": wrong})

        assert answer.status_code == 200
        assert list(answer.context["adminform"].form.errors) == ["opening_hours"]
    assert client.post(page, fields | {"opening_hours": '{"mon": [["09:00", "15:00"]]}'}).status_code == 302
    assert Location.objects.get(pk=store.pk).opening_hours == {"mon": [["09:00", "15:00"]]}


@pytest.mark.django_db
def test_hours_that_came_into_the_database_unread_open_no_store_and_break_no_page():
    store = location("centro", opening_hours={"mon": [["10:00", "25:00"]]})

    with pytest.raises(NeverOpen):
        pickup_ready_at(store, at=MONDAY)
    assert Client().get("/api/v1/stock/", {"sku": "x"}).status_code == 400
