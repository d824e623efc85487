"""A sale that we learn of late takes what others were promised: the cheapest of them gives way, and both say so."""

from datetime import timedelta

import pytest
from django.utils import translation

from commerce.channels.models import Location
from commerce.clock import now
from commerce.telling import tell
from commerce.timeline import tasks
from commerce.timeline.actors import SYSTEM, VISITOR
from commerce.timeline.models import Entry
from commerce.wiring import AUDITS
from inventory import holds, ledger
from inventory.holds import Want
from inventory.ledger import Count
from inventory.models import Allocation, Hold, Repair
from orders import cancel, checkout, pickups
from orders.drafting import Terms
from orders.models import Fulfillment, Order, Todo
from orders.repairs import mending
from tests.audits import violations
from tests.factories import stock, variant
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


def test_a_paid_parcel_that_leaves_later_from_there_is_told_before_its_time_is_over(shop: Shop) -> None:
    far = f"{now() + timedelta(days=5):%a}".lower()
    shop.store.opening_hours = {far: [["10:00", "21:00"]]}
    shop.store.save()
    parcel = shop.parcel(4, at=now())
    promised_for = parcel.promised_for

    learn_late(till(shop.warehouse), shop, quantity=3)

    parcel.refresh_from_db()
    assert parcel.promised_for > promised_for
    assert [kind for kind in told(parcel.order) if kind.startswith("promise.")] == [
        "promise.rerouted",
        "promise.endangered",
        "promise.moved",
    ]
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
    about = [kind for kind in told(pickup.order) if kind.startswith(("promise", "fulfillment"))]
    assert about[-6:] == [
        "promise.rerouted",
        "fulfillment.rerouted",
        "fulfillment.canceled",
        "fulfillment.promised",
        "promise.endangered",
        "promise.moved",
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


def test_a_lease_is_recalled_from_the_shelf_that_is_short_and_by_what_is_short(shop: Shop) -> None:
    other = variant(sku="OTRA", price=900)
    stock(other, shop.store, on_hand=5)
    leased = [Want(shop.mug.pk, shop.store.pk, 3, "lease:x"), Want(other.pk, shop.store.pk, 2, "lease:x")]
    holds.place(leased, expires_at=now() + timedelta(hours=1), at=now())
    shop.pickup(2, at=now())

    learn_late(till(shop.store), shop, quantity=1)

    left = Hold.objects.filter(demand="lease:x", status="live").order_by("stock__variant__sku")
    assert list(left.values_list("stock__variant__sku", "quantity")) == [("OTRA", 2), ("TAZA", 2)]
    assert violations(*AUDITS) == []


def test_every_sale_that_broke_a_promise_tells_it_and_no_other(shop: Shop) -> None:
    first, second = (shop.pickup(units, at=now()) for units in (2, 1))
    caja = till(shop.store)
    before, *late = (caja.sale(line(shop.mug, quantity=n)) for n in (2, 1, 1))

    caja.send(before, *late)
    tasks.run_due(at=now())

    sales = Order.objects.exclude(till_key=None).order_by("pk")
    broken = [Entry.objects.filter(journey=sale.journey_id, type="till.broke_promises") for sale in sales]
    assert [[entry.data["promises"] for entry in entries] for entries in broken] == [
        [],
        [[second.order.public_id]],
        [[first.order.public_id]],
    ]
    assert [told(part.order).count("promise.at_risk") for part in (first, second)] == [1, 1]
    assert violations(*AUDITS) == []


def test_a_count_that_breaks_a_promise_is_told_as_a_count_and_no_sale_hears_of_it(shop: Shop) -> None:
    caja = till(shop.store)
    caja.send(caja.sale(line(shop.mug)))
    pickup = shop.pickup(4, at=now())

    ledger.count([Count(shop.mug.pk, shop.store.pk, 2, now())], by=SYSTEM, at=now())
    mending.sweep(at=now())
    tasks.run_due(at=now())

    entry = Entry.objects.get(journey=pickup.order.journey_id, type="promise.at_risk")
    assert (entry.data["cause"], entry.data["units"]) == ("count", 2)
    assert (
        Todo.objects.get(kind="oversold").cause == f"2 × TAZA of order {pickup.order.number} were not found by a count"
    )
    with translation.override("en"):
        assert tell(entry) == "2 units that were promised here are missing, because of a count"
    assert not Entry.objects.filter(type="till.broke_promises").exists()


def test_what_is_settled_of_a_matter_goes_off_the_list_and_all_of_it_when_nothing_is_missing(shop: Shop) -> None:
    pickup = shop.pickup(5, at=now())
    learn_late(till(shop.store), shop, quantity=2)
    said = []

    for _ in range(2):
        ledger.receive({shop.mug.pk: 1}, location_id=shop.store.pk, by=SYSTEM, at=now())
        mending.sweep(at=now())
        tasks.run_due(at=now())
        said.append(list(Todo.objects.filter(kind="oversold", closed_at=None).values_list("cause", flat=True)))

    assert said == [[f"1 × TAZA of order {pickup.order.number} were sold by a till that was offline"], []]
    assert told(pickup.order).count("promise.at_risk") == 1


def test_a_matter_of_an_order_that_was_canceled_goes_off_the_list(shop: Shop) -> None:
    pickup = shop.pickup(5, at=now())
    learn_late(till(shop.store), shop, quantity=2)

    cancel.cancel(pickup.order, by=SYSTEM, channel="web", at=now())
    mending.sweep(at=now())
    tasks.run_due(at=now())

    assert not Todo.objects.filter(kind="oversold", closed_at=None).exists()


def test_more_that_is_missing_of_the_same_promise_is_told_again(shop: Shop) -> None:
    pickup, caja = shop.pickup(5, at=now()), till(shop.store)

    for _ in range(2):
        caja.send(caja.sale(line(shop.mug), at=now() - timedelta(hours=1)))
        tasks.run_due(at=now())

    at_risk = Entry.objects.filter(journey=pickup.order.journey_id, type="promise.at_risk").order_by("number")
    assert [entry.data["units"] for entry in at_risk] == [1, 2]
    assert Entry.objects.filter(type="till.broke_promises").count() == 2


def test_a_pickup_that_can_be_sent_anew_gives_way_before_one_that_cannot(shop: Shop) -> None:
    Location.objects.filter(pk=shop.store.pk).update(transfer_days=2)
    can, cannot = shop.pickup(2, at=now()), shop.pickup(3, at=now())
    ledger.sell({shop.mug.pk: 3}, location_id=shop.warehouse.pk, by=SYSTEM, at=now())

    learn_late(till(shop.store), shop, quantity=1)

    assert ("promise.rerouted" in told(can.order), "promise.rerouted" in told(cannot.order)) == (True, False)
    assert not Todo.objects.filter(kind="oversold").exists()


def test_what_another_place_can_serve_once_it_does_not_promise_twice(shop: Shop) -> None:
    Location.objects.filter(pk=shop.store.pk).update(transfer_days=2)
    pickups_made = [shop.pickup(2, at=now()) for _ in range(2)]
    ledger.sell({shop.mug.pk: 3}, location_id=shop.warehouse.pk, by=SYSTEM, at=now())

    learn_late(till(shop.store), shop, quantity=4)

    how = [("promise.rerouted" in told(part.order), "promise.at_risk" in told(part.order)) for part in pickups_made]
    assert how == [(False, True), (True, False)]
    assert violations(*AUDITS) == []


def test_what_is_to_be_sent_to_a_store_is_a_promise_of_the_place_that_sends_it(shop: Shop) -> None:
    Location.objects.filter(pk=shop.store.pk).update(transfer_days=2)
    shop.store.refresh_from_db()
    ledger.sell({shop.mug.pk: 5}, location_id=shop.store.pk, by=SYSTEM, at=now())
    pickup = shop.pickup(4, at=now())

    ledger.count([Count(shop.mug.pk, shop.warehouse.pk, 3, now())], by=SYSTEM, at=now())
    mending.sweep(at=now())
    tasks.run_due(at=now())

    assert (pickup.comes_from, Todo.objects.get(kind="oversold").location) == (shop.warehouse, shop.warehouse)
    assert "promise.at_risk" in told(pickup.order)


def test_what_a_till_took_beforehand_gives_way_first(shop: Shop) -> None:
    shop.pickup(3, at=now())
    lease = Want(shop.mug.pk, shop.store.pk, 2, "lease:x")
    holds.place([lease], expires_at=now() + timedelta(hours=1), at=now())

    learn_late(till(shop.store), shop, quantity=2)

    assert Hold.objects.get(demand="lease:x").status == "released"
    assert not Todo.objects.filter(kind="oversold").exists()
