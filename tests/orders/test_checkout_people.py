"""Checkout with coupons, for known people and guests, for delivery; and given up."""

from datetime import timedelta

import pytest
from django.db import transaction

from commerce.carts.models import Cart
from commerce.customers.models import ContactPoint, PostalAddress
from commerce.promotions.models import Coupon
from commerce.promotions.uses import CouponUsedUp
from commerce.timeline import tasks
from commerce.timeline.models import Entry
from orders import abandoning, checkout, payments
from orders.checkout import CheckoutEnded
from orders.models import Fulfillment, Order
from orders.payments import AlreadyPaid
from tests.factories import MONDAY, coupon, person, stock, variant, warehouse
from tests.orders.checking_out import LATER, STAMP, address, cart_with, counters, terms, types

pytestmark = pytest.mark.django_db


def buy(cart: Cart, **options) -> Order:
    """As a door does it: in a transaction that ends with a refusal."""
    with transaction.atomic():
        return checkout.buy(cart, **options)


class TestCoupons:
    """A code is used up in all channels together."""

    def test_a_held_use_becomes_a_redeemed_one(self, web, store, mug):
        code = coupon("UNA", value=1000, use_limit=1)
        order = checkout.prepare(cart_with((mug, 2), web=web, coupon=code), terms=terms(2250, store), **STAMP)
        code.refresh_from_db()
        assert (code.uses_held, code.uses_redeemed) == (1, 0)

        payments.take_manual(order, **STAMP)
        checkout.finalize(order, **STAMP)

        code.refresh_from_db()
        assert (code.uses_held, code.uses_redeemed) == (0, 1)

    def test_the_last_use_is_had_once(self, web, store, mug):
        code = coupon("UNA", value=1000, use_limit=1)
        carts = [cart_with((mug, 2), web=web, coupon=code) for _ in range(2)]
        checkout.prepare(carts[0], terms=terms(2250, store), **STAMP)

        with pytest.raises(CouponUsedUp):
            buy(carts[1], terms=terms(2250, store), tender="manual", **STAMP)

        assert counters(mug, store) == (5, 2, 0)

    def test_a_code_that_takes_nothing_off_is_not_spent(self, web, store, mug):
        code = coupon("UNA", value=0, use_limit=1)

        buy(cart_with((mug, 1), web=web, coupon=code), terms=terms(1250, store), tender="manual", **STAMP)

        assert Coupon.objects.values_list("uses_held", "uses_redeemed").get() == (0, 0)


class TestPeople:
    """Whose purchase it is, and where she is told about it."""

    def test_somebody_known_need_not_say_her_address_again(self, web, store, mug):
        lucia = person("Lucía", email="lucia@example.com", phone="+34600100200")

        order = buy(
            cart_with((mug, 1), web=web, person=lucia), terms=terms(1250, store, email=""), tender="manual", **STAMP
        )

        assert (order.person, order.email.value, order.phone.value) == (lucia, "lucia@example.com", "+34600100200")

    def test_an_address_given_now_goes_before_a_known_one(self, web, store, mug):
        lucia = person("Lucía", email="lucia@example.com", phone="+34600100200")

        order = buy(
            cart_with((mug, 1), web=web, person=lucia),
            terms=terms(1250, store, email="", phone="600 300 400"),
            tender="manual",
            **STAMP,
        )

        assert (order.phone.value, order.phone.verified_at) == ("+34600300400", None)

    def test_a_guest_who_types_somebodys_address_does_not_become_her(self, web, store, mug):
        lucia = person("Lucía", email="eva@example.com")

        order = buy(cart_with((mug, 1), web=web), terms=terms(1250, store), tender="manual", **STAMP)

        assert order.person != lucia
        assert order.email == ContactPoint.objects.get(person=order.person)


class TestDelivery:
    """Home delivery: who sends it, what it costs, until when."""

    def test_the_warehouse_sends_what_it_has(self, web, store, mug):
        stock(mug, warehouse(), on_hand=9)

        order = buy(cart_with((mug, 2), web=web), terms=terms(2500, deliver_to=address()), tender="manual", **STAMP)

        way = Fulfillment.objects.get()
        assert (way.kind, way.location, way.address) == ("shipment", warehouse(), order.deliver_to)
        assert way.promised_for == MONDAY.replace(hour=19) + timedelta(days=3)
        assert (order.deliver_to.city, order.deliver_to.person, order.deliver_to.entered_in) == (
            "Madrid",
            order.person,
            "web",
        )

    def test_two_places_send_a_parcel_each_where_none_has_all(self, web, store, mug):
        stock(mug, warehouse(), on_hand=4)

        buy(cart_with((mug, 7), web=web), terms=terms(8750, deliver_to=address()), tender="manual", **STAMP)

        parcels = Fulfillment.objects.values_list("location__code", "lines__quantity").order_by("location__code")
        assert sorted(parcels) == [("almacen", 2), ("centro", 5)]

    def test_delivery_has_its_price_and_is_free_from_a_total_on(self, web, store, mug):
        type(web).objects.update(delivery_fee=490, free_delivery_from=3750)
        web.refresh_from_db()

        paid = buy(cart_with((mug, 2), web=web), terms=terms(2990, deliver_to=address()), tender="manual", **STAMP)
        free = buy(cart_with((mug, 3), web=web), terms=terms(3750, deliver_to=address()), tender="manual", **STAMP)

        assert (paid.delivery_total, paid.total, paid.tax_total) == (490, 2990, 434 + 85)
        assert (free.delivery_total, free.total) == (0, 3750)

    def test_the_same_address_again_is_kept_once(self, web, store, mug):
        lucia = person("Lucía", email="lucia@example.com")
        for _ in range(2):
            buy(
                cart_with((mug, 1), web=web, person=lucia),
                terms=terms(1250, deliver_to=address()),
                tender="manual",
                **STAMP,
            )

        assert PostalAddress.objects.count() == 1


class TestGivingUp:
    """A checkout that comes to nothing leaves no trace but its entry."""

    def test_goods_and_code_are_free_again_and_the_cart_is_open(self, web, store, mug):
        code = coupon("UNA", value=1000, use_limit=1)
        order = checkout.prepare(cart_with((mug, 2), web=web, coupon=code), terms=terms(2250, store), **STAMP)

        order = abandoning.give_up(order, **STAMP)

        code.refresh_from_db()
        assert (order.status, Cart.objects.get().status) == ("canceled", "open")
        assert (counters(mug, store), code.uses_held) == ((5, 0, 0), 0)
        assert types()[-1] == "checkout.abandoned"
        assert buy(Cart.objects.get(), terms=terms(2250, store), tender="manual", **STAMP).status == "placed"

    def test_a_draft_is_given_up_when_its_hold_is_over(self, web, store, mug):
        checkout.prepare(cart_with((mug, 2), web=web), terms=terms(2500, store), **STAMP)

        assert tasks.run_due(at=LATER - timedelta(minutes=2)) == 0
        tasks.run_due(at=LATER)

        assert (Order.objects.get().status, Cart.objects.get().status) == ("canceled", "open")
        assert counters(mug, store) == (5, 0, 0)

    def test_a_draft_that_was_paid_is_finished_instead(self, web, store, mug):
        order = checkout.prepare(cart_with((mug, 2), web=web), terms=terms(2500, store), **STAMP)
        payments.take_manual(order, **STAMP)

        tasks.run_due(at=LATER)

        assert (Order.objects.get().status, counters(mug, store)) == ("placed", (5, 0, 2))

    def test_the_end_of_a_hold_changes_nothing_once_it_is_placed(self, web, store, mug):
        order = checkout.prepare(cart_with((mug, 2), web=web), terms=terms(2500, store), **STAMP)
        payments.take_manual(order, **STAMP)
        checkout.finalize(order, **STAMP)

        tasks.run_due(at=LATER)

        assert (Order.objects.get().status, Cart.objects.get().status) == ("placed", "ordered")
        assert not Entry.objects.filter(type="checkout.abandoned").exists()

    def test_what_is_paid_is_not_given_up(self, web, store, mug):
        order = checkout.prepare(cart_with((mug, 2), web=web), terms=terms(2500, store), **STAMP)
        payments.take_manual(order, **STAMP)

        with pytest.raises(AlreadyPaid):
            abandoning.give_up(order, **STAMP)

    def test_what_was_given_up_is_not_finalized(self, web, store, mug):
        order = checkout.prepare(cart_with((mug, 2), web=web), terms=terms(2500, store), **STAMP)
        abandoning.give_up(order, **STAMP)

        with pytest.raises(CheckoutEnded):
            checkout.finalize(order, **STAMP)


@pytest.mark.parametrize("lines", [1, 3])
def test_a_checkout_asks_as_little_of_the_database_for_three_lines_as_for_one(
    lines, web, store, django_assert_num_queries
):
    goods = [variant() for _ in range(lines)]
    for made in goods:
        stock(made, store, on_hand=5)
    cart = cart_with(*[(made, 1) for made in goods], web=web, person=person(email="lucia@example.com"))

    # how to plan; cart, lines, prices, promotions, addresses; order, places, stock; payment, placement, timeline
    with django_assert_num_queries(14):
        checkout.buy(cart, terms=terms(1000 * lines, store, email=""), tender="manual", **STAMP)
