"""Without a receipt: by who she is, her purchase is found; what nobody can show was paid becomes credit."""

from datetime import timedelta

import pytest

from commerce import clock
from orders.credits.models import Credit
from orders.models import Refund
from orders.returns.models import Return
from tests.factories import MONDAY, location, promotion, staff
from tests.orders.calling import log_in, post
from tests.orders.returns.bringing_back import announced, bought, done, shelf


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


@pytest.mark.parametrize(
    ("days", "came_back", "brings", "code"),
    [(60, False, 1, "not_returnable"), (5, True, 1, "more_than_bought"), (5, False, 2, "more_than_bought")],
    ids=["too late", "came back already", "more than bought"],
)
def test_what_she_bought_and_may_not_return_becomes_no_credit(shop, lucia, days, came_back, brings, code):
    order = bought(shop, "web", quantity=1, person=lucia)
    if came_back:
        done(announced(order), shop.store)
    clock.move(timedelta(days=days))
    clerk = log_in(staff("store", shop.store))

    refused = brought(clerk, lucia, brings)

    assert (refused.status_code, refused.json()["code"]) == (409, code)
    assert (Credit.objects.count(), Return.objects.count()) == (0, int(came_back))


def test_what_is_still_on_its_way_to_her_is_not_what_she_brings(shop, lucia, clerk):
    shop.order(1, person=lucia, delivered=True)

    made = brought(clerk, lucia).json()

    assert (made["order"], made["outcome"]) == (None, "credit")


def test_nobody_takes_back_for_a_stranger_or_in_another_store(shop, lucia, clerk, agent):
    location("tienda-otra")

    assert brought(clerk, lucia, person="2" * 22).status_code == 404
    assert brought(clerk, lucia, location="tienda-otra").status_code == 404
    assert brought(clerk, lucia, sku="NADA").status_code == 404
    assert brought(agent, lucia).status_code in (401, 403)
    assert Return.objects.count() == 0
