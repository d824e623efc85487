"""At the counter something is taken off by hand, with a reason and a limit, or the price is promised on paper."""

import pytest
from django.db.models import Q

from commerce import clock
from commerce.approvals import deciding
from commerce.approvals.models import Approval
from commerce.carts.models import Cart, ManualDiscount
from commerce.channels.models import Role
from commerce.quotes.models import SignedQuote
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry, Link
from commerce.wiring import AUDITS
from orders.models import Order
from tests.audits import violations
from tests.factories import coupon, staff, variant
from tests.orders.calling import log_in

pytestmark = pytest.mark.django_db
PAGE = "/store/centro/sell/"
BY_HAND = {"kind": "amount", "value": "10,00", "reason": "damaged"}


@pytest.fixture
def basket(shop, clerk):
    """Four mugs of 12.50 on the counter."""
    clerk.post(PAGE + "put/", {"sku": "TAZA", "quantity": 4, "version": 1})
    return clerk


def total(clerk) -> int:
    return clerk.get(PAGE).context["quote"].total


def pay(clerk, expected: int):
    return clerk.post(PAGE + "pay/", {"tender": "cash", "expected_total": expected, "key": "K" * 22})


def test_within_her_limit_it_comes_off_at_once_and_the_sale_says_why(basket):
    basket.post(PAGE + "discount/", BY_HAND)

    assert total(basket) == 4000
    pay(basket, 4000)
    order, given = Order.objects.get(), ManualDiscount.objects.get()
    assert (order.total, sum(line.discount for line in order.lines.all())) == (4000, 1000)
    assert (given.reason, given.status, given.given_by[:6]) == ("damaged", "applies", "staff:")
    cart = Cart.objects.get()
    assert Entry.objects.filter(journey=cart.journey_id, type="cart.discount_given").count() == 1
    assert Link.objects.filter(Q(earlier=cart.journey) | Q(later=cart.journey)).count() == 1
    assert violations(*AUDITS) == []


def test_beyond_it_a_second_person_must_agree_first(shop, basket):
    basket.post(PAGE + "put/", {"sku": "TAZA", "quantity": 8, "version": 1})
    waits = basket.post(PAGE + "discount/", BY_HAND | {"value": "60,00"}, follow=True).content.decode()

    assert total(basket) == 10000
    assert "espera a una segunda persona" in waits
    office = Actor("staff", str(staff("back_office").staff_member.pk))
    deciding.grant(Approval.objects.get(), role=Role.BACK_OFFICE, by=office, channel="call_center", at=clock.now())
    assert total(basket) == 4000


def test_it_does_not_grow_with_the_basket_and_is_taken_off_again(basket):
    basket.post(PAGE + "discount/", BY_HAND | {"kind": "percentage", "value": "50"})
    assert total(basket) == 2500
    basket.post(PAGE + "put/", {"sku": "TAZA", "quantity": 100, "version": 1})

    assert total(basket) == 125000 - 5000  # the limit of her role, and no more
    basket.post(PAGE + "discount/", {})
    assert total(basket) == 125000
    assert ManualDiscount.objects.get().status == "removed"


@pytest.mark.parametrize("value", ["0", "-5", "1e3", "100,01", "9" * 12, "diez"])
def test_what_is_no_amount_or_more_than_there_is_is_refused_in_words(basket, value):
    answer = basket.post(
        PAGE + "discount/", BY_HAND | {"value": value}, headers={"referer": "http://testserver" + PAGE}
    )

    assert answer.status_code in (302, 422)
    assert total(basket) == 5000
    assert ManualDiscount.objects.count() == 0


def test_the_basket_is_promised_on_paper_with_its_coupon_and_discount_and_is_honored_elsewhere(shop, basket):
    coupon("UNA", use_limit=1)
    basket.post(PAGE + "code/", {"code": "una"})
    basket.post(PAGE + "discount/", BY_HAND)
    basket.post(PAGE + "put/", {"sku": "TAZA", "quantity": 2, "version": 1})

    page = basket.post(PAGE + "offer/", follow=True)

    offer = SignedQuote.objects.get()
    assert (offer.total, offer.location, offer.coupon.code) == (2250 - 1000, shop.store, "UNA")
    said = page.content.decode()
    assert "<svg" in said
    assert "pvp v1" in said
    other = log_in(staff("store", shop.store))
    other.post(PAGE + "put/", {"sku": "TAZA", "quantity": 2, "version": 1})
    other.post(PAGE + "code/", {"code": offer.code})
    assert total(other) == 1250


def test_the_page_of_a_cart_prints_an_offer_too(shop, clerk):
    clerk.post("/store/centro/cart/add/", {"sku": "TAZA", "quantity": 2})

    clerk.post("/store/centro/cart/offer/")

    assert SignedQuote.objects.get().total == 2500


def test_an_empty_basket_promises_nothing(shop, clerk):
    assert clerk.post(PAGE + "offer/").status_code == 302
    assert (SignedQuote.objects.count(), Cart.objects.count()) == (0, 0)


def test_what_is_sent_home_leaves_no_discount_by_hand_to_the_next_customer(basket):
    basket.post(PAGE + "discount/", BY_HAND)

    basket.post(PAGE + "home/")
    basket.post(PAGE + "put/", {"sku": "TAZA", "quantity": 4, "version": 1})

    assert total(basket) == 5000
    assert ManualDiscount.objects.get().status == "removed"


def test_with_the_last_line_go_the_code_and_what_was_taken_off_by_hand(basket):
    variant(sku="PLATO")
    coupon("UNA", use_limit=1)
    basket.post(PAGE + "put/", {"sku": "PLATO", "quantity": 1, "version": 1})
    basket.post(PAGE + "code/", {"code": "una"})
    basket.post(PAGE + "discount/", BY_HAND)
    basket.post(PAGE + "put/", {"sku": "PLATO", "quantity": 0, "version": 1})
    assert total(basket) == 4500 - 1000

    basket.post(PAGE + "put/", {"sku": "TAZA", "quantity": 0, "version": 1})
    basket.post(PAGE + "put/", {"sku": "TAZA", "quantity": 4, "version": 1})

    assert total(basket) == 5000
    assert ManualDiscount.objects.get().status == "removed"
