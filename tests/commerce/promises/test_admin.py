"""The back office sees which promises are in danger, kept and broken, by place and by carrier."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from commerce.promises.models import Promise
from commerce.timeline.record import open_journey
from tests.factories import MONDAY, location, warehouse

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client):
    """The page of the ledger, for a promise of each kind of end."""
    client.force_login(User.objects.create_superuser("boss"))
    return lambda **query: client.get(reverse("admin:promises_promise_changelist"), query)


def plant(place, status: str, *, carrier: str = "", danger: str = "", rows: int = 1) -> None:
    """So many promises that ended, or stand, in one way."""
    journey, before = open_journey(at=MONDAY), Promise.objects.count()
    for number in range(before, before + rows):
        Promise.objects.create(
            kind="delivery",
            subject=f"part-{number}",
            journey=journey,
            location=place,
            carrier=carrier,
            status=status,
            danger=danger,
            endangered_at=MONDAY if danger else None,
            told_at=MONDAY if status == "told" else None,
            settled_at=None if status == "open" else MONDAY,
            given_by="system",
            given_in="web",
            given_at=MONDAY,
            due_at=MONDAY,
        )


def test_the_sums_per_place_and_carrier_are_those_of_the_ledger(page):
    center, hall = location("centro"), warehouse()
    plant(center, "open", rows=2)
    plant(center, "open", danger="queue", rows=3)
    plant(center, "kept", rows=4)
    plant(center, "broken", danger="delay")
    plant(hall, "kept", carrier="veloz", rows=2)
    plant(hall, "broken", carrier="veloz", rows=3)
    plant(hall, "told", carrier="lenta", danger="delay", rows=2)
    plant(hall, "open", carrier="lenta", danger="delay")
    plant(hall, "withdrawn", carrier="lenta", rows=5)
    plant(None, "kept")

    answer = page()

    assert answer.context["heads"] == ["at risk", "open", "kept", "told", "broken"]
    sums = {name: [tuple(row) for row in rows] for name, rows in answer.context["sums"]}
    assert sums == {
        "Place": [("almacen", 1, 1, 2, 2, 3), ("centro", 3, 5, 4, 0, 1), (None, 0, 0, 1, 0, 0)],
        "Carrier": [("lenta", 1, 1, 0, 2, 0), ("veloz", 0, 0, 2, 0, 3)],
    }
    shown = " ".join(answer.content.decode().split())
    assert "<td>centro</td><td>3</td><td>5</td><td>4</td><td>0</td><td>1</td>" in shown
    assert "<td>veloz</td><td>0</td><td>0</td><td>2</td><td>0</td><td>3</td>" in shown


def test_those_in_danger_can_be_looked_at_alone(page):
    plant(warehouse(), "open", danger="stock", rows=2)
    plant(warehouse(), "open")

    assert len(page(at_risk="1").context["cl"].result_list) == 2
    assert len(page().context["cl"].result_list) == 3
