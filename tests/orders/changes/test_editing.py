"""What was ordered is changed before anybody prepares it: looked at first, then done, at the prices of its day."""

from datetime import timedelta

import pytest

from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry, Task
from inventory.holds import OutOfStock
from inventory.models import Allocation
from orders import checkout, pickups
from orders.changes import addressing, editing, holding
from orders.changes.editing import NothingLeft, PaymentWaits, TooLateToChange
from orders.checkout import TenderMissing
from orders.drafting import PriceChanged, Terms
from orders.models import Fulfillment, Order, OrderHold, Payment, Refund, Todo
from orders.moves import OnHold
from orders.stripe.models import Checkout
from tests.audits import violations
from tests.factories import MONDAY, coupon, promotion, stock, variant
from tests.orders.checking_out import address
from tests.orders.shop import fresh

AGENT = Actor("staff", "3")
SOON = MONDAY + timedelta(minutes=10)
STAMP = {"by": AGENT, "channel": "call_center", "at": SOON}
AUDITS = ("orders.audit.RULES", "orders.money_audit.RULES", "inventory.audit.RULES", "commerce.promotions.audit.RULES")


@pytest.fixture(autouse=True)
def audited(db):
    yield
    assert violations(*AUDITS, "commerce.timeline.audit.RULES", "orders.returns.audit.RULES") == []


@pytest.fixture
def pot(shop):
    made = variant(sku="CAZO", price=2000)
    stock(made, shop.store, on_hand=2)
    return made


def promised(of) -> list[tuple[str, int]]:
    rows = Allocation.objects.filter(stock__variant=of, status="open").order_by("pk")
    return list(rows.values_list("stock__location__code", "quantity"))


def test_a_preview_tells_price_and_stock_and_nothing_of_it_stays(shop, pot):
    order = shop.order(2)
    entries = Entry.objects.count()

    seen = editing.preview(order, {shop.mug.pk: 1, pot.pk: 2}, **STAMP)

    assert (dict(seen.units), seen.before, seen.total, seen.to_pay) == (
        {"TAZA": (2, 1), "CAZO": (0, 2)},
        2500,
        5250,
        2750,
    )
    assert seen.locations == ["centro"]
    order.refresh_from_db()
    assert (order.total, order.lines.count(), Entry.objects.count()) == (2500, 1, entries)
    assert (promised(shop.mug), promised(pot)) == ([("centro", 2)], [])


def test_what_is_more_is_paid_and_what_is_less_goes_back(shop, pot):
    order = shop.order(2)

    editing.edit(order, {pot.pk: 1}, expected_total=4500, tender="card_terminal", **STAMP)
    editing.edit(order, {shop.mug.pk: 0}, expected_total=2000, **STAMP)

    order.refresh_from_db()
    assert (order.total, order.payment_status) == (2000, "captured")
    assert list(order.lines.values_list("sku", "quantity")) == [("CAZO", 1)]
    assert list(order.payments.order_by("pk").values_list("tender", "amount", "refunded")) == [
        ("manual", 2500, 500),
        ("card_terminal", 2000, 2000),
    ]
    assert sum(Refund.objects.values_list("amount", flat=True)) == 2500
    assert (promised(shop.mug), promised(pot)) == ([], [("centro", 1)])
    assert Entry.objects.filter(type="order.changed").order_by("pk").last().data["units"] == {"TAZA": [2, 0]}


def test_an_order_costs_what_it_would_have_cost_had_it_been_placed_so(shop):
    promotion(kind="percentage", value=1000, minimum_total=2500)
    cart = shop.cart(2)
    order = ordered(cart, shop, total=2250)
    new_price = shop.mug.prices.get()
    type(new_price).objects.create(
        price_list=new_price.price_list, variant=shop.mug, amount=9999, starts_at=MONDAY + timedelta(minutes=5)
    )

    more = editing.preview(order, {shop.mug.pk: 3}, **STAMP)
    less = editing.preview(order, {shop.mug.pk: 1}, **STAMP)

    assert (more.total, less.total) == (3375, 1250)  # yesterday's price, and its threshold both ways


def ordered(cart, shop, *, total: int) -> Order:
    terms = Terms(expected_total=total, pickup_at=shop.store, email="eva@example.com")
    return checkout.buy(cart, terms=terms, tender="manual", **(STAMP | {"at": MONDAY}))


def test_the_last_use_of_a_coupon_stays_the_orders_own(shop):
    once = coupon("UNA", use_limit=1)
    order = ordered(shop.cart(2, coupon=once), shop, total=2250)

    editing.edit(order, {shop.mug.pk: 1}, expected_total=1125, **STAMP)

    once.refresh_from_db()
    assert (Order.objects.get().total, once.uses_redeemed) == (1125, 1)


def test_units_that_the_store_has_not_are_refused_and_nothing_changes(shop):
    order = shop.order(2)

    with pytest.raises(OutOfStock):
        editing.edit(order, {shop.mug.pk: 6}, expected_total=7500, tender="cash", **STAMP)

    assert (Order.objects.get().total, promised(shop.mug)) == (2500, [("centro", 2)])


def test_a_delivery_that_grows_is_served_from_a_second_place(shop):
    order = shop.order(4, delivered=True)

    editing.edit(order, {shop.mug.pk: 8}, expected_total=10000, tender="cash", **STAMP)

    goes = order.fulfillments.exclude(promised_for=None).order_by("pk").values_list("location__code", "lines__quantity")
    assert list(goes) == [("almacen", 4), ("centro", 4)]
    editing.edit(order, {shop.mug.pk: 3}, expected_total=3750, **STAMP)
    assert list(order.fulfillments.order_by("pk").values_list("status", "lines__quantity")) == [
        ("allocated", 3),
        ("canceled", None),
    ]


def test_another_total_than_she_saw_nobody_to_pay_and_nothing_left_are_refused(shop):
    order = shop.order(1)

    with pytest.raises(PriceChanged):
        editing.edit(order, {shop.mug.pk: 2}, expected_total=2400, tender="cash", **STAMP)
    with pytest.raises(TenderMissing):
        editing.edit(order, {shop.mug.pk: 2}, expected_total=2500, **STAMP)
    with pytest.raises(NothingLeft):
        editing.edit(order, {shop.mug.pk: 0}, expected_total=0, **STAMP)

    assert (Order.objects.get().total, promised(shop.mug)) == (1250, [("centro", 1)])


def test_nothing_changes_once_somebody_prepares_it_or_a_payment_waits(shop):
    order = shop.order(1)
    waiting = Payment.objects.create(order=order, tender="bank_transfer", amount=1, currency="EUR")
    with pytest.raises(PaymentWaits):
        editing.preview(order, {shop.mug.pk: 2}, **STAMP)
    waiting.delete()
    pickups.start_picking(fresh(order), **STAMP)

    with pytest.raises(TooLateToChange):
        editing.edit(order, {shop.mug.pk: 2}, expected_total=2500, tender="cash", **STAMP)
    with pytest.raises(TooLateToChange):
        addressing.changeable(order)


def test_what_is_more_is_asked_for_by_a_link(shop, settings):
    settings.STRIPE_API_KEY = "sk_test"
    order = shop.order(1)

    editing.edit(order, {shop.mug.pk: 2}, expected_total=2500, tender="payment_link", **STAMP)

    order.refresh_from_db()
    assert order.payment_status == "due"
    assert list(order.payments.order_by("pk").values_list("tender", "amount", "status")) == [
        ("manual", 1250, "captured"),
        ("stripe", 1250, "pending"),
    ]
    assert Checkout.objects.get().kind == "link"


def test_it_goes_to_another_address(shop):
    order = shop.order(1, delivered=True)

    addressing.change_address(order, address=address(street="Calle Menor, 2"), **STAMP)

    part = Fulfillment.objects.select_related("address").get()
    assert part.address.street == "Calle Menor, 2"
    assert Order.objects.get().deliver_to == part.address
    assert list(
        Entry.objects.filter(type="order.address_changed").order_by("pk").values_list("data__address", flat=True)
    ) == [part.address_id]


def test_an_order_on_hold_is_not_prepared_until_its_owner_has_decided(shop):
    order = shop.order(1)
    due_at = SOON + timedelta(hours=2)
    holding.put_on_hold(order, kind="fraud", owner="staff:9", due_at=due_at, **STAMP)
    holding.put_on_hold(order, kind="stock", owner="staff:8", due_at=due_at, **STAMP)

    for prepare in (pickups.start_picking, pickups.mark_ready):
        with pytest.raises(OnHold):
            prepare(fresh(order), **STAMP)
    holding.release(order, kind="fraud", **STAMP)
    with pytest.raises(OnHold):
        pickups.start_picking(fresh(order), **STAMP)
    holding.release(order, kind="stock", **STAMP)

    assert pickups.start_picking(fresh(order), **STAMP).status == "picking"
    with pytest.raises(holding.NotHeld):
        holding.release(order, kind="stock", **STAMP)
    with pytest.raises(holding.TooLateToHold):
        holding.put_on_hold(order, kind="fraud", owner="staff:9", due_at=due_at, **STAMP)


def test_a_hold_that_nobody_decides_comes_onto_the_list_and_stays(shop):
    order = shop.order(1)
    due_at = SOON + timedelta(hours=2)
    hold = holding.put_on_hold(order, kind="payment", owner="staff:9", due_at=due_at, **STAMP)

    assert Task.objects.get(key=f"hold-{hold.pk}").due_at == due_at
    holding.overdue(Task.objects.get(key=f"hold-{hold.pk}"), at=due_at)

    assert list(Todo.objects.values_list("kind", "closed_at")) == [("order_held", None)]
    assert OrderHold.objects.get().released_at is None
    holding.release(order, kind="payment", **STAMP)
    assert Todo.objects.get().closed_at == SOON
