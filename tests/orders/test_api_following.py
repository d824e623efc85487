"""The API of what follows a purchase: its timeline, the staff who keep the promise, canceling, looking it up."""

from datetime import timedelta

import pytest
from django.test import Client

from commerce.customers.models import Reading
from commerce.timeline.models import Entry
from orders.models import Fulfillment, Order
from tests.factories import MONDAY, location, person, staff
from tests.orders.calling import log_in, post
from tests.orders.shop import fresh

pytestmark = pytest.mark.django_db


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
        with django_assert_num_queries(7):
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

    @pytest.mark.parametrize(
        "said", [{}, {"email": "ada@example.com"}, {"email": "?"}, {"code": "222222"}, {"code": "-"}]
    )
    def test_the_link_of_a_guests_order_alone_takes_nothing_back(self, shop, client, said):
        order = shop.order()

        refused = post(client, f"/api/v1/orders/{order.public_id}/cancel/", said)

        assert (refused.status_code, refused.json()["code"]) == (403, "second_fact_missing")
        order.refresh_from_db()
        assert order.status == "placed"

    def test_a_guest_cancels_her_order_with_the_email_she_gave(self, shop, client):
        order = shop.order()

        canceled = post(client, f"/api/v1/orders/{order.public_id}/cancel/", {"email": " EVA@example.com"}).json()

        assert (canceled["status"], canceled["payment_status"]) == ("canceled", "refunded")

    def test_somebody_elses_order_is_not_there(self, shop, client, lucia):
        order = shop.order(person=lucia)

        assert post(client, f"/api/v1/orders/{order.public_id}/cancel/").status_code == 404


class TestLookup:
    """What may be told to somebody who calls, in two levels."""

    def ask(self, client: Client, **said) -> object:
        response = post(client, "/api/v1/lookup/", said)
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
