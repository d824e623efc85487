"""A price or promotion that changes while somebody pays: charged is what was quoted, within the quote's life."""

import pytest

from commerce.carts import edits
from commerce.carts.showing import find
from commerce.pricing.models import PriceList
from commerce.pricing.publishing import set_prices
from commerce.promotions.models import Promotion
from commerce.timeline.actors import VISITOR
from orders import checkout
from orders.drafting import PriceChanged, Terms
from orders.models import Order
from orders.stripe.looking import look_soon
from tests.factories import MONDAY, promotion

pytestmark = pytest.mark.django_db


def dearer(shop) -> None:
    set_prices(PriceList.objects.get(), {shop.mug.pk: (9900, None)}, at=MONDAY)


@pytest.mark.parametrize("when", ["before the page opens", "while it stands open", "after she paid"])
def test_what_is_charged_is_what_was_quoted_whenever_the_price_changes(shop, when):
    ten = promotion(value=1000)
    cart = shop.cart()
    terms = Terms(expected_total=1125, pickup_at=shop.store, email="eva@example.com")
    order = checkout.prepare(cart, terms=terms, by=VISITOR, channel="web", at=MONDAY)
    if when == "before the page opens":
        dearer(shop)
        Promotion.objects.filter(pk=ten.pk).update(is_active=False)
    payment = shop.asked(order)
    if when == "while it stands open":
        dearer(shop)
    shop.press_pay(payment)
    if when == "after she paid":
        dearer(shop)
    look_soon(payment, at=MONDAY)
    shop.work()

    order, payment = Order.objects.get(), type(payment).objects.get()
    assert (order.status, order.total, payment.amount, payment.status) == ("placed", 1125, 1125, "captured")
    assert order.quote["versions"]["price_lists"] == {"pvp": 1}


def test_a_price_that_changed_before_the_checkout_is_told_with_the_new_total_and_nothing_is_charged(shop, peer):
    cart = shop.cart()
    dearer(shop)

    terms = Terms(expected_total=1250, pickup_at=shop.store, email="eva@example.com")
    with pytest.raises(PriceChanged) as told:
        checkout.prepare(cart, terms=terms, by=VISITOR, channel="web", at=MONDAY)

    assert (told.value.status, told.value.facts["total"]) == (409, 9900)
    assert (Order.objects.count(), peer.requests) == (0, [])
    edits.set_quantity(find(cart.public_id), variant=shop.mug, quantity=2, by=VISITOR, channel="web", at=MONDAY)
