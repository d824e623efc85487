"""A machine that leaves the last slash off comes through the same door, with what it carries."""

import pytest
from django.test import Client

from inventory.models import Stock
from tests.orders.journal.sending import line, till
from tests.orders.shop import Shop, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop()


def test_a_till_tells_its_sales_with_and_without_a_slash(shop: Shop) -> None:
    caja = till(shop.store)
    sale = caja.sale(line(shop.mug))

    answers = [caja.send(sale, path=f"/api/v1/tills/sales{slash}") for slash in ("", "/")]

    assert [answer.json()["facts"][0]["result"] for answer in answers] == ["new", "known"]
    assert Stock.objects.get(location=shop.store).on_hand == 4


@pytest.mark.parametrize("path", ["stock/changes?since=0", "stock/explain?sku=TAZA&location=centro"])
def test_an_erp_asks_with_and_without_a_slash(shop: Shop, path: str) -> None:
    key = till(shop.store).key
    name, query = path.split("?")

    answers = [
        Client().get(f"/api/v1/{name}{slash}?{query}", headers={"Authorization": f"Bearer {key}"})
        for slash in ("", "/")
    ]

    assert answers[0].status_code == answers[1].status_code
    assert answers[0].status_code in (200, 400)
    assert answers[0].json().keys() == answers[1].json().keys()


def test_a_hook_is_heard_without_a_slash_and_what_is_no_door_stays_none(client: Client) -> None:
    hooks = [client.post(f"/hooks/stripe{slash}", b"{}", content_type="application/json") for slash in ("", "/")]

    assert [answer.status_code for answer in hooks] == [400, 400]
    assert client.post("/api/v1/no-such-door", b"{}", content_type="application/json").status_code == 404
