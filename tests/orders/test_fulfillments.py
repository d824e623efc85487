"""Goods are picked, collected or sent, told of by a carrier in any order, or canceled before anybody prepares them."""

from datetime import timedelta
from itertools import permutations

import pytest

from commerce.promotions.models import Coupon
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from inventory.models import Allocation, Movement, Stock
from orders import cancel, pickups, shipments
from orders.cancel import TooLateToCancel
from orders.models import Fulfillment, Order, Payment
from orders.moves import IllegalMove
from orders.pickups import WrongProof
from orders.shipments import ParcelKnown, UnknownParcel
from tests.audits import violations
from tests.factories import MONDAY, coupon, location, person, stock
from tests.orders.shop import Shop, fresh

pytestmark = pytest.mark.django_db
CLERK = Actor("staff", "7")
CARRIER = Actor("carrier")
STAMP = {"by": CLERK, "channel": "store", "at": MONDAY}
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def audited(shop):
    yield
    assert violations("orders.audit.RULES", "inventory.audit.RULES", "commerce.promotions.audit.RULES") == []


def counters(shop: Shop, at=None) -> tuple[int, int]:
    return Stock.objects.values_list("on_hand", "allocated").get(variant=shop.mug, location=at or shop.store)


def told(order: Order) -> list[str]:
    entries = Entry.objects.filter(journey=order.journey_id, type__regex="^(fulfillment|order|payment)")
    return list(entries.order_by("number").values_list("type", flat=True))[3:]


class TestPickup:
    """She collects it at the store."""

    def test_picked_ready_and_collected_by_its_code(self, shop):
        pickup = shop.pickup(2)

        pickups.start_picking(pickup, **STAMP)
        pickups.mark_ready(pickup, **STAMP)
        code = pickup.pickup_code
        pickups.collect(pickup, code=f" {code[:3]}-{code[3:].lower()} ", **STAMP)

        assert (len(code), fresh(pickup.order).status) == (6, "collected")
        assert counters(shop) == (3, 0)
        assert Movement.objects.values_list("kind", "quantity", "actor").get(kind="collected") == (
            "collected",
            -2,
            "staff:7",
        )
        assert Order.objects.get().status == "completed"
        assert told(pickup.order) == [
            "fulfillment.picking",
            "fulfillment.ready",
            "fulfillment.collected",
            "order.completed",
        ]

    def test_ready_in_one_go_tells_both_steps(self, shop):
        pickup = shop.pickup()

        pickups.mark_ready(pickup, **STAMP)

        assert told(pickup.order) == ["fulfillment.picking", "fulfillment.ready"]

    def test_collected_by_number_and_name(self, shop):
        pickup = pickups.mark_ready(shop.pickup(), **STAMP)

        pickups.collect(pickup, order_number=f" {pickup.order.number}", name="gomez, EVA", **STAMP)

        assert fresh(pickup.order).status == "collected"

    @pytest.mark.parametrize(
        "said",
        [
            {},
            {"code": ""},
            {"code": "222222"},
            {"name": "Eva"},
            {"order_number": "1", "name": "Eva"},
            {"order_number": "NUMBER", "name": ""},
            {"order_number": "NUMBER", "name": "Eva Pérez"},
        ],
    )
    def test_goods_are_kept_from_whoever_cannot_show_that_they_are_hers(self, said, shop):
        pickup = pickups.mark_ready(shop.pickup(), **STAMP)
        said = {name: pickup.order.number if value == "NUMBER" else value for name, value in said.items()}

        with pytest.raises(WrongProof):
            pickups.collect(pickup, **said, **STAMP)

        assert (fresh(pickup.order).status, counters(shop)) == ("ready", (5, 1))

    def test_nothing_is_collected_before_it_is_ready(self, shop):
        with pytest.raises(IllegalMove):
            pickups.collect(shop.pickup(), code="", **STAMP)

    def test_nothing_is_collected_twice(self, shop):
        pickup = pickups.mark_ready(shop.pickup(), **STAMP)
        seen = fresh(pickup.order)
        pickups.collect(pickup, code=pickup.pickup_code, **STAMP)

        with pytest.raises(IllegalMove, match="no longer ready"):
            pickups.collect(seen, code=pickup.pickup_code, **STAMP)

        assert counters(shop) == (4, 0)


class TestShipment:
    """A carrier brings it."""

    def handed_over(self, shop: Shop, number: str = "MX1") -> Fulfillment:
        return shipments.hand_over(shop.parcel(2), carrier="Veloz", tracking_number=number, **STAMP)

    def news(self, status: str, hours: int, *, expected: int | None = None, number: str = "MX1", **fields) -> None:
        shipments.carrier_event(
            number,
            status,
            occurred_at=TUESDAY + timedelta(hours=hours),
            expected_at=TUESDAY + timedelta(hours=expected) if expected else None,
            by=CARRIER,
            at=TUESDAY + timedelta(days=2),
            **fields,
        )

    def test_goods_leave_the_books_when_the_carrier_has_them(self, shop):
        parcel = self.handed_over(shop)

        assert counters(shop, shop.warehouse) == (3, 0)
        assert (parcel.carrier, parcel.tracking_number) == ("Veloz", "MX1")
        assert told(parcel.order) == ["fulfillment.picking", "fulfillment.handed_to_carrier"]

    def test_out_for_delivery_and_delivered_complete_the_order(self, shop):
        parcel = self.handed_over(shop)

        self.news("out_for_delivery", 8, expected=11)
        self.news("delivered", 10)

        parcel = fresh(parcel.order)
        assert (parcel.status, parcel.expected_at) == ("delivered", TUESDAY + timedelta(hours=11))
        assert parcel.order.status == "completed"
        assert told(parcel.order)[2:] == [
            "fulfillment.out_for_delivery",
            "fulfillment.expected",
            "fulfillment.delivered",
            "order.completed",
        ]
        delivered = Entry.objects.get(type="fulfillment.delivered")
        assert (delivered.occurred_at, delivered.recorded_at) == (
            TUESDAY + timedelta(hours=10),
            TUESDAY + timedelta(days=2),
        )

    @pytest.mark.parametrize(
        "order",
        list(
            permutations(
                [
                    ("out_for_delivery", 8, 11),
                    ("failed", 12, None),
                    ("out_for_delivery", 20, 22),
                    ("delivered", 21, None),
                ]
            )
        ),
    )
    def test_the_same_news_twice_and_in_any_order_end_the_same(self, order, shop):
        parcel = self.handed_over(shop)

        for status, hours, expected in [news for news in order for _ in range(2)]:
            self.news(status, hours, expected=expected)

        parcel = fresh(parcel.order)
        assert (parcel.status, parcel.expected_at, parcel.order.status) == (
            "delivered",
            TUESDAY + timedelta(hours=22),
            "completed",
        )
        heard = sorted(type for type in told(parcel.order)[2:] if type != "fulfillment.expected")
        assert sorted(set(heard)) == [
            "fulfillment.delivered",
            "fulfillment.failed",
            "fulfillment.out_for_delivery",
            "order.completed",
        ]
        assert len(heard) - heard.count("fulfillment.out_for_delivery") == 3
        assert heard.count("fulfillment.out_for_delivery") <= 2  # the second try is one of its own

    @pytest.mark.parametrize("order", list(permutations(["delivered", "returned_to_sender", "handed_to_carrier"])))
    def test_two_ends_of_one_parcel_are_the_same_end_in_any_order(self, order, shop):
        parcel = self.handed_over(shop)

        for status in order:
            self.news(status, 9)

        assert (fresh(parcel.order).status, Order.objects.get().status) == ("delivered", "completed")

    def test_a_parcel_that_comes_back_does_not_complete_the_order(self, shop):
        parcel = self.handed_over(shop)

        self.news("failed", 8)
        self.news("returned_to_sender", 30)

        assert (fresh(parcel.order).status, Order.objects.get().status) == ("returned_to_sender", "placed")

    @pytest.mark.parametrize("number", ["MX9", ""])
    def test_a_parcel_that_nobody_knows_is_refused(self, number, shop):
        shop.parcel()

        with pytest.raises(UnknownParcel, match="no parcel"):
            self.news("delivered", 8, number=number)

    def test_a_number_that_two_carriers_use_needs_the_carrier(self, shop):
        self.handed_over(shop)
        other = shipments.hand_over(shop.parcel(), carrier="Lenta", tracking_number="MX1", **STAMP)

        with pytest.raises(UnknownParcel, match="several"):
            self.news("delivered", 8)

        self.news("delivered", 8, carrier="Lenta")
        assert fresh(other.order).status == "delivered"

    def test_two_parcels_cannot_have_one_number(self, shop):
        self.handed_over(shop)

        with pytest.raises(ParcelKnown):
            self.handed_over(shop)

    def test_an_order_of_two_parcels_is_complete_with_the_second(self, shop):
        parcels = list(
            Fulfillment.objects.select_related("order").filter(order=shop.order(8, delivered=True)).order_by("pk")
        )
        for number, parcel in enumerate(parcels):
            shipments.hand_over(parcel, carrier="Veloz", tracking_number=f"MX{number}", **STAMP)

        self.news("delivered", 8, number="MX0")
        assert Order.objects.get().status == "placed"
        self.news("delivered", 9, number="MX1")
        assert (len(parcels), Order.objects.get().status) == (2, "completed")


class TestCanceling:
    """A promise is taken back before anybody works on it."""

    def test_goods_coupon_and_money_are_free_again(self, shop):
        code = coupon("UNA", value=0, use_limit=1)
        order = shop.order(2)

        canceled = cancel.cancel(order, **STAMP)

        assert (canceled.status, canceled.payment_status, fresh(order).status) == ("canceled", "refunded", "canceled")
        assert (counters(shop), Allocation.objects.get().status) == ((5, 0), "released")
        assert Payment.objects.values_list("amount", "refunded").get() == (2500, 2500)
        assert (Coupon.objects.get(pk=code.pk).uses_redeemed, told(order)) == (
            0,
            ["fulfillment.canceled", "payment.refunded", "order.canceled"],
        )

    def test_what_is_being_picked_is_not_canceled(self, shop):
        pickup = shop.pickup()
        pickups.start_picking(pickup, **STAMP)

        with pytest.raises(TooLateToCancel):
            cancel.cancel(pickup.order, **STAMP)

    def test_nothing_is_canceled_twice(self, shop):
        order = shop.order()
        cancel.cancel(order, **STAMP)

        with pytest.raises((IllegalMove, TooLateToCancel)):
            cancel.cancel(order, **STAMP)


def test_somebody_elses_shelf_serves_a_delivery_and_its_books_follow(shop):
    far = location("lejos")
    shop.web.locations.add(far)
    stock(shop.mug, far, on_hand=99)

    parcel = shop.parcel(12, person=person(email="lucia@example.com"))

    assert parcel.location == far
    shipments.hand_over(parcel, carrier="Veloz", tracking_number="MX1", **STAMP)
    assert counters(shop, far) == (87, 0)
