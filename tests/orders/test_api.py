"""The API of orders: checkout, seeing an order, its timeline, what stores do, who may reach what."""

import json

import pytest

from commerce.channels.models import SalesChannel
from commerce.customers.models import PostalAddress, Reading
from commerce.timeline.models import Entry
from inventory.models import Stock
from orders.models import Fulfillment, Order, Payment
from tests.factories import MONDAY, person, serving, stock, variant
from tests.orders.calling import CARTS, EVA, HOME, check_out, log_in, post
from tests.orders.shop import fresh

pytestmark = pytest.mark.django_db


def test_a_visitor_buys_and_sees_her_order_under_its_id(shop, client):
    cart = shop.cart(2)

    bought = check_out(client, cart.public_id, 2500, **EVA)

    order = Order.objects.get()
    pickup = fresh(order)
    assert bought == client.get(f"/api/v1/orders/{order.public_id}/").json()
    assert bought == {
        "id": order.public_id,
        "number": order.number,
        "status": "placed",
        "payment_status": "captured",
        "sales_channel": "web",
        "sold_by": None,
        "placed_at": bought["placed_at"],
        "currency": "EUR",
        "goods_total": 2500,
        "discount_total": 0,
        "delivery_total": 0,
        "tax_total": 434,
        "total": 2500,
        "lines": [
            {
                "id": order.lines.get().public_id,
                "sku": "TAZA",
                "title": shop.mug.product.title,
                "quantity": 2,
                "unit_price": 1250,
                "goods_total": 2500,
                "discount": 0,
                "total": 2500,
                "tax": 434,
                "tax_basis_points": 2100,
            }
        ],
        "payments": [
            {
                "id": Payment.objects.get().public_id,
                "pay_at": None,
                "tender": "manual",
                "amount": 2500,
                "refunded": 0,
                "currency": "EUR",
                "status": "captured",
                "captured_at": bought["placed_at"],
            }
        ],
        "fulfillments": [
            {
                "id": pickup.public_id,
                "order": order.number,
                "kind": "pickup",
                "status": "allocated",
                "location": {"code": "centro", "name": "centro", "firm": None},
                "promised_for": bought["fulfillments"][0]["promised_for"],
                "expected_at": None,
                "carrier": "",
                "tracking_number": "",
                "slot": None,
                "lines": [{"sku": "TAZA", "title": shop.mug.product.title, "quantity": 2}],
                "pickup_code": "",
            }
        ],
    }


def test_the_same_key_buys_once(shop, client):
    cart = shop.cart()

    first = check_out(client, cart.public_id, 1250, headers={"Idempotency-Key": "2f6b1c9d-8a41-4e"}, **EVA)
    again = check_out(client, cart.public_id, 1250, headers={"Idempotency-Key": "2f6b1c9d-8a41-4e"}, **EVA)
    other = check_out(
        client,
        cart.public_id,
        1250,
        headers={"Idempotency-Key": "2f6b1c9d-8a41-4e"},
        answered=422,
        email="otra@example.com",
    )

    assert (again, other["code"], Order.objects.count()) == (first, "idempotency_key_reused", 1)


def test_a_changed_price_is_answered_with_the_new_total(shop, client):
    problem = check_out(client, shop.cart(2).public_id, 2400, answered=409, **EVA)

    assert (problem["code"], problem["expected_total"], problem["total"]) == ("price_changed", 2400, 2500)
    assert problem["quote"]["lines"][0]["sku"] == "TAZA"


def test_what_is_not_there_is_named(shop, client):
    problem = check_out(client, shop.cart(6).public_id, 7500, answered=409, **EVA)

    assert (problem["code"], problem["lines"]) == (
        "out_of_stock",
        [{"sku": "TAZA", "location": "centro", "wanted": 6, "available": 5}],
    )


def test_an_older_version_of_the_cart_is_refused_with_the_cart_as_it_stands(shop, client):
    cart = shop.cart(2)
    client.put(f"{CARTS}{cart.public_id}/lines/TAZA/", json.dumps({"quantity": 3}), content_type="application/json")

    problem = check_out(client, cart.public_id, 2500, answered=409, version=1, **EVA)

    assert (problem["code"], problem["version"], problem["cart"]["total"]) == ("cart_changed", 2, 3750)


def test_what_a_cart_costs_collected_and_delivered(shop, client):
    SalesChannel.objects.update(delivery_fee=490, free_delivery_from=6000)
    cart = shop.cart(2).public_id

    ways = client.get(f"{CARTS}{cart}/checkout/").json()

    assert ways == {
        "version": 1,
        "currency": "EUR",
        "pickup": {"delivery_total": 0, "total": 2500},
        "delivery": {"delivery_total": 490, "total": 2990},
        "waits": [],
        "methods": [],
    }
    assert check_out(client, cart, 2990, address=HOME, **EVA)["fulfillments"][0]["kind"] == "shipment"


def test_her_own_address_by_its_number(shop, lucia):
    hers, others = (
        PostalAddress.objects.create(person=owner, entered_at=MONDAY, entered_in="web", **HOME)
        for owner in (lucia, person("Otra"))
    )
    cart = shop.cart(person=lucia).public_id

    check_out(log_in(lucia.user), cart, 1250, answered=404, address_id=others.pk)
    check_out(log_in(lucia.user), cart, 1250, address_id=hers.pk)

    assert Fulfillment.objects.get().address == hers


def test_a_persons_cart_is_bought_by_herself_and_by_nobody_else(shop, client, lucia):
    cart = shop.cart(person=lucia).public_id

    check_out(client, cart, 1250, answered=404, **EVA)
    order = check_out(log_in(lucia.user), cart, 1250)

    assert client.get(f"/api/v1/orders/{order['id']}/").status_code == 404
    seen = log_in(lucia.user).get(f"/api/v1/orders/{order['id']}/").json()
    assert seen["contact"] == {
        "person": lucia.public_id,
        "name": "Lucía",
        "email": "lucia@example.com",
        "phone": None,
        "address": None,
    }
    assert not Reading.objects.exists()


def test_an_agent_goes_on_with_a_persons_cart_by_phone(shop, agent, member, lucia):
    serving(member, lucia)
    cart = shop.cart(2, person=lucia)

    order = check_out(agent, cart.public_id, 2500, address=HOME)

    assert order["sales_channel"] == "call_center"
    assert Order.objects.get().person == lucia
    placed = Entry.objects.get(type="order.placed")
    assert (placed.channel, placed.actor.split(":")[0], placed.journey_id) == ("call_center", "staff", cart.journey_id)


BROKEN = {
    "expected_total": [None, "2500", 2500.0, 0.5, -1, True, 2**63, [], {}],
    "version": [0, -1, "1", 1.5, 2**31],
    "pickup_location": [None, "", 7, "nowhere", "x" * 31, ["centro"], "a\ud800"],
    "email": ["", "eva", "eva@", 7, "a" * 250 + "@example.com", "eva@example.com, x@example.com", None],
    "phone": ["", "12", "not a phone", 600100200, "6" * 41, None],
    "name": [7, "x" * 121, {}],
    "tender": ["", "gold", 1, None],
    "gift_card": ["", "x" * 41, 1, None],
    "address_id": [0, -1, "1", 2**63],
    "surprise": [1],
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in BROKEN.items() for value in values], ids=repr
)
def test_each_broken_field_is_named_and_nothing_happens(field, value, shop, client):
    cart = shop.cart(2)
    whole = {"expected_total": 2500, "pickup_location": "centro", "tender": "manual", **EVA}
    if field == "address_id":
        del whole["pickup_location"]

    response = post(client, f"{CARTS}{cart.public_id}/checkout/", whole | {field: value})

    problem = response.json()
    if isinstance(value, str) and "\ud800" in value:
        assert (response.status_code, problem["code"]) == (400, "parse_error")
    else:
        assert (response.status_code, problem["code"], list(problem["errors"])) == (400, "invalid", [field])
    assert not Order.objects.exists()
    assert Stock.objects.filter(allocated__gt=0).count() == 0


@pytest.mark.parametrize("missing", ["recipient", "street", "postal_code", "city"])
def test_each_missing_part_of_an_address_is_named(missing, shop, client):
    given = {name: value for name, value in HOME.items() if name != missing}

    problem = check_out(client, shop.cart().public_id, 1250, answered=400, address=given, **EVA)

    assert list(problem["errors"]["address"]) == [missing]


@pytest.mark.parametrize(
    ("field", "value"),
    [("country", "es"), ("country", "ESP"), ("phone", "12"), ("city", 7), ("street", "x" * 121), ("floor", "3")],
)
def test_each_broken_part_of_an_address_is_named(field, value, shop, client):
    problem = check_out(client, shop.cart().public_id, 1250, answered=400, address=HOME | {field: value}, **EVA)

    assert list(problem["errors"]["address"]) == [field]


@pytest.mark.parametrize("ways", [{}, {"pickup_location": "centro", "address": HOME}])
def test_goods_are_collected_or_delivered_and_not_both(ways, shop, client):
    wanted = {"expected_total": 1250, "tender": "manual", **EVA, **ways}

    response = post(client, f"{CARTS}{shop.cart().public_id}/checkout/", wanted)

    assert (response.status_code, list(response.json()["errors"])) == (400, ["pickup_location"])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"email": "eva@example.com", "tender": None}, "tender_missing"),
        ({"tender": "manual"}, "contact_missing"),
    ],
)
def test_what_is_missing_is_said(body, code, shop, client):
    wanted = {"expected_total": 1250, "pickup_location": "centro"} | {k: v for k, v in body.items() if v}

    response = post(client, f"{CARTS}{shop.cart().public_id}/checkout/", wanted)

    assert (response.status_code, response.json()["code"]) == (422, code)


@pytest.mark.parametrize("lines", [1, 3])
def test_a_checkout_over_the_api_takes_the_same_queries_for_three_lines_as_for_one(
    lines, shop, client, django_assert_num_queries
):
    goods = [variant(price=1000) for _ in range(lines)]
    for made in goods:
        stock(made, shop.store, on_hand=5)
    wanted = [{"sku": made.sku, "quantity": 1} for made in goods]
    cart = post(client, CARTS, {"lines": wanted}).json()["id"]

    # the door's savepoint, cart, store; twelve of checkout, two for a new guest; three to show the order
    with django_assert_num_queries(22):
        check_out(client, cart, 1000 * lines, **EVA)
