"""The admin shows stock and lets nobody type over it."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from commerce.timeline.actors import SYSTEM
from inventory import holds, incoming, ledger
from inventory.models import Stock
from tests.factories import MONDAY, location, stock, variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def shelf():
    row = stock(variant(sku="TAZA"), location("centro"), on_hand=5)
    holds.place(
        [holds.Want(row.variant_id, row.location_id, 1, "line-1")],
        expires_at=MONDAY,
        at=MONDAY,
    )
    holds.allocate_now([holds.Want(row.variant_id, row.location_id, 1, "line-2")], at=MONDAY)
    ledger.sell({row.variant_id: 9}, location_id=row.location_id, by=SYSTEM, at=MONDAY, as_fact=True)
    return row


@pytest.mark.parametrize("model", ["stock", "movement", "hold", "allocation", "repair"])
def test_every_list_and_every_row_can_be_looked_at(boss, shelf, model):
    rows = boss.get(reverse(f"admin:inventory_{model}_changelist"), {"q": "TAZA"})
    assert rows.status_code == 200
    assert "TAZA" in rows.content.decode()

    first = rows.context["cl"].result_list[0]
    row = boss.get(reverse(f"admin:inventory_{model}_change", args=[first.pk]))
    assert row.status_code == 200
    assert boss.get(reverse(f"admin:inventory_{model}_add")).status_code == 403
    assert boss.get(reverse(f"admin:inventory_{model}_delete", args=[first.pk])).status_code == 403


def test_only_buffer_and_cap_can_be_set_and_counters_that_moved_meanwhile_stay(boss, shelf):
    page = reverse("admin:inventory_stock_change", args=[shelf.pk])
    boss.get(page)
    ledger.receive({shelf.variant_id: 100}, location_id=shelf.location_id, by=SYSTEM, at=MONDAY)

    boss.post(page, {"buffer": "2", "backorder_cap": "4", "on_hand": "7777"})

    assert Stock.objects.values_list("on_hand", "buffer", "backorder_cap").get() == (96, 2, 4)


def test_a_movement_cannot_be_changed(boss, shelf):
    movement = shelf.movements.first()

    assert (
        boss.post(reverse("admin:inventory_movement_change", args=[movement.pk]), {"quantity": "1"}).status_code == 403
    )


def test_what_never_comes_is_ended_in_the_back_office(boss, shelf):
    at = {"location_id": shelf.location_id, "expected_at": None, "at": MONDAY}
    (line,) = incoming.expect({shelf.variant_id: 3}, reference="PO-1", **at)

    page = reverse("admin:inventory_incoming_changelist")
    answer = boss.post(page, {"action": "no_more", "_selected_action": [line.pk]}, follow=True)

    assert [str(message) for message in answer.context["messages"]] == ["3 units are not expected any more"]
    assert Stock.objects.get().incoming == 0
