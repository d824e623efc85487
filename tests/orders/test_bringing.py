"""Being brought home, by the pages: what is shown is what is charged and promised, on the web, the desk and a till."""

import re
from datetime import timedelta

import pytest

from commerce import clock
from commerce.timeline.actors import SYSTEM
from inventory import incoming, ledger
from inventory.models import Stock
from orders.delivery.models import Method, Rate, Slot, Zone
from orders.models import Order
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db
EVA = {"name": "Eva Sanz", "email": "eva@example.com", "street": "Calle Mayor, 1", "city": "Madrid"}
PART = {"HX-Request": "true"}


@pytest.fixture
def madrid(shop: Shop) -> Zone:
    """Madrid is served by a cheap method and by one with windows."""
    zone = Zone.objects.create(code="madrid", name="Madrid", prefixes=["28"])
    for code, fee, days, has_slots in (("correos", 490, 2, False), ("propio", 990, 1, True)):
        method = Method.objects.create(code=code, name=code.title(), carrier=code, days=days, has_slots=has_slots)
        Rate.objects.create(method=method, zone=zone, fee=fee)
    return zone


@pytest.fixture
def window(madrid) -> Slot:
    starts_at = (clock.now() + timedelta(days=4)).replace(microsecond=0)
    return Slot.objects.create(
        method=Method.objects.get(code="propio"),
        zone=madrid,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=4),
        cutoff_at=starts_at - timedelta(hours=2),
        capacity=1,
    )


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(version|expected_\w+)" value="(\d+)">', page))


def order_by_page(client, path: str, *, postal_code: str = "28013", part: dict | None = None, **said: str):
    """Open the page, let it ask for the ways to a postal code, and send what it then holds."""
    page = client.get(path).content.decode()
    ways = client.get(path, {"postal_code": postal_code} | (part or {}), headers=PART).content.decode()
    form = hidden(page) | hidden(ways) | EVA | {"way": "home", "postal_code": postal_code, "tender": "cash"} | said
    return ways, client.post(path, form)


def test_before_the_postal_code_nobody_is_told_a_price_that_is_not_charged(shop, madrid, client, settings):
    client.post("/cart/add/", {"sku": "TAZA", "quantity": 1})

    page = client.get("/checkout/").content.decode()

    assert "el código postal" in page
    assert 'name="method"' not in page


def test_on_the_web_the_ways_of_the_postal_code_are_shown_and_charged(shop, madrid, client, settings):
    settings.SHOPPERS_MAY_DECLARE_PAID = True
    client.post("/cart/add/", {"sku": "TAZA", "quantity": 1})

    ways, answer = order_by_page(client, "/checkout/", tender="manual", method="correos")

    assert re.findall(r'name="method" value="(\w+)"', ways) == ["correos", "propio"]
    assert hidden(ways) == {"expected_delivery": "1740"}
    assert answer.status_code == 302
    order = Order.objects.get()
    assert (order.total, order.quote["delivery"]["method"]) == (1740, "correos")


def test_another_method_is_shown_with_its_total_and_its_windows(shop, madrid, window, client, settings):
    settings.SHOPPERS_MAY_DECLARE_PAID = True
    client.post("/cart/add/", {"sku": "TAZA", "quantity": 1})

    ways, answer = order_by_page(
        client, "/checkout/", part={"method": "propio"}, tender="manual", method="propio", slot=window.public_id
    )

    assert hidden(ways) == {"expected_delivery": "2240"}
    assert window.public_id in ways
    assert answer.status_code == 302
    order = Order.objects.get()
    assert (order.total, order.fulfillments.get().promised_for) == (2240, window.ends_at)


def test_a_window_of_another_method_is_refused(shop, madrid, window, client, settings):
    settings.SHOPPERS_MAY_DECLARE_PAID = True
    client.post("/cart/add/", {"sku": "TAZA", "quantity": 1})

    _, answer = order_by_page(client, "/checkout/", tender="manual", method="correos", slot=window.public_id)

    assert answer.status_code == 422
    assert not Order.objects.exists()


def test_without_a_script_the_page_shows_the_new_total_and_takes_it_the_next_time(shop, madrid, client, settings):
    settings.SHOPPERS_MAY_DECLARE_PAID = True
    client.post("/cart/add/", {"sku": "TAZA", "quantity": 1})
    page = client.get("/checkout/").content.decode()
    said = EVA | {"way": "home", "postal_code": "28013", "tender": "manual"}

    refused = client.post("/checkout/", hidden(page) | said)
    taken = client.post("/checkout/", hidden(refused.content.decode()) | said)

    assert (refused.status_code, taken.status_code) == (422, 302)
    assert Order.objects.get().total == 1740


def test_where_we_do_not_deliver_the_page_says_so(shop, madrid, client):
    client.post("/cart/add/", {"sku": "TAZA", "quantity": 1})

    ways = client.get("/checkout/", {"postal_code": "08001"}, headers=PART).content.decode()

    assert 'class="errorlist"' in ways
    assert 'name="method"' not in ways


def test_the_desk_shows_and_charges_the_same(shop, madrid, agent):
    agent.post("/desk/cart/add/", {"sku": "TAZA", "quantity": 1})

    ways, answer = order_by_page(agent, "/desk/cart/checkout/", tender="manual")

    assert hidden(ways) == {"expected_delivery": "1740"}
    assert (answer.status_code, Order.objects.get().total) == (302, 1740)


class TestSendItHome:
    """Sold out on the shelf, paid at the till, brought from the warehouse."""

    def test_what_was_scanned_is_paid_here_and_brought_home(self, shop, madrid, clerk):
        ledger.sell({shop.mug.pk: 5}, location_id=shop.store.pk, by=SYSTEM, at=clock.now())
        clerk.post("/store/centro/sell/", {"q": "TAZA"})
        assert "/store/centro/sell/home/" in clerk.get("/store/centro/sell/").content.decode()

        opened = clerk.post("/store/centro/sell/home/")
        _, answer = order_by_page(clerk, opened["Location"], method="correos")

        assert answer.status_code == 302
        order = Order.objects.get()
        part = order.fulfillments.get()
        assert (order.sales_channel.kind, order.payment_status, order.total) == ("store", "captured", 1740)
        assert (part.kind, part.location, part.address.postal_code) == ("shipment", shop.warehouse, "28013")
        assert clerk.get("/store/centro/sell/").context["quote"] is None

    def test_what_is_nowhere_is_sold_with_a_place_in_line_if_she_waits(self, shop, madrid, clerk):
        now = clock.now()
        for place in (shop.store, shop.warehouse):
            ledger.sell({shop.mug.pk: 5}, location_id=place.pk, by=SYSTEM, at=now)
        Stock.objects.filter(location=shop.warehouse).update(backorder_cap=3)
        incoming.expect(
            {shop.mug.pk: 2},
            location_id=shop.warehouse.pk,
            reference="PO-1",
            expected_at=now + timedelta(days=3),
            at=now,
        )
        clerk.post("/store/centro/sell/", {"q": "TAZA"})
        path = clerk.post("/store/centro/sell/home/")["Location"]

        ways, refused = order_by_page(clerk, path)
        _, taken = order_by_page(clerk, path, may_wait="on", call_me="on", phone="+34600000001")

        assert "número 1" in ways
        assert (refused.status_code, taken.status_code) == (422, 302)
        order = Order.objects.get(status="placed")
        assert (order.call_me, order.fulfillments.get().status) == (True, "backordered")

    def test_an_empty_basket_goes_nowhere(self, shop, clerk):
        assert clerk.post("/store/centro/sell/home/")["Location"] == "/store/centro/sell/"
