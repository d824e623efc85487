"""What a shopper says of money is not believed: where it is owed, somebody who counts it must say that it is there."""

import pytest
from django.test import Client

from commerce.timeline.actors import VISITOR
from orders import buying
from orders.buying import Means
from orders.credits import ledger
from orders.drafting import Terms
from orders.models import Order, Payment
from tests.factories import MONDAY, User, person
from tests.orders.calling import HOME, check_out, log_in, post

pytestmark = pytest.mark.django_db
STAMP = {"by": VISITOR, "channel": "web", "at": MONDAY}


@pytest.fixture(autouse=True)
def at_stake(settings):
    """A shop that sells for real money."""
    settings.SHOPPERS_MAY_DECLARE_PAID = False


def owed(shop, *, owner=None) -> Order:
    """Two mugs that a transfer is waited for."""
    terms = Terms(expected_total=2500, pickup_at=shop.store, email="" if owner else "eva@example.com")
    return buying.buy(shop.cart(2, person=owner), terms=terms, means=Means("bank_transfer"), **STAMP)


def door(order: Order, name: str = "payments") -> str:
    return f"/api/v1/orders/{order.public_id}/{name}/"


def money() -> list[tuple[str, int, str]]:
    return list(Payment.objects.order_by("pk").values_list("tender", "amount", "status"))


def test_she_says_as_she_buys_that_she_will_pay_by_transfer_and_it_is_waited_for(shop):
    cart = shop.cart(2)
    check_out(Client(), cart.public_id, 2500, tender="bank_transfer", email="eva@example.com")

    assert money() == [("bank_transfer", 2500, "pending")]


@pytest.mark.parametrize("tender", ["bank_transfer", "cash", "card_terminal", "manual"])
def test_nobody_says_of_an_order_that_stands_that_its_money_came(shop, tender):
    order = owed(shop)

    said = post(Client(), door(order), {"tender": tender})

    assert (said.status_code, said.json()["code"]) == (403, "tender_not_allowed")
    assert (money(), Order.objects.get().payment_status) == ([("bank_transfer", 2500, "pending")], "due")


def test_nobody_gets_more_goods_or_another_way_by_saying_that_a_transfer_came(shop, lucia):
    order, hers = shop.order(2, person=lucia), log_in(lucia.user)
    more = {"lines": [{"sku": "TAZA", "quantity": 5}], "expected_total": 6250, "tender": "bank_transfer"}

    grown = post(hers, door(order, "changes"), more)
    moved = post(hers, door(order, "address"), HOME | {"tender": "bank_transfer"})

    assert [grown.json()["code"], moved.json()["code"]] == ["tender_not_allowed"] * 2
    assert (money(), Order.objects.get().total) == ([("manual", 2500, "captured")], 2500)


def test_she_gets_more_goods_for_a_link_that_is_sent_to_her_and_owes_them_until_it_is_paid(shop, lucia, settings):
    settings.STRIPE_API_KEY = "sk_test"
    order, hers = shop.order(2, person=lucia), log_in(lucia.user)
    more = {"lines": [{"sku": "TAZA", "quantity": 3}], "expected_total": 3750, "tender": "payment_link"}

    grown = post(hers, door(order, "changes"), more)

    assert (grown.status_code, Order.objects.get().total) == (201, 3750)
    assert money() == [("manual", 2500, "captured"), ("stripe", 1250, "pending")]


def test_an_agent_who_counted_it_says_so(shop, agent):
    order = owed(shop)

    said = post(agent, door(order), {"tender": "bank_transfer"})

    assert (said.status_code, said.json()["payment_status"]) == (201, "captured")


def test_nobody_pays_a_guests_order_with_the_credit_of_the_guest(shop):
    guest, other = person("Eva", email="eva@example.com"), person("Bea", user=User.objects.create_user("bea"))
    credit = ledger.grant(guest, amount=4000, currency="EUR", key="a return", by=VISITOR, at=MONDAY)
    order = owed(shop, owner=guest)

    said = post(log_in(other.user), door(order), {"store_credit": True})

    credit.refresh_from_db()
    assert (said.status_code, said.json()["code"], credit.balance) == (422, "no_store_credit", 4000)


def test_who_was_handed_her_cart_spends_none_of_her_credit_on_the_checkout_page_either(shop, lucia):
    credit = ledger.grant(lucia, amount=4000, currency="EUR", key="a return", by=VISITOR, at=MONDAY)
    cart, other = shop.cart(2, person=lucia), Client()
    code = post(log_in(lucia.user), f"/api/v1/carts/{cart.public_id}/hand-off/", {"scope": "pay"}).json()["code"]
    other.post("/cart/take/", {"code": code})
    said = {"way": "centro", "email": "eva@example.com", "version": "1", "name": "Eva"}
    total = {"expected_pickup": "2500", "expected_delivery": "2500", "tender": "bank_transfer"}

    refused = other.post("/checkout/", said | total | {"store_credit": "on"})
    credit.refresh_from_db()
    paid = other.post("/checkout/", said | total)

    assert (refused.status_code, paid.status_code, credit.balance) == (422, 302, 4000)
    assert money() == [("bank_transfer", 2500, "pending")]
