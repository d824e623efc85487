"""Pickups that nobody comes for: a reminder at half time, then the goods are sold again and the money goes back."""

from datetime import timedelta

import pytest

from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from inventory.availability import available
from inventory.models import Stock
from notifications.models import Message
from orders import pickups
from orders.models import Fulfillment, Payment, Todo
from orders.uncollected import KEPT
from tests.audits import violations
from tests.factories import MONDAY

pytestmark = pytest.mark.django_db
STAMP = {"by": Actor("staff", "7"), "channel": "store", "at": MONDAY}


@pytest.fixture
def pickup(shop) -> Fulfillment:
    return pickups.mark_ready(shop.pickup(2), **STAMP)


def types_of(pickup: Fulfillment) -> list[str]:
    entries = Entry.objects.filter(journey=pickup.order.journey_id).order_by("number")
    return [kind for kind in entries.values_list("type", flat=True) if not kind.startswith("message.")]


def statuses(pickup: Fulfillment) -> tuple[str, str]:
    return Fulfillment.objects.values_list("status", "order__status").get(pk=pickup.pk)


def test_at_half_time_she_is_reminded_once_more(pickup):
    run_due(at=MONDAY + KEPT / 2)

    assert types_of(pickup)[-1] == "fulfillment.waiting"
    assert list(Message.objects.filter(purpose="pickup_ready").order_by("phase").values_list("phase", flat=True)) == [
        "1",
        "2",
    ]


def test_in_the_end_the_goods_are_sold_again_and_the_money_goes_back(shop, pickup):
    before = Stock.objects.get(variant=shop.mug, location=shop.store)

    run_due(at=MONDAY + KEPT)

    after = Stock.objects.get(pk=before.pk)
    assert (before.allocated, after.allocated, after.on_hand) == (2, 0, before.on_hand)
    assert available([shop.mug.pk], at=MONDAY)[shop.mug.pk, shop.store.pk] == after.on_hand
    assert statuses(pickup) == ("expired", "canceled")
    assert [payment.amount - payment.refunded for payment in Payment.objects.filter(order=pickup.order)] == [0]
    assert violations("orders.audit.RULES", "inventory.audit.RULES") == []


def test_where_the_retailer_keeps_the_money_somebody_is_asked_to_decide(settings, pickup):
    settings.UNCOLLECTED = "keep"

    run_due(at=MONDAY + KEPT)

    assert statuses(pickup) == ("expired", "placed")
    assert Todo.objects.get().kind == "uncollected"
    assert violations("inventory.audit.RULES") == []


def test_what_was_collected_is_neither_reminded_of_nor_taken_back(pickup):
    pickups.collect(pickup, code=pickup.pickup_code, **STAMP)

    run_due(at=MONDAY + KEPT + timedelta(days=1))

    assert statuses(pickup)[0] == "collected"
    assert {"fulfillment.waiting", "fulfillment.expired"} & set(types_of(pickup)) == set()
