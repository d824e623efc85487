"""A sale that we learn of late takes what others were promised: the cheapest of them gives way, and both say so."""

from datetime import timedelta

import pytest

from commerce.channels.models import Location
from commerce.clock import now
from commerce.timeline import tasks
from commerce.timeline.actors import SYSTEM, VISITOR
from commerce.timeline.models import Entry
from commerce.wiring import AUDITS
from inventory import holds
from inventory.holds import Want
from inventory.models import Allocation, Hold, Repair
from orders import checkout, pickups
from orders.drafting import Terms
from orders.models import Fulfillment, Order, Todo
from orders.repairs import mending
from tests.audits import violations
from tests.orders.journal.sending import TillOf, line, till
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db


def learn_late(of: TillOf, shop: Shop, *, quantity: int, hours: int = 2) -> Order:
    """A sale of some hours ago, told and mended now."""
    of.send(of.sale(line(shop.mug, quantity=quantity), at=now() - timedelta(hours=hours)))
    tasks.run_due(at=now())
    return Order.objects.get(till_key__isnull=False)


def told(order: Order) -> list[str]:
    entries = Entry.objects.filter(journey=order.journey_id).exclude(type__startswith="message.")
    return list(entries.order_by("number").values_list("type", flat=True))


def test_a_checkout_that_is_not_paid_gives_way_before_a_pickup_that_is(shop: Shop) -> None:
    paid = shop.pickup(3, at=now()).order
    terms = Terms(expected_total=2500, pickup_at=shop.store, email="eva@example.com", name="Eva Sanz")
    draft = checkout.prepare(shop.cart(2), terms=terms, by=VISITOR, channel="web", at=now())

    sale = learn_late(till(shop.store), shop, quantity=2)

    draft.refresh_from_db()
    assert (draft.status, told(draft)[-2:]) == ("canceled", ["promise.at_risk", "checkout.abandoned"])
    assert told(sale)[-1] == "till.broke_promises"
    assert (Allocation.objects.get(status="open").quantity, "promise.at_risk" in told(paid)) == (3, False)
    assert not Todo.objects.filter(kind="oversold").exists()
    assert violations(*AUDITS) == []


def test_a_paid_parcel_goes_from_where_it_still_can_under_the_same_time(shop: Shop) -> None:
    parcel = shop.parcel(4, at=now())
    promised_for = parcel.promised_for

    sale = learn_late(till(shop.warehouse), shop, quantity=3)

    parcel.refresh_from_db()
    assert (parcel.location, parcel.promised_for) == (shop.store, promised_for)
    assert told(parcel.order)[-1] == "promise.rerouted"
    entry = Entry.objects.get(journey=sale.journey_id, type="till.broke_promises")
    assert (entry.data["promises"], entry.data["mended"]) == ([parcel.order.public_id], ["rerouted"])
    assert Allocation.objects.get(status="open").stock.location == shop.store
    assert violations(*AUDITS) == []


def test_a_pickup_that_nobody_else_can_serve_is_its_stores_matter_until_its_own_time(shop: Shop) -> None:
    pickup = shop.pickup(5, at=now())

    learn_late(till(shop.store), shop, quantity=2)
    mending.sweep(at=now())
    tasks.run_due(at=now())

    todo = Todo.objects.get(kind="oversold")
    assert (todo.order, todo.location, todo.due_at) == (pickup.order, shop.store, pickup.promised_for)
    assert told(pickup.order).count("promise.at_risk") == 1
    assert Repair.objects.filter(closed_at=None).count() == 1
    assert violations(*AUDITS) == []


def test_a_paid_pickup_is_sent_to_its_store_by_another_place_with_a_new_time(shop: Shop) -> None:
    Location.objects.filter(pk=shop.store.pk).update(transfer_days=2)
    pickup = shop.pickup(5, at=now())

    sale = learn_late(till(shop.store), shop, quantity=2)

    old, new = Fulfillment.objects.filter(order=pickup.order).order_by("pk")
    assert (old.status, new.status) == ("canceled", "allocated")
    assert (new.location, new.comes_from) == (shop.store, shop.warehouse)
    assert new.promised_for > pickup.promised_for
    assert told(pickup.order)[-4:] == [
        "promise.rerouted",
        "fulfillment.rerouted",
        "fulfillment.canceled",
        "fulfillment.promised",
    ]
    entry = Entry.objects.get(journey=sale.journey_id, type="till.broke_promises")
    assert (entry.data["promises"], entry.data["mended"]) == ([pickup.order.public_id], ["sent_to_store"])
    assert [row.stock.location for row in Allocation.objects.filter(status="open")] == [shop.warehouse]
    assert not Todo.objects.filter(kind="oversold").exists()
    assert violations(*AUDITS) == []


def test_a_pickup_that_is_being_picked_is_not_taken_away_from_whoever_picks_it(shop: Shop) -> None:
    Location.objects.filter(pk=shop.store.pk).update(transfer_days=2)
    pickup = shop.pickup(5, at=now())
    pickups.start_picking(pickup, by=SYSTEM, channel="store", at=now())

    learn_late(till(shop.store), shop, quantity=2)

    assert Fulfillment.objects.get(order=pickup.order).status == "picking"
    assert Todo.objects.get(kind="oversold").order == pickup.order


def test_a_parcel_of_several_goods_is_parted_where_one_of_them_must_come_from_elsewhere(shop: Shop) -> None:
    parcel = shop.parcel(4, at=now())
    other = parcel.order.lines.get()

    learn_late(till(shop.warehouse), shop, quantity=5)

    parts = Fulfillment.objects.filter(order=parcel.order)
    assert [(part.location, part.lines.get().order_line) for part in parts] == [(shop.store, other)]


def test_what_a_till_took_beforehand_gives_way_first(shop: Shop) -> None:
    shop.pickup(3, at=now())
    lease = Want(shop.mug.pk, shop.store.pk, 2, "lease:x")
    holds.place([lease], expires_at=now() + timedelta(hours=1), at=now())

    learn_late(till(shop.store), shop, quantity=2)

    assert Hold.objects.get(demand="lease:x").status == "released"
    assert not Todo.objects.filter(kind="oversold").exists()
