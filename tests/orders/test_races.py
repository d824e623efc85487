"""Two hands on one thing: checkouts, payments and clerks at the same moment, on real sessions."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction

from commerce.carts.edits import CartClosed
from commerce.carts.models import Cart
from commerce.carts.showing import carts
from commerce.timeline.actors import SYSTEM, VISITOR
from commerce.timeline.models import Entry, Task
from inventory.holds import OutOfStock
from inventory.models import Stock
from orders import abandoning, cancel, checkout, payments, pickups, shipments
from orders.cancel import TooLateToCancel
from orders.checkout import CheckoutEnded
from orders.drafting import Terms
from orders.models import Fulfillment, Order
from orders.moves import IllegalMove
from orders.payments import AlreadyPaid, NotPaid, NotPayable
from tests.audits import violations
from tests.factories import MONDAY, location, stock, variant
from tests.orders.shop import Shop, fresh, home
from tests.races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]

STAMP = {"by": VISITOR, "channel": "web", "at": MONDAY}
LATER = MONDAY + timedelta(minutes=21)
REFUSALS = (AlreadyPaid, CartClosed, CheckoutEnded, IllegalMove, NotPaid, NotPayable, OutOfStock, TooLateToCancel)


@pytest.fixture(autouse=True)
def audited(shop):
    yield
    assert violations("orders.audit.RULES", "inventory.audit.RULES", "commerce.timeline.audit.RULES") == []


def outcomes(found: list[object]) -> Counter[str]:
    """How often what came out; anything but a refusal of the house is raised again."""
    for outcome in found:
        if isinstance(outcome, Exception) and not isinstance(outcome, REFUSALS):
            raise outcome
    return Counter(type(outcome).__name__ if isinstance(outcome, Exception) else "done" for outcome in found)


def buy(cart: Cart, shop: Shop, *, total: int = 1250, delivered: bool = False) -> Order:
    terms = Terms(
        expected_total=total,
        pickup_at=None if delivered else shop.store,
        deliver_to=home() if delivered else None,
        email="eva@example.com",
    )
    return checkout.buy(carts().get(pk=cart.pk), terms=terms, tender="manual", **STAMP)


def test_one_cart_that_is_bought_from_eight_windows_becomes_one_order(shop):
    cart = shop.cart()

    found = outcomes(at_once(8, lambda _: buy(cart, shop)))

    assert found == {"done": 1, "CartClosed": 7}
    assert Order.objects.count() == 1


def test_a_paid_draft_that_is_finalized_eight_times_at_once_is_placed_once(shop):
    terms = Terms(expected_total=1250, pickup_at=shop.store, email="eva@example.com")
    draft = checkout.prepare(shop.cart(), terms=terms, **STAMP)
    payments.take_manual(draft, **STAMP)

    numbers = {order.number for order in at_once(8, lambda _: checkout.finalize(draft, **STAMP))}

    assert len(numbers) == 1
    assert Fulfillment.objects.count() == 1
    assert Entry.objects.filter(type="order.placed").count() == 1


def test_when_a_hold_ends_as_the_money_comes_the_order_is_placed_or_the_money_stays_out(shop):
    for _ in range(10):
        terms = Terms(expected_total=1250, pickup_at=shop.store, email="eva@example.com")
        draft = checkout.prepare(shop.cart(), terms=terms, **STAMP)

        def pay(draft: Order = draft) -> None:
            payments.take_manual(draft, by=VISITOR, channel="web", at=LATER)
            checkout.finalize(draft, by=VISITOR, channel="web", at=LATER)

        def give_up(draft: Order = draft) -> None:
            with transaction.atomic():  # as the worker does
                abandoning.after_hold(Task.objects.get(key=draft.public_id), at=LATER)

        work = [pay, give_up]
        outcomes(at_once(2, lambda number, work=work: work[number]()))

        draft.refresh_from_db()
        if draft.status == "placed":
            cancel.cancel(draft, **STAMP)
        assert draft.status in ("placed", "canceled")
    assert Stock.objects.filter(held=0, allocated=0).count() == Stock.objects.count()


def test_a_rush_for_delivery_sells_what_all_places_have_together(shop):
    """Whoever finds the first place sold out is served from the next one, not refused."""
    for _ in range(3):
        last = variant(price=1000)
        places = [location(code) for code in ("norte", "sur", "este")]
        shop.web.locations.set(places)
        for place, units in zip(places, (1, 3, 2), strict=True):
            stock(last, place, on_hand=units)
        shop.mug = last
        wanted = [shop.cart() for _ in range(16)]

        found = outcomes(
            at_once(16, lambda number, wanted=wanted: buy(wanted[number], shop, total=1000, delivered=True))
        )

        assert found == {"done": 6, "OutOfStock": 10}
        assert sorted(Stock.objects.filter(variant=last).values_list("on_hand", "allocated")) == [
            (1, 1),
            (2, 2),
            (3, 3),
        ]


def test_of_picking_and_canceling_at_once_one_wins(shop):
    for _ in range(5):
        pickup = shop.pickup()

        found = outcomes(
            at_once(
                2,
                lambda number, pickup=pickup: (
                    pickups.start_picking(fresh(pickup.order), **STAMP)
                    if number
                    else cancel.cancel(Order.objects.get(pk=pickup.order_id), **STAMP)
                ),
            )
        )

        assert found["done"] == 1
        assert (Order.objects.get(pk=pickup.order_id).status, fresh(pickup.order).status) in [
            ("placed", "picking"),
            ("canceled", "canceled"),
        ]


def test_two_parcels_of_one_order_that_arrive_at_once_complete_it_once(shop):
    for round_ in range(5):
        order = split_order(shop)
        parcels = list(Fulfillment.objects.select_related("order").filter(order=order).order_by("pk"))
        for number, parcel in enumerate(parcels):
            shipments.hand_over(parcel, carrier="Veloz", tracking_number=f"{round_}-{number}", **STAMP)

        at_once(
            len(parcels),
            lambda number, round_=round_: shipments.carrier_event(
                f"{round_}-{number}", "delivered", occurred_at=LATER, by=SYSTEM, at=LATER
            ),
        )

        assert (len(parcels), Order.objects.get(pk=order.pk).status) == (2, "completed")
        assert Entry.objects.filter(type="order.completed", journey=order.journey_id).count() == 1


def split_order(shop: Shop) -> Order:
    """An order that no place has whole, so that it goes in two parcels."""
    last = variant(price=1000)
    for place in (shop.store, shop.warehouse):
        stock(last, place, on_hand=1)
    shop.mug = last
    return buy(shop.cart(2), shop, total=2000, delivered=True)
