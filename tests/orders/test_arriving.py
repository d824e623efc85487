"""Somebody logs in while what she filled before is being paid for."""

import pytest
from django.test import Client

from commerce import clock
from commerce.carts.merging import LATER
from commerce.carts.models import Cart
from commerce.timeline.actors import VISITOR
from commerce.timeline.tasks import run_due
from orders import abandoning, checkout
from orders.drafting import Terms
from orders.models import Order
from tests.commerce.carts.calling import log_in_by_code
from tests.inventory.test_pages import words
from tests.orders.shop import Shop

STAMP = {"by": VISITOR, "channel": "web"}


def paying(browser: Client, shop: Shop) -> Order:
    """Two mugs put in by a visitor, who begins to pay and then logs in."""
    browser.post("/cart/add/", {"sku": "TAZA", "quantity": "2"})
    terms = Terms(expected_total=2500, pickup_at=shop.store, email="eva@example.com")
    order = checkout.prepare(Cart.objects.get(), terms=terms, **STAMP, at=clock.now())
    log_in_by_code(browser, "eva@example.com")
    return order


@pytest.mark.django_db
def test_what_she_gave_up_paying_for_is_in_her_cart_afterwards(shop: Shop) -> None:
    browser = Client()
    order = paying(browser, shop)
    while_paying = clock.now() + LATER
    run_due(at=while_paying)
    still = Cart.objects.get().person
    abandoning.call_off(order, **STAMP, at=while_paying)

    run_due(at=while_paying + LATER)

    assert still is None
    assert "25,00" in words(browser.get("/cart/"))


@pytest.mark.django_db
def test_what_was_bought_meanwhile_is_in_nobodys_cart(shop: Shop) -> None:
    browser = Client()
    paying(browser, shop)
    Cart.objects.update(status="ordered")

    run_due(at=clock.now() + LATER)

    assert (Cart.objects.get().person, "25,00" in words(browser.get("/cart/"))) == (None, False)
