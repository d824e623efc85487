"""Returns over HTTP: begun in one channel, gone on with in another, and every bad question refused."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from inventory.models import Stock
from orders import private_links
from orders.models import Order
from orders.returns.models import Return
from tests.factories import MONDAY, staff, stock, variant
from tests.factories import location as place
from tests.orders.calling import log_in, post
from tests.orders.returns.bringing_back import bought

IN_TIME = MONDAY + timedelta(days=30)


@pytest.fixture(autouse=True)
def days_later():
    clock.move(MONDAY + timedelta(days=3) - clock.now())


@pytest.fixture
def order(shop) -> Order:
    return bought(shop, "web", quantity=3)


@pytest.fixture
def eva() -> Client:
    return Client()


def returns(order: Order) -> str:
    return f"/api/v1/orders/{order.public_id}/returns/"


def line(order: Order, quantity: int = 1, reason: str = "unwanted") -> dict:
    return {"line": order.lines.get().public_id, "quantity": quantity, "reason": reason}


def patch(client: Client, path: str, body: dict):
    return client.patch(path, json.dumps(body), content_type="application/json")


def test_what_is_begun_on_the_web_is_gone_on_with_by_phone_and_ended_in_a_store(order, eva, agent, clerk, shop):
    begun = post(eva, returns(order), {"lines": [line(order, 2)]}).json()
    assert (begun["status"], begun["next"], begun["code"]) == ("started", "outcome", None)
    patch(eva, f"/api/v1/returns/{begun['id']}/", {"outcome": "refund"})

    opened = agent.get(returns(order)).json()["returns"]
    assert [(one["id"], one["next"], one["outcome"]) for one in opened] == [(begun["id"], "way", "refund")]
    patch(agent, f"/api/v1/returns/{begun['id']}/", {"way": "store", "location": "centro"})
    said = post(agent, f"/api/v1/returns/{begun['id']}/request/").json()
    assert (said["status"], len(said["code"])) == ("requested", 8)

    here = f"/api/v1/returns/{begun['id']}"
    post(clerk, f"{here}/receive/", {"location": "centro"})
    found = [{"line": 1, "quantity": 1, "condition": "sellable"}, {"line": 1, "quantity": 1, "condition": "damaged"}]
    judged = post(clerk, f"{here}/inspect/", {"found": found}).json()
    assert [(one["quantity"], one["condition"], one["total"]) for one in judged["lines"]] == [
        (1, "sellable", 1250),
        (1, "damaged", 1250),
    ]
    ended = post(clerk, f"{here}/settle/").json()
    assert (ended["status"], ended["total"], ended["policy"]) == ("settled", 2500, "2026-1")
    story = agent.get(f"/api/v1/orders/{order.public_id}/timeline/").json()["entries"]
    channels = [(one["type"], one["channel"]) for one in story if one["type"].startswith("return.")]
    assert channels == [
        ("return.started", "web"),
        ("return.requested", "call_center"),
        ("return.received", "store"),
        ("return.inspected", "store"),
        ("return.settled", "store"),
    ]


def test_one_policy_is_told_by_page_receipt_and_api(order, eva, agent):
    told = agent.get("/api/v1/return-policy/").json()
    offered = eva.get(returns(order)).json()
    eva.get(f"/o/link/{private_links.create(order, at=clock.now())}/")
    page = eva.get(f"/o/{order.public_id}/return/")
    receipt = post(agent, f"/api/v1/orders/{order.public_id}/documents/", {"kind": "receipt"}).json()

    assert told == offered["policy"]
    assert told["version"] == "2026-1"
    assert offered["offers"][0]["until"] == IN_TIME.isoformat().replace("+00:00", "Z")
    assert [sentence in page.content.decode() for sentence in page.context["words"]] == [True] * len(told["words"])
    assert order.documents.get(public_id=receipt["id"]).facts["return_policy"] == "2026-1"


@pytest.mark.parametrize(
    ("lines", "status", "code"),
    [
        ([], 400, "invalid"),
        ([{"line": "2" * 22, "quantity": 1, "reason": "unwanted"}], 422, "never_bought"),
        ([{"quantity": 4}], 409, "more_than_bought"),
        ([{"quantity": 2}, {"quantity": 2}], 409, "more_than_bought"),
        ([{"quantity": 0}], 400, "invalid"),
        ([{"quantity": -1}], 400, "invalid"),
        ([{"quantity": "1"}], 400, "invalid"),
        ([{"quantity": 1, "reason": "because"}], 400, "invalid"),
        ([{"quantity": 1, "total": 99999}], 400, "invalid"),
        ([{"quantity": 1, "wants": "NO-SUCH-SKU"}], 404, "not_found"),
    ],
)
def test_what_cannot_come_back_is_refused_by_name(order, eva, lines, status, code):
    body = {"lines": [line(order) | one for one in lines], "way": "post", "outcome": "refund"}

    answer = post(eva, returns(order), body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (Return.objects.count(), order.lines.get().returned) == (0, 0)


def test_the_same_units_come_back_once(order, eva):
    body = {"lines": [line(order, 3)], "way": "post", "outcome": "refund"}
    assert post(eva, returns(order), body).status_code == 201

    again = post(eva, returns(order), body)

    assert (again.status_code, again.json()["code"]) == (409, "more_than_bought")


def test_the_window_closes_thirty_days_after_delivery(order, eva):
    body = {"lines": [line(order)], "way": "post", "outcome": "refund"}
    clock.move(IN_TIME - timedelta(minutes=5) - clock.now())
    assert post(eva, returns(order), body).status_code == 201
    clock.move(timedelta(minutes=5))

    late = post(eva, returns(order), body)

    assert (late.status_code, late.json()["code"], late.json()["why"]) == (409, "not_returnable", "window_over")


def test_nothing_comes_back_that_has_not_arrived(shop, eva):
    order = shop.order(delivered=True)

    early = post(eva, returns(order), {"lines": [line(order)], "way": "post", "outcome": "refund"})

    assert (early.json()["code"], early.json()["why"]) == ("not_returnable", "not_arrived")


def test_another_person_finds_neither_the_purchase_nor_the_return(shop, lucia, django_user_model):
    order = bought(shop, "web", person=lucia)
    hers = log_in(lucia.user)
    made = post(hers, returns(order), {"lines": [line(order)], "way": "post", "outcome": "refund"}).json()
    others = [Client(), log_in(django_user_model.objects.create_user("bea"))]

    answers = [
        client.get(path).status_code
        for client in others
        for path in (returns(order), f"/api/v1/returns/{made['id']}/", f"/api/v1/returns/{made['id']}/label/")
    ]

    assert answers == [404] * 6
    assert hers.get(f"/api/v1/returns/{made['id']}/label/")["Content-Type"] == "application/pdf"


def test_a_return_that_lies_in_one_store_is_not_seen_from_another(order, eva, clerk):
    made = post(eva, returns(order), {"lines": [line(order)], "way": "store", "outcome": "refund"}).json()
    here = f"/api/v1/returns/{made['id']}"
    other = log_in(staff("store", place("tienda-otra")))
    assert other.get(f"{here}/").status_code == 200  # she may bring it to any store

    post(clerk, f"{here}/receive/", {"location": "centro"})

    assert other.get(f"{here}/").status_code == 404
    assert post(other, f"{here}/settle/").status_code == 404
    assert post(clerk, f"{here}/receive/", {"location": "tienda-otra"}).status_code == 404


def test_a_shopper_takes_no_step_of_the_staff(order, eva):
    made = post(eva, returns(order), {"lines": [line(order)], "way": "store", "outcome": "refund"}).json()

    answers = {post(eva, f"/api/v1/returns/{made['id']}/{step}/").status_code for step in ("receive", "settle", "undo")}

    assert answers <= {401, 403}


def test_steps_come_in_their_order(order, eva, clerk):
    made = post(eva, returns(order), {"lines": [line(order)], "way": "store", "outcome": "refund"}).json()
    here = f"/api/v1/returns/{made['id']}"
    found = {"found": [{"line": 1, "quantity": 1, "condition": "sellable"}]}

    assert post(clerk, f"{here}/inspect/", found).json()["code"] == "illegal_move"
    assert post(clerk, f"{here}/settle/").json()["code"] == "illegal_move"
    post(clerk, f"{here}/receive/", {"location": "centro"})
    assert post(clerk, f"{here}/receive/", {"location": "centro"}).json()["code"] == "illegal_move"
    few = {"found": [{"line": 1, "quantity": 2, "condition": "sellable"}]}
    assert post(clerk, f"{here}/inspect/", few).json()["code"] == "found_differs"


def test_another_thing_is_had_for_it_and_the_difference_paid(order, eva, clerk, shop):
    pot = variant(sku="CAZO", price=2000)
    stock(pot, shop.store, on_hand=1)
    wants = line(order) | {"wants": "CAZO"}
    body = {"lines": [wants], "way": "store", "outcome": "exchange", "location": "centro"}
    made = post(eva, returns(order), body).json()
    here = f"/api/v1/returns/{made['id']}"
    assert Stock.objects.get(variant=pot).held == 1

    post(clerk, f"{here}/receive/", {"location": "centro"})
    post(clerk, f"{here}/inspect/", {"found": [{"line": 1, "quantity": 1, "condition": "sellable"}]})
    assert post(clerk, f"{here}/settle/").json()["code"] == "tender_missing"
    ended = post(clerk, f"{here}/settle/", {"tender": "cash"}).json()

    instead = Order.objects.get(public_id=ended["replacement"])
    assert (instead.status, instead.total) == ("placed", 2000)
    assert list(instead.payments.order_by("pk").values_list("tender", "amount")) == [("exchange", 1250), ("cash", 750)]
