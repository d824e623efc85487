"""What a store takes from its shelves, says it cannot find, sends away, and hands over in part: page and API."""

import pytest
from django.test import Client

from orders import pickups
from orders.models import Fulfillment
from orders.picking import PAGE, picking_list
from tests.audits import violations
from tests.factories import MONDAY, location, staff, stock
from tests.orders.shop import fresh
from tests.orders.test_rerouting import STAMP

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(shop) -> Client:
    client = Client()
    client.force_login(staff("store", shop.store))
    return client


def post(client: Client, part: Fulfillment, what: str, **body):
    return client.post(f"/api/v1/fulfillments/{part.public_id}/{what}/", body, content_type="application/json")


def test_each_article_stands_once_on_the_list_with_its_orders(shop, clerk):
    first, second = shop.order(2), shop.order(1)

    answer = clerk.get("/api/v1/picking/", {"location": "centro"}).json()

    [article] = answer["articles"]
    assert (article["sku"], article["units"], answer["fulfillments"], answer["next"]) == ("TAZA", 3, 2, None)
    assert [(part["order"], part["quantity"]) for part in article["parts"]] == [(first.number, 2), (second.number, 1)]
    page = clerk.get("/store/centro/picking/").content.decode()
    assert (shop.mug.product.title in page, str(first.number) in page) == (True, True)


@pytest.mark.parametrize("orders", [1, 3])
def test_the_list_costs_the_same_queries_however_long_it_is(shop, orders, django_assert_num_queries):
    for _ in range(orders):
        shop.order(1)

    with django_assert_num_queries(3):
        picking_list(shop.store)


def test_a_long_list_has_pages(shop):
    pickup = shop.pickup(1)
    line = pickup.lines.get()
    for _ in range(PAGE):
        part = Fulfillment.objects.create(
            order=pickup.order, kind="pickup", location=shop.store, promised_for=MONDAY, created_at=MONDAY
        )
        part.lines.create(order_line=line.order_line, quantity=1)

    pages = [picking_list(shop.store, page=number) for number in (1, 2)]

    assert [(page.parts, page.after) for page in pages] == [(PAGE, 2), (1, None)]


def test_a_clerk_says_that_it_is_not_there_and_sees_why_it_was_hers(shop, clerk):
    pickup = shop.pickup(2)
    assert "se recoge allí" in clerk.get("/store/centro/pickups/").content.decode()

    answer = post(clerk, pickup, "cannot-find", lines=[{"sku": "TAZA", "quantity": 1}])

    assert (answer.status_code, answer.json()) == (200, {"results": []})
    assert violations("orders.audit.RULES", "inventory.audit.RULES") == []
    assert clerk.post(f"/store/centro/pickups/{pickup.public_id}/cannot-find/").status_code == 302
    assert post(clerk, pickup, "cannot-find").status_code == 409


def test_what_another_place_has_is_sent_and_made_ready_by_two_clerks(shop, clerk):
    norte = location("norte", transfer_days=1)
    shop.web.locations.add(norte)
    stock(shop.mug, norte, on_hand=0)
    shop.store = norte
    part = fresh(shop.order(2))
    assert part.comes_from.code == "centro" or part.comes_from.code == "almacen"
    sender, receiver = Client(), Client()
    sender.force_login(staff("store", part.comes_from))
    receiver.force_login(staff("store", norte))

    early = post(receiver, part, "ready")
    waiting = receiver.get("/store/norte/pickups/").content.decode()
    sent = post(sender, part, "send")
    ready = post(receiver, part, "ready")

    assert (early.status_code, sent.status_code, ready.status_code) == (409, 200, 200)
    assert "De camino aquí" in waiting
    assert Fulfillment.objects.get(pk=part.pk).status == "ready"
    assert violations("orders.audit.RULES", "inventory.audit.RULES") == []


def test_a_part_is_collected_over_the_api(shop, clerk):
    pickup = pickups.mark_ready(shop.pickup(3), **STAMP)

    answer = post(clerk, pickup, "collect", code=pickup.pickup_code, lines=[{"sku": "TAZA", "quantity": 2}])

    assert (answer.status_code, answer.json()["status"]) == (200, "collected")
    assert sorted(f.status for f in pickup.order.fulfillments.all()) == ["collected", "ready"]
