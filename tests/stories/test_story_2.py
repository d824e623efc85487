"""Story 2 with everything late that can be: no promise passes its time without a word before, or a stored reason."""

import contextlib
import random
from datetime import timedelta

import pytest

from commerce.promises import watching
from commerce.promises.models import Promise
from commerce.timeline.actors import SYSTEM, VISITOR
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from inventory import incoming, ledger
from inventory.models import Backorder, Stock
from notifications.models import Message
from orders import checkout, pickups, rerouting, shipments
from orders.delivery import slots
from orders.delivery.slots import SlotTooEarly
from orders.drafting import Terms
from orders.models import Fulfillment
from tests.audits import violations
from tests.factories import MONDAY
from tests.orders.delivery.windows import lay_out
from tests.orders.shop import home, open_shop

pytestmark = pytest.mark.django_db
RULES = ("commerce.promises", "inventory", "orders", "orders.delivery", "notifications")
STEP = timedelta(hours=6)
BUYERS, DAYS = 5, 16


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_is_late_she_hears_of_it_before_or_the_reason_is_stored(seed):
    shuffle = random.Random(seed)
    shop = open_shop()
    for place in (shop.store, shop.warehouse):
        ledger.sell({shop.mug.pk: 5}, location_id=place.pk, by=SYSTEM, at=MONDAY)
    Stock.objects.filter(location=shop.warehouse).update(backorder_cap=BUYERS)
    expect(shop, units=BUYERS, at=MONDAY, days=2)
    orders = [buy(shop, number) for number in range(BUYERS)]

    ledger.receive({shop.mug.pk: 2}, location_id=shop.store.pk, by=SYSTEM, at=MONDAY)
    lay_out(capacity=2, days=DAYS + 5)

    at, received = MONDAY, 0
    while at < MONDAY + timedelta(days=DAYS):
        at += STEP
        if received < BUYERS and shuffle.random() < 0.15:
            expect(shop, units=BUYERS, at=at, days=shuffle.randint(1, 4))
        if received < BUYERS and shuffle.random() < 0.15:
            came = shuffle.randint(1, BUYERS - received)
            goods, where = {shop.mug.pk: came}, {"location_id": shop.warehouse.pk, "reference": "PO-1"}
            incoming.arrive(goods, **where, key=f"n{received}", by=SYSTEM, at=at)
            received += came
            assert served() == {order.lines.get().public_id for order in orders[:received]}
        for part in Fulfillment.objects.select_related("order").order_by("pk"):
            goes_on(part, shuffle, at=at)
        watching.watch(at=at)
        run_due(at=at)

    over = Promise.objects.filter(due_at__lt=at - STEP)
    assert not over.filter(status="open").exists()
    assert Promise.objects.filter(status="told").exists()
    for promise in over.filter(status="broken"):
        told_late = promise.told_at is not None
        assert told_late or Entry.objects.filter(type="promise.broken", data__promise=promise.public_id).exists()
    for subject in Promise.objects.values_list("public_id", flat=True):
        assert Message.objects.filter(purpose="promise_endangered", subject=subject).count() <= 1
    assert [found for name in RULES for found in violations(f"{name}.audit.RULES")] == []


def expect(shop, *, units, at, days):
    goods, where = {shop.mug.pk: units}, {"location_id": shop.warehouse.pk, "reference": "PO-1"}
    incoming.expect(goods, **where, expected_at=at + timedelta(days=days), at=at)


def buy(shop, number):
    at = MONDAY + timedelta(minutes=number)
    email = f"persona.{number}@example.com"
    terms = Terms(expected_total=1250, deliver_to=home(), email=email, may_wait=True, call_me=bool(number % 2))
    return checkout.buy(shop.cart(), terms=terms, tender="cash", by=VISITOR, channel="store", at=at)


def served():
    return set(Backorder.objects.filter(status="served").values_list("demand", flat=True))


def agree(part, shuffle, **stamp):
    """They agree on one of the next windows, or hear from when on there are any."""
    free = list(slots.open_slots(postal_code="28013", at=stamp["at"])[:4])
    with contextlib.suppress(SlotTooEarly):
        slots.agree(part, shuffle.choice(free), **stamp)


def goes_on(part, shuffle, *, at):
    """A part goes on, or not: the warehouse is slow, or does not find it; the carrier fails, and repeats itself."""
    stamp = {"by": SYSTEM, "channel": "store", "at": at}
    if shuffle.random() < 0.5:
        return
    match part.status:
        case "allocated" if shuffle.random() < 0.3:
            agree(part, shuffle, **stamp)
        case "allocated" if shuffle.random() < 0.2:
            rerouting.cannot_find(part, **stamp)
        case "allocated":
            pickups.start_picking(part, **stamp)
        case "picking":
            shipments.hand_over(part, carrier="veloz", tracking_number=part.public_id, **stamp)
        case "handed_to_carrier" | "out_for_delivery" | "failed":
            status = shuffle.choice(["out_for_delivery", "failed", "delivered"])
            expected = at + timedelta(hours=shuffle.randint(1, 90))
            for _ in range(2):
                shipments.carrier_event(part.public_id, status, occurred_at=at, expected_at=expected, by=SYSTEM, at=at)
