"""Checkout: the price that was shown, the goods that are there, one order per cart, in one or in three phases."""

from datetime import timedelta

import pytest
from django.db import transaction

from commerce.carts import edits
from commerce.carts.edits import CartClosed, StaleCart
from commerce.carts.models import Cart
from commerce.customers.models import ContactPoint, Person, PostalAddress
from commerce.promotions.models import Coupon
from commerce.promotions.uses import CouponUsedUp
from commerce.quotes.quote import NotForSale
from commerce.timeline import tasks
from commerce.timeline.actors import VISITOR
from commerce.timeline.models import Entry
from inventory.holds import OutOfStock
from inventory.models import Stock
from inventory.sourcing import CannotServe
from orders import abandoning, checkout, payments
from orders.buyers import NoContact
from orders.checkout import CheckoutEnded, TenderMissing
from orders.drafting import EmptyCart, PriceChanged, Terms
from orders.models import Fulfillment, Order, OrderLine, Payment
from orders.payments import AlreadyPaid, NotPaid
from tests.factories import MONDAY, coupon, location, person, sales_channel, stock, variant, warehouse

pytestmark = pytest.mark.django_db
STAMP = {"by": VISITOR, "channel": "web", "at": MONDAY}
LATER = MONDAY + timedelta(minutes=21)


@pytest.fixture
def store():
    return location("centro")


@pytest.fixture
def web(store):
    return sales_channel("web", locations=(store, warehouse()))


@pytest.fixture
def mug(store):
    made = variant(sku="TAZA", price=1250)
    stock(made, store, on_hand=5)
    return made


def cart_with(*lines, web, **fields) -> Cart:
    return edits.open_cart(sales_channel=web, lines=lines, by=VISITOR, at=MONDAY, **fields)


def buy(cart: Cart, **options) -> Order:
    """As a door does it: in a transaction that ends with a refusal."""
    with transaction.atomic():
        return checkout.buy(cart, **options)


def terms(total: int, store=None, **fields) -> Terms:
    return Terms(expected_total=total, pickup_at=store, **({"email": "eva@example.com"} | fields))


def address(**fields) -> PostalAddress:
    given = {"recipient": "Eva Sanz", "street": "Calle Mayor, 1", "postal_code": "28013", "city": "Madrid"}
    return PostalAddress(**(given | fields))


def counters(of, at) -> tuple[int, int, int]:
    return Stock.objects.values_list("on_hand", "held", "allocated").get(variant=of, location=at)


def types() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("type", flat=True))


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

    # cart, lines, prices, promotions, her addresses; order, its lines, places, stock; payment, placement, timeline
    with django_assert_num_queries(12):
        checkout.buy(cart, terms=terms(1000 * lines, store, email=""), tender="manual", **STAMP)
