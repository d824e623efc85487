"""When it would be at her door, on the product page: as checkout promises and charges it."""

import pytest

from commerce import clock
from commerce.timeline.actors import SYSTEM
from inventory import ledger
from orders.delivery.models import Method, Rate, Zone
from orders.models import Order
from tests.inventory.test_pages import words
from tests.orders.calling import EVA, HOME, check_out
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


@pytest.fixture
def madrid(shop: Shop):
    method = Method.objects.create(code="correos", name="Correos", carrier="correos", days=2)
    Rate.objects.create(method=method, zone=Zone.objects.create(code="madrid", name="Madrid", prefixes=["28"]), fee=490)


def ask(client, shop: Shop, place: str, **headers: str) -> str:
    path = f"/p/{shop.mug.product.handle}/delivery/"
    return words(client.get(path, {"v": "TAZA", "place": place}, headers=headers or PART))


def test_the_day_and_the_price_are_those_of_the_checkout(shop, madrid, client, settings):
    settings.SHOPPERS_MAY_DECLARE_PAID = True
    assert f"/p/{shop.mug.product.handle}/delivery/" in client.get(f"/p/{shop.mug.product.handle}/").content.decode()

    told = ask(client, shop, "28013")

    check_out(client, shop.cart().public_id, 1250 + 490, address=HOME, **EVA)
    promised = Order.objects.get().fulfillments.get().promised_for
    assert "4,90" in told
    assert f" {promised.day} " in told


def test_without_rates_the_channel_s_days_count(shop, client):
    assert "En tu puerta" in ask(client, shop, "28013")


def test_where_we_do_not_deliver_or_have_nothing_it_says_so(shop, madrid, client):
    assert "En tu puerta" not in ask(client, shop, "08001")
    for place in (shop.store, shop.warehouse):
        ledger.sell({shop.mug.pk: 5}, location_id=place.pk, by=SYSTEM, at=clock.now())

    assert "En tu puerta" not in ask(client, shop, "28013")


def test_a_town_is_no_postal_code_and_without_a_script_it_is_a_page(shop, madrid, client):
    assert "código postal" in ask(client, shop, "Madrid")
    assert "<h1>" in client.get(f"/p/{shop.mug.product.handle}/delivery/", {"v": "TAZA"}).content.decode()
