"""Orders in the admin: looked at, and changed by the functions of the API only."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from orders import pickups
from orders.models import Fulfillment, Order
from orders.sourced import why_here
from tests.factories import MONDAY
from tests.orders.shop import fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    client.force_login(User.objects.create_superuser("boss"))
    return client


def act(boss, model: str, action: str, *rows) -> list[str]:
    """Choose an action for some rows; what the page says then."""
    page = reverse(f"admin:orders_{model}_changelist")
    answer = boss.post(page, {"action": action, "_selected_action": [row.pk for row in rows]}, follow=True)
    return [str(message) for message in answer.context["messages"]]


@pytest.mark.parametrize("model", ["order", "fulfillment", "payment", "orderline", "fulfillmentline"])
def test_every_list_and_row_can_be_looked_at_and_none_typed_over(model, boss, shop):
    shop.order()
    rows = boss.get(reverse(f"admin:orders_{model}_changelist"))
    page = reverse(f"admin:orders_{model}_change", args=[rows.context["cl"].result_list[0].pk])

    assert (rows.status_code, boss.get(page).status_code, boss.post(page, {}).status_code) == (200, 200, 403)
    assert boss.get(reverse(f"admin:orders_{model}_add")).status_code == 403


def test_orders_are_canceled_each_by_itself(boss, shop):
    first, second = shop.order(), shop.pickup()
    pickups.start_picking(second, by=pickups.Actor("staff", "1"), channel="store", at=MONDAY)

    said = act(boss, "order", "take_back", first, second.order)

    assert said == [
        f"{second.order.number}: this order is being prepared already; it can be returned",
        "1 done",
    ]
    assert list(Order.objects.order_by("pk").values_list("status", flat=True)) == ["canceled", "placed"]


def test_fulfillments_are_picked_and_made_ready(boss, shop):
    pickup = shop.pickup()

    assert act(boss, "fulfillment", "pick", pickup) == ["1 done"]
    assert act(boss, "fulfillment", "ready", pickup) == ["1 done"]

    assert (fresh(pickup.order).status, len(Fulfillment.objects.get().pickup_code)) == ("ready", 6)


def test_an_order_says_by_which_rules_its_place_was_chosen(boss, shop):
    order = shop.order()

    page = boss.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()

    ((_, words),) = why_here(order.fulfillments.select_related("order"))
    assert words in page
