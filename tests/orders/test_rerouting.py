"""What cannot be found is counted, and comes from elsewhere or is paid back; what a store lacks is sent to it."""

from datetime import timedelta

import pytest
from django.test import override_settings

from commerce.promotions import uses
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from inventory.models import Allocation, Movement, Repair, Stock
from orders import checkout, pickups, rerouting, sending
from orders.models import Fulfillment, Order, Payment, Todo
from orders.moves import IllegalMove
from orders.parts import NotInPart
from tests.audits import violations
from tests.factories import MONDAY, coupon, location, sales_channel, stock, variant, warehouse
from tests.orders.checking_out import address, cart_with, terms

pytestmark = pytest.mark.django_db
CLERK = Actor("staff", "7")
STAMP = {"by": CLERK, "channel": "store", "at": MONDAY}
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def audited(db):
    yield
    assert violations("orders.audit.RULES", "inventory.audit.RULES") == []


@pytest.fixture
def centro():
    return location("centro")


@pytest.fixture
def web(centro):
    return sales_channel("web", locations=(centro, warehouse(), location("norte")))


def buy(web, *lines, store=None) -> Order:
    """An order of (variant, units), collected at a store or delivered."""
    cart = cart_with(*lines, web=web)
    total = sum(1000 * units for _, units in lines)
    how = terms(total, store) if store else terms(total, deliver_to=address())
    return checkout.buy(cart, terms=how, tender="manual", by=CLERK, channel="web", at=MONDAY)


def parts(order: Order) -> list[tuple[str, str, str | None, int]]:
    """Status, location, where it is sent from, units; of each part that has any."""
    rows = Fulfillment.objects.filter(order=order).order_by("pk").select_related("location", "comes_from")
    return [
        (f.status, f.location.code, f.comes_from.code if f.comes_from else None, sum(x.quantity for x in f.lines.all()))
        for f in rows
    ]


def refunded(order: Order) -> int:
    return sum(Payment.objects.filter(order=order).values_list("refunded", flat=True))


def told(order: Order, kind: str) -> list[dict[str, object]]:
    return list(Entry.objects.filter(journey=order.journey_id, type=kind).order_by("pk").values_list("data", flat=True))


class TestCannotFind:
    """The shelf is empty, whatever the books say."""

    def test_who_could_not_find_it_is_not_asked_again(self, web, centro):
        cup = variant()
        stock(cup, centro, on_hand=5)
        stock(cup, location("norte"), on_hand=1)
        order = buy(web, (cup, 1))

        [second] = rerouting.cannot_find(order.fulfillments.get(), **STAMP)
        third = rerouting.cannot_find(second, **STAMP)

        assert (second.location.code, third) == ("norte", [])
        assert parts(order) == [("canceled", "centro", None, 0), ("canceled", "norte", None, 1)]
        assert refunded(order) == 1000

    def test_another_place_takes_over_with_a_promise_of_its_own(self, web, centro):
        cup = variant()
        stock(cup, warehouse(), on_hand=2)
        stock(cup, centro, on_hand=5)
        order = buy(web, (cup, 2))
        assert parts(order) == [("allocated", "almacen", None, 2)]

        rerouting.cannot_find(order.fulfillments.get(), **STAMP)

        assert parts(order) == [("canceled", "almacen", None, 0), ("allocated", "centro", None, 2)]
        shelf = Stock.objects.get(location=warehouse())
        assert (shelf.on_hand, shelf.allocated) == (0, 0)
        assert Repair.objects.get(closed_at=None).stock == shelf
        movement = Movement.objects.get(kind="adjusted")
        assert (movement.quantity, movement.reason) == (-2, "not found when it was picked")
        [rerouted] = told(order, "fulfillment.rerouted")
        assert rerouted["served_by"] == [{"location": centro.pk, "units": 2, "because": ["only"]}]
        assert len(told(order, "fulfillment.promised")) == 2

    def test_only_what_is_missing_goes_elsewhere(self, web, centro):
        cup = variant()
        stock(cup, warehouse(), on_hand=3)
        stock(cup, centro, on_hand=5)
        order = buy(web, (cup, 3))

        rerouting.cannot_find(order.fulfillments.get(), missing={cup.sku: 1}, **STAMP)

        assert parts(order) == [("allocated", "almacen", None, 2), ("allocated", "centro", None, 1)]

    def test_what_nobody_has_is_paid_back_and_the_rest_goes_on(self, web, centro):
        cup, plate = variant(), variant()
        stock(cup, warehouse(), on_hand=3)
        stock(plate, warehouse(), on_hand=1)
        order = buy(web, (cup, 3), (plate, 1))

        taken_over = rerouting.cannot_find(order.fulfillments.get(), missing={cup.sku: 2}, **STAMP)

        assert taken_over == []
        assert parts(order) == [("allocated", "almacen", None, 2), ("canceled", "almacen", None, 2)]
        assert refunded(order) == 2000
        assert [entry["units"] for entry in told(order, "fulfillment.unserved")] == [2]

    def test_an_order_of_which_nothing_can_be_found_is_canceled_and_paid_back(self, web):
        cup = variant()
        stock(cup, warehouse(), on_hand=1)
        order = buy(web, (cup, 1))

        rerouting.cannot_find(order.fulfillments.get(), **STAMP)

        order.refresh_from_db()
        assert (order.status, order.payment_status, refunded(order)) == ("canceled", "refunded", 1000)

    def test_what_is_canceled_since_nobody_has_it_leaves_its_coupon_to_others(self, web):
        cup = variant()
        stock(cup, warehouse(), on_hand=1)
        order = buy(web, (cup, 1))
        code = coupon("DIEZ", use_limit=1)
        uses.hold(code, demand=order.public_id, person=None, at=MONDAY, expires_at=TUESDAY)
        uses.redeem(order.public_id, at=MONDAY)

        rerouting.cannot_find(order.fulfillments.get(), **STAMP)

        code.refresh_from_db()
        assert (code.uses_held, code.uses_redeemed) == (0, 0)

    def test_a_pickup_comes_from_elsewhere_only_where_things_are_sent_to_its_store(self, web, centro):
        cup = variant()
        stock(cup, centro, on_hand=2)
        stock(cup, warehouse(), on_hand=9)
        first, second = buy(web, (cup, 1), store=centro), buy(web, (cup, 1), store=centro)

        rerouting.cannot_find(first.fulfillments.get(), **STAMP)
        centro.transfer_days = 1
        centro.save()
        rerouting.cannot_find(second.fulfillments.get(), **STAMP)

        assert parts(first) == [("canceled", "centro", None, 1)]
        assert parts(second) == [("canceled", "centro", None, 0), ("allocated", "centro", "almacen", 1)]

    def test_what_is_ready_or_not_in_it_cannot_be_missed(self, web, centro):
        cup = variant()
        stock(cup, centro, on_hand=2)
        pickup = buy(web, (cup, 2), store=centro).fulfillments.get()

        for wrong in ({cup.sku: 3}, {"OTRO": 1}, {}):
            with pytest.raises(NotInPart):
                rerouting.cannot_find(pickup, missing=wrong, **STAMP)
        pickups.mark_ready(pickup, **STAMP)
        with pytest.raises(IllegalMove):
            rerouting.cannot_find(pickup, **STAMP)


class TestShippedToStore:
    """Another place sends what the store lacks, and it stays hers on the road."""

    @pytest.fixture
    def order(self, web, centro) -> Order:
        centro.transfer_days = 2
        centro.save()
        cup, plate = variant(), variant()
        stock(cup, warehouse(), on_hand=3)
        stock(plate, centro, on_hand=1)
        return buy(web, (cup, 2), (plate, 1), store=centro)

    def test_each_place_prepares_its_part_and_each_is_promised_for_itself(self, order):
        assert sorted(parts(order), key=str) == [
            ("allocated", "centro", "almacen", 2),
            ("allocated", "centro", None, 1),
        ]
        here, sent = order.fulfillments.order_by("promised_for")
        assert sent.comes_from == warehouse()
        assert sent.promised_for - here.promised_for > timedelta(days=1)

    def test_it_is_sent_is_on_the_road_and_is_ready_when_it_is_here(self, order, centro):
        sent = order.fulfillments.get(comes_from=warehouse())
        with pytest.raises(IllegalMove):
            pickups.mark_ready(sent, **STAMP)

        sending.send(sent, **STAMP)
        assert (Fulfillment.objects.get(pk=sent.pk).status, *levels("on-the-road")) == ("in_transit", 2, 2)
        assert violations("orders.audit.RULES", "inventory.audit.RULES") == []
        pickups.mark_ready(sent, by=CLERK, channel="store", at=TUESDAY)
        assert (Fulfillment.objects.get(pk=sent.pk).status, *levels("on-the-road")) == ("ready", 0, 0)
        pickups.collect(sent, code=sent.pickup_code, by=CLERK, channel="store", at=TUESDAY)

        assert Allocation.objects.filter(status="open").count() == 1
        assert Movement.objects.filter(kind="collected").get().stock.location == centro

    def test_a_pickup_from_the_shelf_is_sent_nowhere(self, order):
        with pytest.raises(IllegalMove):
            sending.send(order.fulfillments.get(comes_from=None), **STAMP)


def levels(code: str) -> tuple[int, int]:
    """On hand and allocated at a place."""
    return Stock.objects.values_list("on_hand", "allocated").get(location__code=code)


class TestPartlyCollected:
    """She takes some of it."""

    @pytest.fixture
    def pickup(self, web, centro) -> Fulfillment:
        cup, plate = variant(sku="TAZA"), variant(sku="PLATO")
        stock(cup, centro, on_hand=3)
        stock(plate, centro, on_hand=1)
        made = buy(web, (cup, 3), (plate, 1), store=centro).fulfillments.select_related("order").get()
        return pickups.mark_ready(made, **STAMP)

    def test_the_rest_stays_ready_under_the_same_code(self, pickup):
        pickups.collect(pickup, code=pickup.pickup_code, lines={"TAZA": 2}, **STAMP)

        order = pickup.order
        assert parts(order) == [("collected", "centro", None, 2), ("ready", "centro", None, 2)]
        rest = order.fulfillments.get(status="ready")
        assert [entry["units"] for entry in told(order, "fulfillment.parted")] == [2]
        pickups.collect(rest, code=pickup.pickup_code, by=CLERK, channel="store", at=TUESDAY)
        order.refresh_from_db()
        assert order.status == "completed"

    @override_settings(PARTLY_COLLECTED="refund")
    def test_or_goes_back_on_sale_and_is_paid_back(self, pickup):
        pickups.collect(pickup, code=pickup.pickup_code, lines={"TAZA": 2}, **STAMP)

        order = pickup.order
        assert parts(order) == [("collected", "centro", None, 2), ("canceled", "centro", None, 2)]
        order.refresh_from_db()
        assert (order.status, refunded(order)) == ("completed", 2000)
        assert list(Stock.objects.order_by("pk").values_list("on_hand", "allocated")) == [(1, 0), (1, 0)]

    def test_all_of_it_by_name_is_simply_collected(self, pickup):
        pickups.collect(pickup, code=pickup.pickup_code, lines={"TAZA": 3, "PLATO": 1}, **STAMP)

        assert parts(pickup.order) == [("collected", "centro", None, 4)]

    def test_more_than_there_is_or_the_wrong_code_changes_nothing(self, pickup):
        with pytest.raises(NotInPart):
            pickups.collect(pickup, code=pickup.pickup_code, lines={"TAZA": 4}, **STAMP)
        with pytest.raises(pickups.WrongProof):
            pickups.collect(pickup, code="NO", lines={"TAZA": 1}, **STAMP)

        assert parts(pickup.order) == [("ready", "centro", None, 4)]


def test_what_was_not_paid_yet_is_left_for_somebody_to_settle(web, centro):
    cup = variant()
    stock(cup, warehouse(), on_hand=2)
    order = buy(web, (cup, 2))
    Payment.objects.filter(order=order).update(status="pending", captured_at=None)
    Order.objects.filter(pk=order.pk).update(payment_status="due")

    rerouting.cannot_find(order.fulfillments.get(), missing={cup.sku: 1}, **STAMP)

    assert Todo.objects.get().kind == "unserved"
