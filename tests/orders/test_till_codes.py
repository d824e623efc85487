"""A clerk types or scans a code at the counter: it prices the basket, is used with the sale, and works once."""

import pytest

from commerce import clock
from commerce.carts import offers
from commerce.pricing.models import PriceList
from commerce.pricing.publishing import set_prices
from commerce.promotions.models import Coupon
from commerce.quotes import signed
from commerce.quotes.models import SignedQuote
from commerce.timeline.actors import SYSTEM
from orders.models import Order
from tests.factories import coupon

pytestmark = pytest.mark.django_db
PAGE = "/store/centro/sell/"


def sell(clerk, code: str, *, total: int, units: int = 2, key: str = "A") -> None:
    clerk.post(PAGE + "put/", {"sku": "TAZA", "quantity": units, "version": 1})
    clerk.post(PAGE + "code/", {"code": code})
    clerk.get(PAGE)
    clerk.post(PAGE + "pay/", {"tender": "cash", "expected_total": total, "key": key * 22})


def test_a_coupon_takes_off_and_is_redeemed_with_the_sale_once(shop, clerk):
    coupon("UNA", use_limit=1)

    sell(clerk, "una", total=2250)
    sell(clerk, "UNA", total=2250, key="B")

    assert [order.total for order in Order.objects.all()] == [2250]
    assert (Coupon.objects.get().uses_redeemed, Coupon.objects.get().uses_held) == (1, 0)


def test_a_scanned_offer_is_honored_after_the_price_rose(shop, clerk):
    offer = offers.promise(shop.cart(2), by=SYSTEM, channel="call_center", at=clock.now())
    set_prices(PriceList.objects.get(), {shop.mug.pk: (2000, None)}, at=clock.now())

    sell(clerk, signed.address_of(offer), total=2500)

    assert (Order.objects.get().total, SignedQuote.objects.get().demand) == (2500, Order.objects.get().public_id)


def test_for_other_goods_the_page_says_why_and_the_price_is_of_now(shop, clerk):
    offer = offers.promise(shop.cart(2), by=SYSTEM, channel="call_center", at=clock.now())
    clerk.post(PAGE + "put/", {"sku": "TAZA", "quantity": 3, "version": 1})
    clerk.post(PAGE + "code/", {"code": offer.code})

    page = clerk.get(PAGE)

    assert (page.context["quote"].total, page.context["coded"].obstacle) == (3750, "goods_differ")


def test_a_code_that_nobody_knows_is_told_and_changes_nothing(shop, clerk):
    clerk.post(PAGE + "put/", {"sku": "TAZA", "quantity": 1, "version": 1})
    clerk.post(PAGE + "code/", {"code": "NADIE"})

    assert clerk.get(PAGE).context["quote"].total == 1250
