"""Orders are changed over HTTP: by their shopper who has logged in, and by the staff."""

import pytest
from django.test import Client

from orders.models import Order, OrderHold
from tests.factories import MONDAY, User, person
from tests.orders.calling import HOME, log_in, post


@pytest.fixture
def order(shop, lucia) -> Order:
    return shop.order(2, person=lucia)


def at(order: Order, door: str) -> str:
    return f"/api/v1/orders/{order.public_id}/{door}/"


pytestmark = pytest.mark.django_db
ONE = {"lines": [{"sku": "TAZA", "quantity": 1}]}


def test_she_sees_what_it_costs_and_then_changes_it(order, lucia):
    hers = log_in(lucia.user)

    seen = post(hers, at(order, "changes/preview"), ONE).json()
    assert seen == {
        "units": [{"sku": "TAZA", "before": 2, "after": 1}],
        "before": 2500,
        "total": 1250,
        "to_pay": -1250,
        "currency": "EUR",
        "locations": ["centro"],
        "turns": [],
    }
    assert post(hers, at(order, "changes"), ONE | {"expected_total": 1}).json()["code"] == "price_changed"
    assert post(hers, at(order, "changes"), ONE | {"expected_total": 1250}).status_code == 201

    order.refresh_from_db()
    assert (order.total, order.payment_status) == (1250, "captured")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"lines": []}, 400),
        ({"lines": [{"sku": "TAZA", "quantity": -1}]}, 400),
        ({"lines": [{"sku": "TAZA", "quantity": 10000}]}, 400),
        ({"lines": [{"sku": "NADA", "quantity": 1}]}, 422),
        ({"lines": [{"sku": "TAZA", "quantity": 0}]}, 422),
        ({"lines": [{"sku": "TAZA", "quantity": 9}]}, 409),
        ({"lines": [{"sku": "TAZA", "quantity": 1, "unit_price": 1}]}, 400),
    ],
)
def test_a_bad_wish_is_refused(order, agent, body, status):
    assert post(agent, at(order, "changes/preview"), body).status_code == status
    assert Order.objects.get().total == 2500


def test_strangers_change_nothing(order, django_user_model):
    bea = log_in(django_user_model.objects.create_user("bea"))

    for door, body in (("changes/preview", ONE), ("changes", ONE | {"expected_total": 1250}), ("address", HOME)):
        assert post(bea, at(order, door), body).status_code == 404
        assert post(Client(), at(order, door), body).status_code in (401, 403)
    assert post(bea, at(order, "holds"), {"kind": "fraud", "due_at": "2030-01-01T00:00:00Z"}).status_code == 403


def test_the_page_shows_the_price_before_anything_changes(order, lucia):
    hers = log_in(lucia.user)
    line = order.lines.get().public_id

    page = hers.post(f"/o/{order.public_id}/change/", {line: "1", "step": "look"})
    assert page.context["seen"].to_pay == -1250
    assert Order.objects.get().total == 2500
    hers.post(f"/o/{order.public_id}/change/", {line: "1", "step": "confirm", "expected_total": "1250"})

    assert Order.objects.get().total == 1250
    assert "12,50" in hers.get(f"/o/{order.public_id}/").content.decode()


@pytest.mark.parametrize("typed", ["", "-1", "1.5", "²", "10000", "0000009999999", "9" * 5000])
def test_what_no_form_of_ours_sends_is_not_found(order, lucia, typed):
    line = order.lines.get().public_id

    assert log_in(lucia.user).post(f"/o/{order.public_id}/change/", {line: typed, "step": "look"}).status_code == 404


def test_an_agent_holds_an_order_and_lets_it_go(order, agent, clerk):
    due = {"kind": "fraud", "due_at": "2030-01-01T00:00:00Z"}
    held = post(agent, at(order, "holds"), due)
    assert (held.status_code, held.json()["owner"].partition(":")[0]) == (201, "staff")
    part = order.fulfillments.get().public_id

    assert post(clerk, f"/api/v1/fulfillments/{part}/pick/").json()["code"] == "order_on_hold"
    assert post(agent, at(order, "holds/release"), {"kind": "fraud"}).json()["released_at"] is not None

    assert post(clerk, f"/api/v1/fulfillments/{part}/pick/").json()["status"] == "picking"
    assert OrderHold.objects.filter(released_at=None).count() == 0
    past = due | {"due_at": MONDAY.replace(year=2020).isoformat()}
    assert post(agent, at(order, "holds"), past).status_code == 422


def test_the_id_of_a_guests_order_changes_nothing_without_what_she_alone_knows(shop) -> None:
    guests = shop.order(2, delivered=True)
    iker = log_in(person("Iker", user=User.objects.create_user("iker")).user)
    wishes = {"changes/preview": ONE, "changes": ONE | {"expected_total": 1250}, "address": HOME, "cancel": {}}

    refused = {door: post(iker, at(guests, door), said).json()["code"] for door, said in wishes.items()}
    changed = post(iker, at(guests, "changes"), wishes["changes"] | {"email": "eva@example.com"})

    assert refused == dict.fromkeys(wishes, "second_fact_missing")
    assert changed.status_code == 201
    assert (Order.objects.get().total, Order.objects.get().status) == (1250, "placed")
