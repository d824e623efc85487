"""Goods that are carried from one location to another."""

import pytest
from django.test import Client

from inventory.floor.models import Transfer
from inventory.models import Movement, Stock
from tests.audits import violations
from tests.factories import location, staff, stock, variant
from tests.orders.calling import log_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf() -> Stock:
    return stock(variant(sku="TAZA"), location("centro"), on_hand=5)


def send(client: Client, **changes: object):
    body = {
        "location": "centro",
        "destination": "norte",
        "reference": "TR-1",
        "lines": [{"sku": "TAZA", "quantity": 2}],
    }
    return client.post("/api/v1/stock/transfers/", body | changes, content_type="application/json")


def test_goods_are_carried_to_another_store_once_however_often_it_is_told(shelf):
    location("norte")
    clerk = log_in(staff("store", shelf.location))

    answers = [send(clerk) for _ in range(2)]

    booked = [answer.json() for answer in answers]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert booked == [{"booked": units, "transfer": None, "status": "received"} for units in (2, 0)]
    levels = Stock.objects.order_by("location__code").values_list("location__code", "on_hand")
    assert list(levels) == [("centro", 3), ("norte", 2)]
    kinds = Movement.objects.exclude(kind="received").order_by("pk").values_list("kind", "quantity")
    assert list(kinds) == [("transferred_out", -2), ("transferred_in", 2)]


def test_what_is_promised_stays_where_it_is(shelf):
    location("norte")
    Stock.objects.filter(pk=shelf.pk).update(allocated=4)

    answer = send(log_in(staff("store", shelf.location)))

    assert (answer.status_code, answer.json()["code"]) == (409, "not_enough_stock")
    assert Movement.objects.filter(kind="transferred_out").count() == 0


def test_a_clerk_sends_only_what_is_in_her_own_store(shelf):
    norte = location("norte")

    assert send(log_in(staff("store", norte))).status_code == 404
    assert send(log_in(staff("store", shelf.location)), destination="nowhere").status_code == 404
    same = send(log_in(staff("store", shelf.location)), destination="centro")
    assert (same.status_code, list(same.json()["errors"])) == (400, ["destination"])


def test_goods_are_on_the_road_until_the_other_store_says_that_they_came(shelf):
    norte = location("norte")
    sent = send(log_in(staff("store", shelf.location)), expected_at="2026-11-24T10:00:00Z")
    there = log_in(staff("store", norte))

    [expected] = there.get("/api/v1/stock/expected/").json()["results"]
    body = {"location": "norte", "reference": "TR-1", "lines": [{"sku": "TAZA", "quantity": 2}]}
    came = [there.post("/api/v1/stock/arrivals/", body, content_type="application/json") for _ in range(2)]

    public_id = Transfer.objects.get().public_id
    assert (sent.status_code, sent.json()) == (201, {"booked": 1, "transfer": public_id, "status": "in_transit"})
    assert expected == {
        "sku": "TAZA",
        "location": "norte",
        "reference": "TR-1",
        "quantity": 2,
        "received": 0,
        "expected_at": "2026-11-24T10:00:00Z",
        "sent_from": "centro",
    }
    told = [(answer.status_code, answer.json()) for answer in came]
    assert told == [(201, {"booked": n, "transfer": public_id, "status": "received", "surplus": []}) for n in (1, 0)]
    assert Stock.objects.get(location=norte).on_hand == 2


def test_a_purchase_order_is_expected_and_received_with_its_delivery_note(shelf):
    clerk = log_in(staff("warehouse", shelf.location))
    order = {"location": "centro", "reference": "PO-7", "lines": [{"sku": "TAZA", "quantity": 6}]}
    expected = clerk.post("/api/v1/stock/expected/", order, content_type="application/json")

    note = {"location": "centro", "reference": "DN-1", "order": "PO-7", "lines": [{"sku": "TAZA", "quantity": 4}]}
    received = clerk.post("/api/v1/stock/receipts/", note, content_type="application/json")

    assert (expected.status_code, received.status_code) == (201, 201)
    [line] = clerk.get("/api/v1/stock/expected/", {"sku": "TAZA"}).json()["results"]
    assert (line["quantity"], line["received"], line["expected_at"]) == (6, 4, None)
    row = Stock.objects.get(pk=shelf.pk)
    assert (row.on_hand, row.incoming) == (9, 2)
    movement = Movement.objects.latest("pk")
    assert (movement.reason, movement.key) == ("DN-1", f"receipt:{row.location_id}:DN-1:{row.variant_id}")


def test_a_purchase_order_for_a_year_that_nobody_can_mean_is_refused_by_its_field(shelf):
    clerk = log_in(staff("warehouse", shelf.location))
    order = {"location": "centro", "reference": "PO-7", "lines": [{"sku": "TAZA", "quantity": 6}]}

    answer = clerk.post(
        "/api/v1/stock/expected/", order | {"expected_at": "9999-12-31T23:59:59Z"}, content_type="application/json"
    )

    assert (answer.status_code, b"expected_at" in answer.content) == (400, True)


def test_one_expects_only_at_ones_own_place(shelf):
    location("norte")
    clerk = log_in(staff("warehouse", shelf.location))
    order = {"location": "norte", "reference": "PO-7", "lines": [{"sku": "TAZA", "quantity": 6}]}

    answer = clerk.post("/api/v1/stock/expected/", order, content_type="application/json")

    assert answer.status_code == 404
    assert clerk.get("/api/v1/stock/expected/", {"location": "norte"}).json()["results"] == []


def test_a_draft_is_read_sent_received_and_closed_over_the_api(shelf):
    norte = location("norte")
    here, there = (log_in(staff("store", place)) for place in (shelf.location, norte))
    made = send(here, draft=True).json()
    door = f"/api/v1/stock/transfers/{made['transfer']}/"

    untouched = Stock.objects.get(pk=shelf.pk).on_hand
    sent = here.post(f"{door}send/", {}, content_type="application/json")
    body = {"location": "norte", "reference": "TR-1", "lines": [{"sku": "TAZA", "quantity": 1}]}
    there.post("/api/v1/stock/arrivals/", body, content_type="application/json")
    partly = there.get(door).json()
    over = there.post(f"{door}close/", {"reason": "theft"}, content_type="application/json")

    assert (made["status"], untouched, sent.json()["status"], partly["status"]) == (
        "draft",
        5,
        "in_transit",
        "partly_received",
    )
    assert partly["lines"] == [{"sku": "TAZA", "quantity": 2, "received": 1}]
    assert (over.json()["status"], over.json()["missing"], over.json()["why_missing"]) == ("received", 1, "theft")


def test_a_step_belongs_to_one_end_and_others_find_no_transfer(shelf):
    norte, sur = location("norte"), location("sur")
    here, there, third = (log_in(staff("store", place)) for place in (shelf.location, norte, sur))
    door = f"/api/v1/stock/transfers/{send(here, draft=True).json()['transfer']}/"

    def post(client: Client, step: str) -> int:
        return client.post(f"{door}{step}/", {"reason": "theft"}, content_type="application/json").status_code

    assert [post(there, "send"), post(there, "cancel"), post(third, "send"), third.get(door).status_code] == [404] * 4
    assert post(here, "close") == 404
    assert [post(there, "close"), post(here, "nonsense"), post(here, "cancel"), post(here, "send")] == [
        409,
        404,
        200,
        409,
    ]


def test_units_are_written_off_once_for_a_reason_of_the_list(shelf):
    clerk = log_in(staff("store", shelf.location))
    body = {
        "location": "centro",
        "reference": "W-1",
        "reason": "broken",
        "lines": [{"sku": "TAZA", "quantity": 2}],
    }

    def post(**changes: object):
        return clerk.post("/api/v1/stock/adjustments/", body | changes, content_type="application/json")

    answers = [post(), post(), post(reference="W-2", reason="because"), post(reference="W-3", lines=[LOST])]

    assert [answer.status_code for answer in answers] == [201, 201, 422, 409]
    assert [answer.json()["booked"] for answer in answers[:2]] == [1, 0]
    assert Stock.objects.get(pk=shelf.pk).on_hand == 3


LOST = {"sku": "TAZA", "quantity": 9}


def test_a_unit_is_marked_damaged_and_thrown_away_later_and_those_for_sale_stay(shelf):
    clerk = log_in(staff("store", shelf.location))
    body = {"location": "centro", "reason": "broken", "lines": [{"sku": "TAZA", "quantity": 2}]}

    def counters_after(reference: str, what: str) -> tuple[int, int, int]:
        body["reference"], body["what"] = reference, what
        answer = clerk.post("/api/v1/stock/adjustments/", body, content_type="application/json")
        stock = Stock.objects.get(pk=shelf.pk)
        return answer.status_code, stock.on_hand, stock.damaged

    assert counters_after("W-1", "damaged") == (201, 5, 2)
    assert counters_after("W-2", "discarded") == (201, 3, 0)
    assert counters_after("W-3", "discarded") == (409, 3, 0)
    assert violations("inventory.audit.RULES") == []


def test_an_adjustment_of_what_the_caller_saw_is_refused_with_what_is_there(shelf):
    clerk = log_in(staff("store", shelf.location))

    def post(reference: str):
        lines = [{"sku": "TAZA", "quantity": 1, "expected": 5}]
        body = {"location": "centro", "reference": reference, "reason": "broken", "lines": lines}
        return clerk.post("/api/v1/stock/adjustments/", body, content_type="application/json")

    answers = [post("W-1"), post("W-1"), post("W-2")]

    assert [answer.status_code for answer in answers] == [201, 201, 409]
    said = answers[2].json()
    assert (said["code"], said["on_hand"], said["expected"]) == ("stock_changed", 4, 5)


def no_more(client: Client, **changes: object):
    body = {"location": "norte", "reference": "TR-1"}
    return client.post("/api/v1/stock/expected/no-more/", body | changes, content_type="application/json")


def test_a_transfer_is_not_called_off_like_a_purchase_order(shelf):
    here = log_in(staff("store", shelf.location))
    send(here, destination=location("norte").code, expected_at="2026-12-01T10:00:00Z")
    norte = log_in(staff("store", location("norte"), username="norte"))

    answer = no_more(norte)

    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_expected")
    assert violations("inventory.audit.RULES") == []


def test_the_rest_of_a_purchase_order_is_not_expected_any_more(shelf):
    clerk = log_in(staff("store", shelf.location))
    order = {"location": "centro", "reference": "PO-1", "lines": [{"sku": "TAZA", "quantity": 4}]}
    clerk.post("/api/v1/stock/expected/", order, content_type="application/json")

    answers = [no_more(clerk, location="centro", reference="PO-1") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 409]
    assert (answers[0].json(), Stock.objects.get().incoming) == ({"missing": 4}, 0)
