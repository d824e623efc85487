"""The API of orders: checkout, seeing an order, its timeline, what stores do, who may reach what."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from commerce.channels.models import SalesChannel
from commerce.customers.models import PostalAddress, Reading
from commerce.timeline.models import Entry
from inventory.models import Stock
from orders.models import Fulfillment, Order, Payment
from tests.factories import MONDAY, location, person, staff, stock, variant
from tests.orders.shop import Shop, fresh, open_shop

pytestmark = pytest.mark.django_db

CARTS = "/api/v1/carts/"
EVA = {"email": "eva@example.com", "name": "Eva Sanz"}
HOME = {"recipient": "Eva Sanz", "street": "Calle Mayor, 1", "postal_code": "28013", "city": "Madrid"}


@pytest.fixture
def shop() -> Shop:
    return open_shop()


def log_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def lucia(django_user_model):
    return person("Lucía", email="lucia@example.com", user=django_user_model.objects.create_user("lucia"))


@pytest.fixture
def clerk(shop):
    return log_in(staff("store", shop.store))


@pytest.fixture
def agent():
    return log_in(staff("agent"))


def post(client: Client, path: str, body: object = None, **headers):
    return client.post(path, json.dumps({} if body is None else body), content_type="application/json", headers=headers)


def check_out(
    client: Client, cart: str, total: int, *, answered: int = 201, headers: dict | None = None, **body
) -> dict:
    if not {"pickup_location", "address", "address_id"} & body.keys():
        body["pickup_location"] = "centro"
    wanted = {"expected_total": total, "tender": "manual"} | body
    response = post(client, f"{CARTS}{cart}/checkout/", wanted, **(headers or {}))
    assert response.status_code == answered, response.content
    return response.json()


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
        "placed_at": bought["placed_at"],
        "currency": "EUR",
        "goods_total": 2500,
        "discount_total": 0,
        "delivery_total": 0,
        "tax_total": 434,
        "total": 2500,
        "lines": [
            {
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
                "location": {"code": "centro", "name": "centro"},
                "promised_for": bought["fulfillments"][0]["promised_for"],
                "expected_at": None,
                "carrier": "",
                "tracking_number": "",
                "lines": [{"sku": "TAZA", "title": shop.mug.product.title, "quantity": 2}],
                "pickup_code": "",
            }
        ],
    }


def test_the_same_key_buys_once(shop, client):
    cart = shop.cart()

    first = check_out(client, cart.public_id, 1250, headers={"Idempotency-Key": "k"}, **EVA)
    again = check_out(client, cart.public_id, 1250, headers={"Idempotency-Key": "k"}, **EVA)
    other = check_out(
        client, cart.public_id, 1250, headers={"Idempotency-Key": "k"}, answered=422, email="otra@example.com"
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


def test_an_agent_goes_on_with_a_persons_cart_by_phone(shop, agent, lucia):
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

    # the door's savepoint, cart, store; twelve of checkout, three for a new guest; three to show the order
    with django_assert_num_queries(22):
        check_out(client, cart, 1000 * lines, **EVA)


class TestTimeline:
    """The story of an order, as its owner and staff read it."""

    def test_every_entry_stands_on_it_with_both_clocks(self, shop, client):
        order = shop.order()

        told = client.get(f"/api/v1/orders/{order.public_id}/timeline/").json()

        assert told["journey"] == order.journey.public_id
        assert [(entry["number"], entry["type"]) for entry in told["entries"]] == [
            (1, "cart.opened"),
            (2, "cart.edited"),
            (3, "checkout.started"),
            (4, "payment.captured"),
            (5, "order.placed"),
            (6, "fulfillment.promised"),
        ]
        assert told["entries"][4] == {
            "number": 5,
            "type": "order.placed",
            "occurred_at": "2026-11-23T10:00:00Z",
            "recorded_at": "2026-11-23T10:00:00Z",
            "channel": "web",
            "actor": "visitor",
            "cause": None,
        }

    def test_it_takes_the_same_queries_however_long_it_is(self, shop, client, django_assert_num_queries):
        order = shop.order()

        with django_assert_num_queries(3):
            client.get(f"/api/v1/orders/{order.public_id}/timeline/")


class TestStaff:
    """Whoever works at a store reaches what is served there, and nothing else."""

    def test_a_clerk_sees_an_order_of_her_store_and_that_is_written_down(self, shop, clerk):
        order = shop.order()

        seen = clerk.get(f"/api/v1/orders/{order.public_id}/").json()

        assert (seen["contact"]["name"], "pickup_code" in seen["fulfillments"][0]) == ("Eva Sanz Gómez", False)
        assert Reading.objects.values_list("person", "what").get() == (order.person_id, "order")

    @pytest.mark.parametrize("path", ["", "timeline/"])
    def test_an_order_of_another_store_is_not_there(self, path, shop):
        order = shop.order()
        stranger = log_in(staff("store", location("otra")))

        assert stranger.get(f"/api/v1/orders/{order.public_id}/{path}").status_code == 404

    @pytest.mark.parametrize("step", ["pick", "ready", "collect", "hand-over"])
    def test_a_fulfillment_of_another_store_is_not_there(self, step, shop):
        pickup = shop.pickup()
        stranger = log_in(staff("store", location("otra")))
        body = {"carrier": "Veloz", "tracking_number": "MX1"} if step == "hand-over" else {}

        assert post(stranger, f"/api/v1/fulfillments/{pickup.public_id}/{step}/", body).status_code == 404

    def test_the_list_holds_ones_own_locations_by_place_and_status(self, shop, clerk, django_assert_num_queries):
        first, second = shop.order(), shop.order(at=MONDAY + timedelta(hours=1))
        shop.order(delivered=True)
        every = log_in(staff("back_office"))

        def numbers(client, **query):
            return [row["order"] for row in client.get("/api/v1/fulfillments/", query).json()["results"]]

        assert numbers(clerk) == [first.number, second.number]
        assert numbers(clerk, location="almacen") == []
        assert numbers(clerk, status="ready") == []
        assert len(numbers(every)) == 3
        assert len(numbers(every, location="almacen", status="allocated")) == 1
        with django_assert_num_queries(6):
            numbers(clerk)

    @pytest.mark.parametrize("query", [{"status": "lost"}, {"page": "1"}, {"location": "x" * 31}])
    def test_a_filter_that_is_unknown_is_named(self, query, clerk):
        response = clerk.get("/api/v1/fulfillments/", query)

        assert (response.status_code, list(response.json()["errors"])) == (400, list(query))

    def test_from_picking_to_the_counter(self, shop, client, clerk):
        pickup = shop.pickup(2)
        door = f"/api/v1/fulfillments/{pickup.public_id}"

        assert post(clerk, f"{door}/pick/").json()["status"] == "picking"
        assert post(clerk, f"{door}/ready/").json()["status"] == "ready"
        shown = client.get(f"/api/v1/orders/{pickup.order.public_id}/").json()
        code = shown["fulfillments"][0]["pickup_code"]
        wrong = post(clerk, f"{door}/collect/", {"code": "222222"})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_proof")
        assert post(clerk, f"{door}/collect/", {"code": code}).json()["status"] == "collected"
        again = post(clerk, f"{door}/collect/", {"code": code})
        assert (again.status_code, again.json()["code"]) == (409, "illegal_move")
        assert client.get(f"/api/v1/orders/{pickup.order.public_id}/").json()["status"] == "completed"

    def test_a_parcel_leaves(self, shop):
        parcel = shop.parcel()
        warehouse = log_in(staff("warehouse", shop.warehouse))

        handed = post(
            warehouse,
            f"/api/v1/fulfillments/{parcel.public_id}/hand-over/",
            {"carrier": "Veloz", "tracking_number": "MX1"},
        )

        assert (handed.status_code, handed.json()["status"], handed.json()["tracking_number"]) == (
            200,
            "handed_to_carrier",
            "MX1",
        )

    @pytest.mark.parametrize("body", [{}, {"carrier": "V"}, {"carrier": "", "tracking_number": "1"}, {"carrier": 1}])
    def test_a_parcel_needs_a_carrier_and_a_number(self, body, shop):
        parcel = shop.parcel()
        warehouse = log_in(staff("warehouse", shop.warehouse))

        response = post(warehouse, f"/api/v1/fulfillments/{parcel.public_id}/hand-over/", body)

        assert (response.status_code, response.json()["code"]) == (400, "invalid")


class TestCanceling:
    """Who may take an order back."""

    def test_a_guest_cancels_her_order_by_its_id(self, shop, client):
        order = shop.order()

        canceled = post(client, f"/api/v1/orders/{order.public_id}/cancel/").json()

        assert (canceled["status"], canceled["payment_status"]) == ("canceled", "refunded")

    def test_somebody_elses_order_is_not_there(self, shop, client, lucia):
        order = shop.order(person=lucia)

        assert post(client, f"/api/v1/orders/{order.public_id}/cancel/").status_code == 404


class TestLookup:
    """What may be told to somebody who calls, in two levels."""

    def ask(self, client: Client, **said) -> object:
        response = client.get("/api/v1/lookup/", said)
        return response.json()["orders"] if response.status_code == 200 else response.json()["code"]

    def test_an_address_alone_opens_the_ready_time_and_nothing_else(self, shop, clerk):
        order = shop.order()

        assert self.ask(clerk, email=" Eva@Example.com ") == [
            {"status": "placed", "fulfillment_status": "allocated", "ready_at": "2026-11-23T11:00:00Z"}
        ]

        asked = Entry.objects.get(type="order.asked_about")
        assert (asked.data, asked.channel, asked.actor.split(":")[0]) == (
            {"order": order.public_id, "told": "ready_time"},
            "store",
            "staff",
        )
        assert Reading.objects.values_list("person", "what").get() == (order.person_id, "ready_time")

    def test_the_number_opens_the_order(self, shop, clerk):
        order = shop.order()

        [told] = self.ask(clerk, email="eva@example.com", number=order.number)

        assert (told["number"], told["contact"]["email"]) == (order.number, "eva@example.com")
        assert Entry.objects.get(type="order.asked_about").data["told"] == "order"

    def test_so_does_the_pickup_code(self, shop, clerk):
        pickup = shop.pickup()
        post(clerk, f"/api/v1/fulfillments/{pickup.public_id}/ready/")

        [told] = self.ask(clerk, email="eva@example.com", code=fresh(pickup.order).pickup_code.lower())

        assert told["id"] == pickup.order.public_id

    @pytest.mark.parametrize("proof", [{"number": "1"}, {"code": "222222"}, {"code": " "}, {"code": "-"}])
    def test_a_wrong_number_or_code_opens_nothing(self, proof, shop, clerk):
        shop.order()

        assert self.ask(clerk, email="eva@example.com", **proof) in ("second_proof_wrong", "invalid")
        assert not Reading.objects.exists()

    def test_the_number_of_another_persons_order_opens_nothing(self, shop, clerk, lucia):
        shop.order()
        other = shop.order(person=lucia)

        assert self.ask(clerk, email="eva@example.com", number=other.number) == "second_proof_wrong"

    def test_an_account_is_found_by_its_address_and_by_its_phone(self, shop, clerk, django_user_model):
        user = django_user_model.objects.create_user("n")
        shop.order(person=person("Nuria", email="nuria@example.com", phone="+34600100200", user=user))

        assert len(self.ask(clerk, email="nuria@example.com")) == 1
        assert len(self.ask(clerk, phone="600 100 200")) == 1

    def test_what_is_over_is_not_told(self, shop, clerk):
        shop.order(at=MONDAY)
        Fulfillment.objects.update(status="collected")
        Order.objects.update(status="completed")

        assert self.ask(clerk, email="eva@example.com") == []

    def test_a_clerk_hears_of_her_own_store_an_agent_of_all(self, shop, agent):
        shop.order()
        stranger = log_in(staff("store", location("otra")))

        assert self.ask(stranger, email="eva@example.com") == []
        assert len(self.ask(agent, email="eva@example.com")) == 1

    @pytest.mark.parametrize(
        "said",
        [
            {},
            {"email": "eva@example.com", "phone": "600100200"},
            {"email": "eva@example.com", "number": "1", "code": "2"},
            {"name": "Eva"},
            {"email": ""},
        ],
    )
    def test_a_question_without_sense_is_refused(self, said, clerk):
        assert self.ask(clerk, **said) == "invalid"

    def test_an_address_that_is_none_is_refused(self, clerk):
        assert self.ask(clerk, email="eva") == "not_an_address"
