"""Checkout: the price that was shown, the goods that are there, one order per cart, in one or in three phases."""

from datetime import timedelta

import pytest
from django.db import transaction

from commerce.carts import edits
from commerce.carts.edits import CartClosed, StaleCart
from commerce.carts.models import Cart
from commerce.customers.models import Person
from commerce.quotes.quote import NotForSale
from commerce.timeline.models import Entry
from inventory.holds import OutOfStock
from inventory.sourcing import CannotServe
from orders import checkout, payments
from orders.buyers import NoContact
from orders.checkout import TenderMissing
from orders.drafting import EmptyCart, PriceChanged
from orders.models import Fulfillment, Order, OrderLine, Payment
from orders.payments import AlreadyPaid, NotPaid
from tests.factories import MONDAY, coupon, location
from tests.orders.checking_out import STAMP, cart_with, counters, terms, types

pytestmark = pytest.mark.django_db


def buy(cart: Cart, **options) -> Order:
    """As a door does it: in a transaction that ends with a refusal."""
    with transaction.atomic():
        return checkout.buy(cart, **options)


def test_a_visitor_buys_for_pickup(web, store, mug):
    cart = cart_with((mug, 2), web=web)

    order = buy(cart, terms=terms(2500, store, name="Eva Sanz"), tender="manual", **STAMP)

    assert (order.status, order.payment_status, order.total, order.placed_at) == ("placed", "captured", 2500, MONDAY)
    assert order.number.isdigit()
    assert counters(mug, store) == (5, 0, 2)
    assert list(OrderLine.objects.values_list("ordinal", "sku", "quantity", "unit_price", "total", "tax")) == [
        (1, "TAZA", 2, 1250, 2500, 434)
    ]
    way = Fulfillment.objects.get()
    assert (way.kind, way.location, way.status, way.promised_for) == (
        "pickup",
        store,
        "allocated",
        MONDAY + timedelta(hours=1),
    )
    assert list(way.lines.values_list("order_line__sku", "quantity")) == [("TAZA", 2)]
    assert Payment.objects.values_list("tender", "amount", "status").get() == ("manual", 2500, "captured")
    assert Cart.objects.get().status == "ordered"
    assert (order.person.given_name, order.person.family_name) == ("Eva", "Sanz")
    assert (order.email.value, order.phone) == ("eva@example.com", None)
    assert types()[2:] == ["checkout.started", "payment.captured", "order.placed", "fulfillment.promised"]
    assert Entry.objects.get(type="order.placed").data == {
        "order": order.public_id,
        "number": order.number,
        "cart": cart.public_id,
        "sales_channel": "web",
        "total": 2500,
        "currency": "EUR",
    }


def test_the_timeline_of_a_purchase_says_nothing_personal(web, store, mug):
    buy(
        cart_with((mug, 1), web=web),
        terms=terms(1250, store, name="Eva Sanz", phone="600100200"),
        tender="manual",
        **STAMP,
    )

    told = str(list(Entry.objects.values_list("data", "actor"))).lower()
    assert [word for word in ("eva", "sanz", "600100200", "example.com") if word in told] == []


def test_the_three_phases_one_after_the_other(web, store, mug):
    cart = cart_with((mug, 2), web=web)

    order = checkout.prepare(cart, terms=terms(2500, store), **STAMP)
    assert (order.status, order.number, counters(mug, store)) == ("draft", None, (5, 2, 0))
    assert Cart.objects.get().status == "checking_out"

    payments.take_manual(order, **STAMP)
    assert Order.objects.get().payment_status == "captured"

    order = checkout.finalize(order, **STAMP)
    assert (order.status, counters(mug, store)) == ("placed", (5, 0, 2))
    assert Cart.objects.get().status == "ordered"
    assert Fulfillment.objects.get().location == store
    assert types()[2:] == ["checkout.started", "payment.captured", "order.placed", "fulfillment.promised"]


def test_finalize_again_changes_nothing(web, store, mug):
    order = checkout.prepare(cart_with((mug, 1), web=web), terms=terms(1250, store), **STAMP)
    payments.take_manual(order, **STAMP)

    first = checkout.finalize(order, **STAMP)
    again = checkout.finalize(order, **STAMP)

    assert (again.number, again.status) == (first.number, "placed")
    assert (Fulfillment.objects.count(), counters(mug, store)) == (1, (5, 0, 1))


def test_an_unpaid_draft_is_not_finalized(web, store, mug):
    order = checkout.prepare(cart_with((mug, 1), web=web), terms=terms(1250, store), **STAMP)

    with pytest.raises(NotPaid):
        checkout.finalize(order, **STAMP)


def test_an_order_is_paid_once(web, store, mug):
    order = checkout.prepare(cart_with((mug, 1), web=web), terms=terms(1250, store), **STAMP)
    payments.take_manual(order, **STAMP)

    with pytest.raises(AlreadyPaid):
        payments.take_manual(order, **STAMP)


@pytest.mark.parametrize("begin", [checkout.prepare, lambda cart, **k: buy(cart, tender="manual", **k)])
def test_a_price_that_changed_is_told_with_the_new_total_and_nothing_happens(begin, web, store, mug):
    cart = cart_with((mug, 2), web=web)
    mug.prices.create(price_list=mug.prices.get().price_list, amount=1300, starts_at=MONDAY - timedelta(days=1))

    with pytest.raises(PriceChanged) as refusal:
        begin(cart, terms=terms(2500, store), **STAMP)

    assert (refusal.value.facts["expected_total"], refusal.value.facts["total"]) == (2500, 2600)
    assert refusal.value.facts["quote"]["total"] == 2600
    assert (Cart.objects.get().status, counters(mug, store)) == ("open", (5, 0, 0))
    assert not Order.objects.exists()


def test_a_cart_that_was_edited_meanwhile_is_refused(web, store, mug):
    cart = cart_with((mug, 1), web=web)
    edits.set_quantity(Cart.objects.get(), variant=mug, quantity=2, **STAMP)

    with pytest.raises(StaleCart) as refusal:
        buy(cart, terms=terms(1250, store, seen_version=1), tender="manual", **STAMP)

    assert refusal.value.facts["version"] == 2


def test_a_code_that_was_put_on_the_cart_after_it_was_read_counts(web, store, mug):
    cart = cart_with((mug, 2), web=web)
    coupon("DIEZ", value=1000)
    edits.apply_coupon(Cart.objects.get(), code="diez", **STAMP)

    order = buy(cart, terms=terms(2250, store), tender="manual", **STAMP)

    assert (order.discount_total, order.total) == (250, 2250)


def test_what_is_not_there_is_refused_by_name_and_the_cart_stays_open(web, store, mug):
    cart = cart_with((mug, 6), web=web)

    with pytest.raises(OutOfStock) as refusal:
        buy(cart, terms=terms(7500, store), tender="manual", **STAMP)

    assert refusal.value.facts == {"lines": [{"sku": "TAZA", "location": "centro", "wanted": 6, "available": 5}]}
    assert (Cart.objects.get().status, Order.objects.count(), Person.objects.count()) == ("open", 0, 0)


def test_a_cart_is_bought_once(web, store, mug):
    cart = cart_with((mug, 1), web=web)
    buy(cart, terms=terms(1250, store), tender="manual", **STAMP)

    with pytest.raises(CartClosed, match="was ordered"):
        buy(Cart.objects.get(), terms=terms(1250, store), tender="manual", **STAMP)


def test_an_empty_cart_is_refused(web, store):
    with pytest.raises(EmptyCart):
        buy(cart_with(web=web), terms=terms(0, store), tender="manual", **STAMP)


def test_what_is_no_longer_sold_is_refused(web, store, mug):
    cart = cart_with((mug, 1), web=web)
    type(mug).objects.update(is_active=False)

    with pytest.raises(NotForSale):
        buy(cart, terms=terms(1250, store), tender="manual", **STAMP)


def test_a_tender_is_needed_where_something_is_to_be_paid(web, store, mug):
    with pytest.raises(TenderMissing):
        buy(cart_with((mug, 1), web=web), terms=terms(1250, store), tender="", **STAMP)


def test_a_total_of_zero_needs_no_tender(web, store, mug):
    gift = coupon("REGALO", value=10_000)

    order = buy(cart_with((mug, 1), web=web, coupon=gift), terms=terms(0, store), tender="", **STAMP)

    assert (order.status, order.payment_status, order.total) == ("placed", "none", 0)
    assert not Payment.objects.exists()
    free = checkout.prepare(cart_with((mug, 1), web=web, coupon=gift), terms=terms(0, store), **STAMP)
    assert checkout.finalize(free, **STAMP).status == "placed"


def test_somebody_must_be_reachable(web, store, mug):
    with pytest.raises(NoContact):
        buy(cart_with((mug, 1), web=web), terms=terms(1250, store, email=""), tender="manual", **STAMP)


@pytest.mark.parametrize("fields", [{"offers_pickup": False}, {"is_active": False}])
def test_a_place_where_nothing_can_be_collected_is_refused(fields, web, store, mug):
    for name, value in fields.items():
        setattr(store, name, value)

    with pytest.raises(CannotServe):
        buy(cart_with((mug, 1), web=web), terms=terms(1250, store), tender="manual", **STAMP)


def test_a_store_that_does_not_serve_the_channel_is_refused(web, mug):
    with pytest.raises(CannotServe):
        buy(cart_with((mug, 1), web=web), terms=terms(1250, location("lejos")), tender="manual", **STAMP)
