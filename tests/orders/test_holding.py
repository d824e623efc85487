"""Checkouts hold goods while somebody is busy paying, and nobody empties the shelves with many of them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client

from commerce.carts import edits
from commerce.customers.models import PostalAddress
from commerce.timeline.actors import VISITOR, Actor
from commerce.timeline.models import Task
from inventory import ledger
from inventory.models import Hold
from orders import buying, checkout, holding
from orders.buying import Means
from orders.drafting import Terms
from orders.holding import HOARDING, MOST_AT_HOME, MOST_OPEN, TooManyCheckouts, TooManyUnits, hold_longer
from orders.models import Order
from tests.factories import MONDAY, location, sales_channel, stock, variant
from tests.orders.shop import open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def cup():
    centro = location("centro")
    sales_channel("web", locations=(centro,))
    cup = variant()
    stock(cup, centro, on_hand=10)
    return cup


def prepare(cup, email: str = "bot@example.com") -> Order:
    cart = edits.open_cart(sales_channel=sales_channel("web"), lines=[(cup, 1)], by=VISITOR, at=MONDAY)
    terms = Terms(expected_total=1000, pickup_at=location("centro"), email=email)
    return checkout.prepare(cart, terms=terms, by=VISITOR, channel="web", at=MONDAY)


def test_one_address_holds_goods_in_so_many_checkouts_and_no_more(cup):
    for _ in range(MOST_OPEN):
        prepare(cup)

    with pytest.raises(TooManyCheckouts):
        prepare(cup)

    assert prepare(cup, "somebody.else@example.com").status == "draft"


def test_a_hold_is_longer_while_somebody_pays_and_its_end_is_looked_at_later(cup):
    order, until = prepare(cup), MONDAY + timedelta(minutes=50)

    hold_longer(order, until=until, at=MONDAY + timedelta(minutes=10))

    assert Hold.objects.get().expires_at == until
    assert Task.objects.get(key=order.public_id, status="pending").due_at == until


def test_a_hold_that_is_over_is_not_brought_back_by_being_busy(cup):
    order = prepare(cup)
    before = Hold.objects.get().expires_at

    hold_longer(order, until=MONDAY + timedelta(hours=2), at=MONDAY + timedelta(hours=1))

    assert Hold.objects.get().expires_at == before


def test_one_house_has_only_so_many_checkouts_open_whoever_orders():
    shop = open_shop()
    ledger.receive({shop.mug.pk: 20}, location_id=shop.warehouse.pk, by=VISITOR, at=MONDAY)

    def begin(number: int, street: str) -> None:
        home = PostalAddress(recipient="X", street=street, postal_code="28013", city="Madrid")
        terms = Terms(expected_total=1250, deliver_to=home, email=f"n{number}@example.com")
        checkout.prepare(shop.cart(1), terms=terms, by=VISITOR, channel="web", at=MONDAY)

    for number in range(MOST_AT_HOME):
        begin(number, "Calle Mayor, 1" if number % 2 else "CALLE MAYOR, 1")

    with pytest.raises(TooManyCheckouts):
        begin(98, "calle mayor, 1")
    begin(99, "Calle Menor, 1")


@pytest.mark.django_db(transaction=True)
def test_one_network_address_begins_only_so_many_checkouts_that_hold_goods(monkeypatch):
    monkeypatch.setattr(holding, "HOARDING", replace(HOARDING, count=2))
    address = f"/api/v1/carts/{open_shop().cart(1).public_id}/checkout/"

    statuses = [
        Client().post(address, {"tender": tender}, content_type="application/json").status_code
        for tender in ("stripe", "stripe", "stripe", "bank_transfer", "manual")
    ]

    assert [status == 429 for status in statuses] == [False, False, True, True, False]


class TestUnpaid:
    """What was ordered and waits for its money is kept as well."""

    @pytest.fixture
    def cup(self, cup):
        ledger.receive({cup.pk: 490}, location_id=location("centro").pk, by=VISITOR, at=MONDAY)
        return cup

    def order(self, cup, units: int, *, by: Actor = VISITOR, email: str = "bot@example.com") -> Order:
        cart = edits.open_cart(sales_channel=sales_channel("web"), lines=[(cup, units)], by=VISITOR, at=MONDAY)
        terms = Terms(expected_total=1000 * units, pickup_at=location("centro"), email=email)
        with transaction.atomic():
            return buying.buy(cart, terms=terms, means=Means("bank_transfer"), by=by, channel="web", at=MONDAY)

    def test_a_shopper_has_so_many_orders_that_wait_for_a_transfer_and_no_more(self, cup):
        for _ in range(MOST_OPEN):
            self.order(cup, 1)

        with pytest.raises(TooManyCheckouts):
            self.order(cup, 1)

        Order.objects.update(payment_status="captured")
        assert self.order(cup, 1).status == "placed"

    def test_a_shopper_has_so_many_units_kept_before_they_are_paid(self, cup, settings):
        settings.MOST_UNPAID_UNITS = 100
        self.order(cup, 60)

        with pytest.raises(TooManyUnits):
            self.order(cup, 60)
        with pytest.raises(TooManyUnits):
            self.order(cup, 101, email="somebody.else@example.com")

        assert self.order(cup, 40).status == "placed"

    def test_an_agent_knows_why_somebody_orders_more(self, cup):
        for _ in range(MOST_OPEN + 1):
            self.order(cup, 60, by=Actor("staff", "1"))

        assert Order.objects.filter(status="placed").count() == MOST_OPEN + 1


def test_goods_are_held_as_long_as_the_channel_says_where_that_is_longer_than_a_payment(cup, settings):
    settings.STRIPE_API_KEY = "sk_test_x"
    web = sales_channel("web")
    web.hold_minutes = 120
    web.save()
    cart = edits.open_cart(sales_channel=web, lines=[(cup, 1)], by=VISITOR, at=MONDAY)
    terms = Terms(expected_total=1000, pickup_at=location("centro"), email="eva@example.com")

    buying.buy(cart, terms=terms, means=Means("stripe"), by=VISITOR, channel="web", at=MONDAY)

    assert Hold.objects.get().expires_at - MONDAY == timedelta(minutes=120)
