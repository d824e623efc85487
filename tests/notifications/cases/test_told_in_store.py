"""What she tells a clerk in a store is a case, as what she tells anybody else; of another store's order it is none."""

import pytest

from commerce import clock
from orders.cases.models import Case
from tests import factories
from tests.factories import MONDAY
from tests.orders.calling import log_in
from tests.orders.shop import Shop, open_shop

pytestmark = pytest.mark.django_db
TOLD = {"kind": "damaged", "request": "La trae en la mano: el asa está rota"}


@pytest.fixture
def shop() -> Shop:
    clock.move(MONDAY - clock.now())
    return open_shop()


def test_a_clerk_opens_a_case_from_the_page_of_an_order_that_the_store_serves(shop: Shop) -> None:
    order = shop.order(1, person=factories.person("Eva", email="eva@example.com"))
    clerk, form = log_in(factories.staff("store", shop.store)), f"/cases/new/{order.public_id}/"

    assert f'href="{form}"' in clerk.get(f"/o/{order.public_id}/").content.decode()
    opened = clerk.post(form, TOLD)

    case = Case.objects.get()
    assert opened["Location"] == f"/staff/cases/{case.public_id}/"
    assert (case.order, case.request, case.opened_in) == (order, TOLD["request"], "store")
    assert clerk.get(opened["Location"]).status_code == 200


def test_of_another_stores_order_and_in_a_warehouse_nobody_opens_one(shop: Shop) -> None:
    order = shop.order(1, person=factories.person("Eva", email="eva@example.com"))
    form = f"/cases/new/{order.public_id}/"

    for member in (factories.staff("store", factories.location("sur")), factories.staff("warehouse", shop.warehouse)):
        assert log_in(member).post(form, TOLD).status_code == 404

    assert not Case.objects.exists()
