"""Two hands on one order after the sale, 32 at once on real sessions: one defined winner, and clean books.

Each race has its positive control: with the guard taken away, the same sessions break the rule.
"""

import threading
from collections import Counter
from datetime import timedelta
from unittest import mock

import pytest
from django.db import transaction

from commerce.timeline.actors import SYSTEM, Actor
from orders import cancel, moves, pickups, refunds
from orders.cancel import TooLateToCancel
from orders.changes import editing
from orders.changes.editing import TooLateToChange
from orders.models import Fulfillment, Order, Payment
from orders.moves import IllegalMove
from orders.payments import NotPaid
from orders.refunds import RefundTooLarge
from orders.returns import settling, starting
from orders.returns.models import Return
from orders.returns.starting import MoreThanBought
from orders.stripe import settling as at_stripe
from orders.stripe.gateway import Seen, State
from orders.stripe.models import Checkout
from tests.audits import violations
from tests.factories import MONDAY
from tests.orders.returns.bringing_back import AUDITS, STAMP, announced, back, bought, looked_at
from tests.orders.shop import Shop, fresh
from tests.races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]

MANY = 32
AT = MONDAY + timedelta(minutes=5)
NOW = {"by": Actor("staff", "7"), "channel": "store", "at": AT}
REFUSALS = (IllegalMove, MoreThanBought, NotPaid, RefundTooLarge, TooLateToCancel, TooLateToChange)


@pytest.fixture(autouse=True)
def audited(request, shop):
    yield
    if "without" not in request.node.name:
        assert violations(*AUDITS) == []


def outcomes(found: list[object]) -> Counter[str]:
    for outcome in found:
        if isinstance(outcome, Exception) and not isinstance(outcome, REFUSALS):
            raise outcome
    return Counter(type(outcome).__name__ if isinstance(outcome, Exception) else "done" for outcome in found)


def change_against_picking(shop: Shop) -> tuple[Counter[str], Order]:
    """16 who change an order, 16 who begin to prepare it; what came of it."""
    order = shop.order(2)

    def work(number: int) -> object:
        if number % 2:
            return pickups.start_picking(fresh(order), **NOW)
        return editing.edit(order, {shop.mug.pk: 1}, expected_total=1250, **NOW)

    found = outcomes(at_once(MANY, work))
    return found, Order.objects.get(pk=order.pk)


def test_of_changes_and_pickers_the_pickers_stop_all_changes_after_them(shop):
    found, order = change_against_picking(shop)

    part = Fulfillment.objects.get()
    assert part.status == "picking"
    assert (order.total, part.lines.get().quantity) in ((2500, 2), (1250, 1))
    assert found["IllegalMove"] == 15  # all pickers but one
    assert found["done"] == 1 + 16 - found["TooLateToChange"]


def test_without_the_look_at_its_parts_an_order_is_changed_under_the_pickers_hands(shop):
    order = shop.order(2)
    pickups.start_picking(fresh(order), **NOW)

    with mock.patch.object(editing, "changeable", lambda order: list(order.fulfillments.select_related("order"))):
        editing.edit(order, {shop.mug.pk: 1}, expected_total=1250, **NOW)

    # Three units leave the store for an order of one.
    parts = Fulfillment.objects.order_by("pk").values_list("status", "lines__quantity")
    assert list(parts) == [("picking", 2), ("allocated", 1)]


def return_against_refund(shop: Shop) -> tuple[Counter[str], Payment]:
    """16 who settle one return of all units, 16 who give all the money back by hand."""
    order = bought(shop, "web")
    returned = looked_at(announced(order, 2, way="post"), shop.warehouse)
    payment = Payment.objects.select_related("order").get(order=order)

    def work(number: int) -> object:
        if number % 2:
            return refunds.give_back(payment, amount=2500, reason="goodwill", **NOW)
        return settling.settle(Return.objects.select_related("order").get(pk=returned.pk), **STAMP)

    found = outcomes(at_once(MANY, work))
    payment.refresh_from_db()
    return found, payment


def test_of_returns_and_refunds_one_gives_the_money_back(shop):
    found, payment = return_against_refund(shop)

    assert (found["done"], payment.refunded) == (1, 2500)
    settled = Return.objects.get().status == "settled"
    assert (found["RefundTooLarge"], found["NotPaid"]) == ((16, 0) if settled else (15, 16))


def test_without_the_guarded_sum_money_is_given_twice(shop):
    order = bought(shop, "web")
    payment = Payment.objects.select_related("order").get(order=order)

    def unguarded(number: int) -> bool:
        row = Payment.objects.get(pk=payment.pk)  # the check on a stale copy that the UPDATE replaces
        if row.refunded + 2500 > row.amount:
            return False
        barrier.wait()
        refunds.Refund.objects.create(payment=row, amount=2500, reason="goodwill", created_at=AT)
        return True

    barrier = threading.Barrier(4)
    assert at_once(4, unguarded) == [True] * 4


def announce_units(shop: Shop, order: Order) -> list[object]:
    """32 who announce a return of one and the same last unit, each a return of its own."""

    def work(_: int) -> object:
        return starting.count(order.lines.get().public_id, 1)

    return at_once(MANY, work)


def test_of_many_returns_of_two_units_two_are_counted(shop):
    order = bought(shop, "web")

    found = Counter(type(outcome).__name__ for outcome in announce_units(shop, order))

    assert found == {"NoneType": 2, "MoreThanBought": 30}
    order.lines.update(returned=0)


def test_of_many_who_announce_the_same_goods_one_does(shop):
    order = bought(shop, "web")
    said = {"way": "post", "outcome": "refund", "sales_channel": shop.web}

    found = outcomes(at_once(MANY, lambda _: starting.announce(order, back=back(order, 2), **said, **STAMP)))

    assert found == {"done": 1, "MoreThanBought": 31}


SEEN = Seen(state=State.CAPTURED, amount=1250, currency="EUR", intent="pi_1")


def waiting_for_stripe(shop: Shop) -> tuple[Order, Payment]:
    """An order that was placed with a link that nobody has paid yet."""
    order = shop.order(1)
    Payment.objects.all().delete()
    Order.objects.update(payment_status="due")
    payment = Payment.objects.create(order=order, tender="stripe", amount=1250, currency="EUR")
    Checkout.objects.create(payment=payment, kind="link", created_at=AT, expires_at=AT + timedelta(days=1))
    return order, payment


def capture(order: Order, payment: Payment) -> None:
    """Stripe tells that the money has come."""
    with transaction.atomic():
        locked = moves.lock_with_cart(Order.objects.get(pk=order.pk))
        at_stripe.settle(locked, payment.pk, SEEN, by=SYSTEM, at=AT)


def cancel_against_capture(shop: Shop) -> tuple[list[object], Order]:
    """16 who cancel an order, 16 to whom Stripe tells that its payment has come."""
    order, payment = waiting_for_stripe(shop)

    def work(number: int) -> object:
        if number % 2:
            return cancel.cancel(Order.objects.get(pk=order.pk), **NOW)
        return capture(order, payment)

    return at_once(MANY, work), Order.objects.get(pk=order.pk)


def test_of_cancels_and_captures_the_order_is_canceled_and_its_money_goes_back(shop):
    found, order = cancel_against_capture(shop)

    counted = outcomes(found)
    assert (counted["done"], counted["TooLateToCancel"] + counted["IllegalMove"]) == (17, 15)
    payment = Payment.objects.get()
    assert (order.status, payment.status, payment.refunded) == ("canceled", "captured", 1250)


def test_without_serving_what_comes_late_its_money_stays_with_us(shop):
    order, payment = waiting_for_stripe(shop)
    cancel.cancel(order, **NOW)

    with mock.patch.dict(at_stripe.SERVE, {Order.Status.CANCELED: lambda *_: None}):
        capture(order, payment)

    assert Payment.objects.get().refunded == 0
    assert len(violations(*AUDITS)) > 0
