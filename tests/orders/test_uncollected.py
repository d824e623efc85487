"""Pickups that nobody comes for: a reminder at half time, then the goods are sold again and the money goes back."""

from datetime import timedelta

import pytest

from commerce.timeline.actors import VISITOR, Actor
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from inventory.availability import available
from inventory.models import Stock
from notifications.models import Message
from orders import checkout, pickups, rerouting, sending
from orders.models import Fulfillment, Payment, Todo
from orders.uncollected import KEPT
from tests.audits import violations
from tests.factories import MONDAY, stock, variant
from tests.orders.checking_out import cart_with, terms

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


def test_who_collects_a_part_after_half_time_is_not_reminded_in_the_same_minute(pickup):
    run_due(at=MONDAY + KEPT / 2)
    late = STAMP | {"at": MONDAY + KEPT / 2 + timedelta(days=1)}
    pickups.collect(Fulfillment.objects.get(pk=pickup.pk), code=pickup.pickup_code, lines={"TAZA": 1}, **late)

    run_due(at=late["at"])

    assert types_of(pickup).count("fulfillment.waiting") == 1


def test_who_collects_a_part_before_half_time_is_reminded_of_the_rest_once(pickup):
    pickups.collect(pickup, code=pickup.pickup_code, lines={"TAZA": 1}, **STAMP)

    run_due(at=MONDAY + KEPT / 2)

    assert types_of(pickup).count("fulfillment.waiting") == 1


def test_what_she_leaves_of_a_partly_collected_pickup_is_paid_back_and_the_order_is_complete(pickup):
    pickups.collect(pickup, code=pickup.pickup_code, lines={"TAZA": 1}, **STAMP)

    run_due(at=MONDAY + KEPT)

    parts = Fulfillment.objects.filter(order=pickup.order).order_by("pk")
    assert [(part.status, part.order.status) for part in parts] == [
        ("collected", "completed"),
        ("expired", "completed"),
    ]
    assert [payment.refunded for payment in Payment.objects.filter(order=pickup.order)] == [1250]
    assert list(Todo.objects.values_list("kind", flat=True)) == ["pay_out"]
    assert violations("orders.audit.RULES", "inventory.audit.RULES") == []


@pytest.fixture
def both(shop) -> tuple[Fulfillment, Fulfillment]:
    """Two parts of an order: a mug that lies ready in the store, and a bowl that another place sends to it."""
    shop.store.transfer_days = 1
    shop.store.save()
    bowl = variant(sku="BOL", price=2000)
    stock(bowl, shop.warehouse, on_hand=1)
    cart = cart_with((shop.mug, 1), (bowl, 1), web=shop.web)
    order = checkout.buy(cart, terms=terms(3250, shop.store), tender="manual", by=VISITOR, channel="web", at=MONDAY)
    here, sent = order.fulfillments.order_by("-comes_from")
    return pickups.mark_ready(here, **STAMP), sent


def test_a_part_that_expires_before_another_is_collected_is_paid_back_and_the_order_ends_with_the_other(both):
    here, sent = both

    run_due(at=MONDAY + KEPT)
    sending.send(sent, **STAMP)
    pickups.mark_ready(sent, **STAMP)
    pickups.collect(sent, code=sent.pickup_code, **STAMP)

    assert statuses(here) == ("expired", "completed")
    assert [payment.refunded for payment in Payment.objects.filter(order=here.order)] == [1250]
    assert violations("orders.audit.RULES", "inventory.audit.RULES") == []


def test_what_she_leaves_and_what_nobody_finds_are_both_paid_back_and_the_order_is_canceled(both):
    here, sent = both

    run_due(at=MONDAY + KEPT)
    rerouting.cannot_find(sent, **STAMP)

    assert statuses(here) == ("expired", "canceled")
    assert [payment.refunded for payment in Payment.objects.filter(order=here.order)] == [3250]
    assert violations("orders.audit.RULES", "inventory.audit.RULES") == []
