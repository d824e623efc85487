"""What an order promises stands in the ledger: kept, told before it breaks, or broken with its reason."""

from datetime import timedelta

import pytest

from commerce.promises import watching
from commerce.promises.models import Promise
from commerce.timeline.actors import SYSTEM, VISITOR
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from inventory import incoming, ledger
from inventory.models import Stock
from notifications.models import Message
from orders import cancel, checkout, pickups, sending, shipments
from orders.drafting import Terms
from tests.audits import violations
from tests.factories import MONDAY
from tests.orders.shop import Shop, home

pytestmark = pytest.mark.django_db
STAMP = {"by": SYSTEM, "channel": "store"}


def only(**which) -> Promise:
    return Promise.objects.get(**which)


def is_sound() -> bool:
    return violations("commerce.promises.audit.RULES") == []


def told() -> list[tuple[str, str]]:
    return list(Message.objects.filter(purpose="promise_endangered").order_by("pk").values_list("status", "subject"))


def run(at) -> None:
    watching.watch(at=at)
    run_due(at=at)


def test_a_pickup_promised_is_a_row_and_is_kept_when_it_is_ready_in_time(shop: Shop):
    part = shop.pickup()

    promise = only()
    assert (promise.kind, promise.subject, promise.status) == ("pickup", part.public_id, "open")
    assert (promise.due_at, promise.location, promise.contact_channel) == (part.promised_for, shop.store, "email")
    pickups.mark_ready(part, **STAMP, at=part.promised_for - timedelta(minutes=1))
    run(part.promised_for + timedelta(minutes=5))
    assert only(kind="pickup").status == "kept"
    assert told() == []


def test_a_store_that_is_late_is_noticed_before_and_she_is_told_once_and_promised_anew(shop: Shop):
    part = shop.pickup()
    early = part.promised_for - timedelta(minutes=40)

    run(early)
    assert told() == []
    for minutes in (20, 15, 10):
        run(part.promised_for - timedelta(minutes=minutes))

    first, second = Promise.objects.order_by("pk")
    assert told() == [("sent", first.public_id)]
    assert (first.status, first.danger) == ("told", "delay")
    assert first.told_at < first.due_at < second.due_at
    assert second.status == "open"
    pickups.mark_ready(part, **STAMP, at=second.due_at - timedelta(minutes=1))
    run(second.due_at + timedelta(minutes=5))
    assert only(pk=second.pk).status == "kept"
    assert is_sound()


def test_what_nobody_foresaw_is_broken_and_the_reason_is_on_the_timeline(shop: Shop):
    part = shop.parcel()
    shipments.hand_over(part, carrier="correos", tracking_number="PK1", **STAMP, at=MONDAY)

    run(MONDAY)
    run(part.promised_for + timedelta(minutes=5))

    promise, instead = Promise.objects.order_by("pk")
    assert (instead.status, instead.due_at) == ("open", None)  # she was told that we have no new day yet
    assert (promise.status, promise.carrier) == ("broken", "correos")
    entry = Entry.objects.get(type="promise.broken")
    assert (entry.data["promise"], entry.data["danger"]) == (promise.public_id, "unforeseen")
    assert is_sound()


def test_news_that_come_late_of_a_parcel_that_was_in_time_put_it_right(shop: Shop):
    part = shop.parcel()
    shipments.hand_over(part, carrier="correos", tracking_number="PK1", **STAMP, at=MONDAY)
    later = part.promised_for + timedelta(hours=3)
    run(later)

    arrived = part.promised_for - timedelta(hours=1)
    shipments.carrier_event("PK1", "delivered", occurred_at=arrived, by=SYSTEM, at=later)
    run(later)

    assert set(Promise.objects.values_list("status", flat=True)) == {"kept"}
    assert is_sound()


def test_a_carrier_that_will_be_late_is_told_of_before(shop: Shop):
    part = shop.parcel()
    shipments.hand_over(part, carrier="correos", tracking_number="PK1", **STAMP, at=MONDAY)
    late = part.promised_for + timedelta(days=1)

    shipments.carrier_event("PK1", "out_for_delivery", occurred_at=MONDAY, expected_at=late, by=SYSTEM, at=MONDAY)
    run_due(at=MONDAY)

    first, second = Promise.objects.order_by("pk")
    assert (first.status, first.danger, second.due_at) == ("told", "delay", late)
    assert len(told()) == 1


def test_a_delivery_that_is_put_off_endangers_who_waits_in_line(shop: Shop):
    for place in (shop.store, shop.warehouse):
        ledger.sell({shop.mug.pk: 5}, location_id=place.pk, by=SYSTEM, at=MONDAY)
    Stock.objects.filter(location=shop.warehouse).update(backorder_cap=6)
    goods, where = {shop.mug.pk: 4}, {"location_id": shop.warehouse.pk, "reference": "PO-1"}
    incoming.expect(goods, **where, expected_at=MONDAY + timedelta(days=1), at=MONDAY)
    terms = Terms(expected_total=1250, deliver_to=home(), email="eva@example.com", may_wait=True)
    checkout.buy(shop.cart(), terms=terms, tender="cash", by=VISITOR, channel="store", at=MONDAY)
    run(MONDAY)
    assert (only().kind, told()) == ("backorder", [])

    incoming.expect(goods, **where, expected_at=MONDAY + timedelta(days=8), at=MONDAY)
    run(MONDAY + timedelta(minutes=1))

    first, second = Promise.objects.order_by("pk")
    assert (first.status, first.danger) == ("told", "stock")
    assert second.due_at > MONDAY + timedelta(days=8)
    assert is_sound()

    incoming.expect(goods, **where, expected_at=MONDAY + timedelta(days=20), at=MONDAY + timedelta(days=2))
    run(MONDAY + timedelta(days=2))

    *_, second, third = Promise.objects.order_by("pk")
    assert (second.status, second.danger) == ("told", "stock")
    assert third.due_at > MONDAY + timedelta(days=20)


def test_what_is_canceled_is_promised_no_more(shop: Shop):
    order = shop.order()

    cancel.cancel(order, **STAMP, at=MONDAY)
    run_due(at=MONDAY)

    assert only().status == "withdrawn"


def test_a_pickup_that_is_still_on_its_way_to_its_store_is_noticed_before_too(shop: Shop):
    shop.store.transfer_days = 1
    shop.store.save()
    Stock.objects.filter(location=shop.store).update(on_hand=0)
    part = shop.pickup()
    sending.send(part, **STAMP, at=MONDAY)

    run(part.promised_for - timedelta(minutes=60))
    assert told() == []
    run(part.promised_for - timedelta(minutes=25))

    first = Promise.objects.earliest("pk")
    assert (first.status, first.danger) == ("told", "delay")
    assert told() == [("sent", first.public_id)]
