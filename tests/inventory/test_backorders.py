"""The line for what is not here yet: by payment, unit by unit, served by whatever brings or frees units."""

from datetime import timedelta

import pytest
from django.db import transaction

from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Task
from inventory import backorders, holds, incoming, ledger
from inventory.backorders import BackordersFull, Standing, Wait
from inventory.expiry import sweep_expired
from inventory.holds import Want
from inventory.ledger import Count
from inventory.models import Allocation, Backorder, Stock
from tests.audits import violations
from tests.factories import MONDAY, location, stock, variant, warehouse

pytestmark = pytest.mark.django_db
SOON = MONDAY + timedelta(minutes=20)


@pytest.fixture
def shelf() -> Stock:
    row = stock(variant(), warehouse(), on_hand=0)
    Stock.objects.filter(pk=row.pk).update(backorder_cap=10)
    return row


def join(shelf: Stock, demand: str, units: int = 1, *, paid: int | None = 0) -> None:
    """One more in line, who paid so many minutes after MONDAY; None: not yet."""
    with transaction.atomic():
        ledger.lock([(shelf.variant_id, shelf.location_id)])
        backorders.join([Wait(shelf.variant_id, shelf.location_id, units, demand)], at=MONDAY)
    if paid is not None:
        backorders.paid([demand], at=MONDAY + timedelta(minutes=paid))


def receive(shelf: Stock, units: int) -> None:
    ledger.receive({shelf.variant_id: units}, location_id=shelf.location_id, by=SYSTEM, at=SOON)


def got() -> dict[str, int]:
    return dict(Allocation.objects.filter(status="open").values_list("demand", "quantity"))


def test_the_earliest_payment_is_served_first_and_the_others_stay_as_they_are(shelf):
    join(shelf, "second", paid=2)
    join(shelf, "first", paid=1)
    join(shelf, "third", paid=3)

    receive(shelf, 1)

    assert got() == {"first": 1}
    assert dict(Backorder.objects.values_list("demand", "status")) == {
        "first": "served",
        "second": "waiting",
        "third": "waiting",
    }
    assert [task.key for task in Task.objects.filter(handler="orders.backorders.take_up")] == ["first"]
    assert violations("inventory.audit.RULES") == []


def test_who_waits_for_several_gets_them_one_by_one_before_those_behind(shelf):
    join(shelf, "three", 3, paid=1)
    join(shelf, "one", paid=2)

    receive(shelf, 2)

    assert got() == {"three": 2}
    assert [(place.demand, place.position, place.units) for place in backorders.standing_of(["three", "one"])] == [
        ("three", 1, 1),
        ("one", 2, 2),
    ]
    receive(shelf, 2)
    assert got() == {"three": 3, "one": 1}
    assert violations("inventory.audit.RULES") == []


def test_who_has_not_paid_has_no_place_but_counts_towards_the_cap(shelf):
    join(shelf, "unpaid", 9, paid=None)
    join(shelf, "paid", paid=1)

    with pytest.raises(BackordersFull):
        join(shelf, "too many", paid=2)

    receive(shelf, 1)
    assert got() == {"paid": 1}
    assert backorders.standing_of(["unpaid"]) == [Standing("unpaid", 1, 9, shelf.variant_id, shelf.location_id)]


def test_a_shelf_without_a_cap_sells_nothing_before_it_is_here():
    bare = stock(variant(), warehouse(), on_hand=0)

    with pytest.raises(BackordersFull):
        join(bare, "nobody")


def test_more_than_was_ordered_serves_the_whole_line_and_leaves_the_rest_free(shelf):
    join(shelf, "first", paid=1)
    join(shelf, "second", paid=2)
    goods = {shelf.variant_id: 2}
    incoming.expect(goods, location_id=shelf.location_id, reference="PO-7", expected_at=SOON, at=MONDAY)

    incoming.arrive(
        {shelf.variant_id: 5}, location_id=shelf.location_id, reference="PO-7", key="n1", by=SYSTEM, at=SOON
    )

    assert got() == {"first": 1, "second": 1}
    shelf.refresh_from_db()
    assert (shelf.on_hand, shelf.allocated) == (5, 2)


@pytest.mark.parametrize("frees", ["return", "count", "transfer", "mended", "release", "expiry", "cancellation"])
def test_whatever_brings_or_frees_a_unit_serves_the_line(shelf, frees):
    centro = location("centro")
    stock(shelf.variant, centro, on_hand=1)
    shelf_key = {"location_id": shelf.location_id, "by": SYSTEM, "at": SOON}
    one = {shelf.variant_id: 1}
    if frees in ("mended", "release", "expiry", "cancellation"):
        ledger.receive(one, **shelf_key)
    want = Want(shelf.variant_id, shelf.location_id, 1, "other")
    if frees == "mended":
        ledger.damage(one, reason="torn box", **shelf_key)
    if frees in ("release", "expiry"):
        holds.place([want], expires_at=SOON, at=MONDAY)
    if frees == "cancellation":
        holds.allocate_now([want], at=MONDAY)
    join(shelf, "first", paid=1)
    assert "first" not in got()

    match frees:
        case "return":
            ledger.take_back(one, **shelf_key)
        case "count":
            ledger.count([Count(shelf.variant_id, shelf.location_id, 1, SOON)], by=SYSTEM, at=SOON)
        case "transfer":
            ledger.transfer(one, source_id=centro.pk, destination_id=shelf.location_id, by=SYSTEM, at=SOON)
        case "mended":
            ledger.damage({shelf.variant_id: -1}, reason="a new box", **shelf_key)
        case "release":
            holds.release(["other"], at=SOON)
        case "expiry":
            sweep_expired(at=SOON)
        case "cancellation":
            holds.release_allocations(["other"], at=SOON)

    assert got() == {"first": 1}
    assert violations("inventory.audit.RULES") == []


def test_who_pays_while_something_is_free_has_it_at_once(shelf):
    receive(shelf, 1)

    join(shelf, "first", paid=1)

    assert got() == {"first": 1}


def test_who_leaves_lets_the_next_one_up(shelf):
    join(shelf, "first", 2, paid=1)
    join(shelf, "second", paid=2)
    receive(shelf, 1)

    assert backorders.leave(["first"], at=SOON) == 1
    holds.release_allocations(["first"], at=SOON)

    assert got() == {"second": 1}
    assert backorders.leave(["first"], at=SOON) == 0
    assert violations("inventory.audit.RULES") == []


def test_the_expected_day_is_that_of_the_arrival_which_brings_the_last_unit(shelf):
    join(shelf, "first", 2, paid=1)
    join(shelf, "second", paid=2)
    for reference, units, day in (("PO-1", 2, 2), ("PO-2", 5, 9)):
        incoming.expect(
            {shelf.variant_id: units},
            location_id=shelf.location_id,
            reference=reference,
            expected_at=MONDAY + timedelta(days=day),
            at=MONDAY,
        )

    days = [backorders.expected_for(backorders.standing_of([who]), at=MONDAY) for who in ("first", "second")]

    assert days == [MONDAY + timedelta(days=2), MONDAY + timedelta(days=9)]
    assert backorders.expected_for(backorders.standing_of(["second"]), at=MONDAY + timedelta(days=10)) is None
