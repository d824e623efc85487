"""Without a receipt: by who she is, her purchase is found; what nobody can show was paid becomes credit."""

import pytest

from commerce import clock
from orders.credits.models import Credit
from orders.models import Refund
from orders.returns.models import Return
from tests.factories import MONDAY, location, promotion
from tests.orders.calling import post
from tests.orders.returns.bringing_back import bought, shelf


@pytest.fixture(autouse=True)
def monday():
    clock.move(MONDAY - clock.now())


def brought(client, lucia, quantity: int = 1, **fields):
    body = {"person": lucia.public_id, "sku": "TAZA", "quantity": quantity, "reason": "unwanted", "location": "centro"}
    return post(client, "/api/v1/returns/", body | {"outcome": "refund"} | fields)


def taken(clerk, returned: str) -> dict:
    here = f"/api/v1/returns/{returned}"
    post(clerk, f"{here}/receive/", {"location": "centro"})
    units = Return.objects.get(public_id=returned).lines.get().quantity
    post(clerk, f"{here}/inspect/", {"found": [{"line": 1, "quantity": units, "condition": "sellable"}]})
    return post(clerk, f"{here}/settle/").json()


def test_her_purchase_is_found_and_paid_back_as_it_was_paid(shop, lucia, clerk):
    order = bought(shop, "web", person=lucia)

    made = brought(clerk, lucia).json()

    assert made["order"] == order.public_id
    assert taken(clerk, made["id"])["total"] == 1250
    assert Refund.objects.get().payment.order == order


@pytest.mark.parametrize("outcome", ["refund", "credit", "exchange"])
def test_what_nobody_can_show_was_paid_is_credit_at_the_lowest_price(shop, lucia, clerk, outcome):
    promotion(value=2000)
    before = shelf(shop, shop.store)

    made = brought(clerk, lucia, 2, outcome=outcome).json()

    assert (made["order"], made["outcome"]) == (None, "credit")
    assert taken(clerk, made["id"])["total"] == 2000
    assert list(Credit.objects.values_list("person", "balance")) == [(lucia.pk, 2000)]
    assert (shelf(shop, shop.store)[0], Refund.objects.count()) == (before[0] + 2, 0)


def test_units_that_came_back_already_are_not_found_again(shop, lucia, clerk):
    bought(shop, "web", quantity=1, person=lucia)
    taken(clerk, brought(clerk, lucia).json()["id"])

    again = brought(clerk, lucia).json()

    assert (again["order"], again["outcome"]) == (None, "credit")


def test_nobody_takes_back_for_a_stranger_or_in_another_store(shop, lucia, clerk, agent):
    location("tienda-otra")

    assert brought(clerk, lucia, person="2" * 22).status_code == 404
    assert brought(clerk, lucia, location="tienda-otra").status_code == 404
    assert brought(clerk, lucia, sku="NADA").status_code == 404
    assert brought(agent, lucia).status_code in (401, 403)
    assert Return.objects.count() == 0
