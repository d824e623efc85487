"""Units are held, promised and handed over once; what is short is refused whole and named."""

from datetime import timedelta

import pytest

from commerce.timeline.actors import SYSTEM
from inventory import holds
from inventory.availability import available
from inventory.expiry import sweep_expired
from inventory.holds import NotAllocated, NothingHeld, OutOfStock, Short, Want
from inventory.models import Allocation, Hold, Movement, Stock
from tests.factories import MONDAY, location, stock, variant

pytestmark = pytest.mark.django_db
SOON = MONDAY + timedelta(minutes=20)
LATER = MONDAY + timedelta(minutes=30)


def counters(row: Stock) -> tuple[int, int, int]:
    """On hand, held, allocated, as they stand now."""
    return Stock.objects.values_list("on_hand", "held", "allocated").get(pk=row.pk)


@pytest.fixture
def shelf() -> Stock:
    return stock(variant(sku="TAZA"), location("centro"), on_hand=5)


def want(row: Stock, quantity: int, demand: str = "line-1") -> Want:
    return Want(row.variant_id, row.location_id, quantity, demand)


def test_a_hold_takes_units_from_what_is_available(shelf):
    holds.place([want(shelf, 3)], expires_at=SOON, at=MONDAY)

    assert counters(shelf) == (5, 3, 0)
    assert available([shelf.variant_id], at=MONDAY) == {(shelf.variant_id, shelf.location_id): 2}
    assert list(Hold.objects.values_list("demand", "quantity", "status", "placed_at", "expires_at")) == [
        ("line-1", 3, "live", MONDAY, SOON)
    ]


def test_two_lines_of_one_variant_are_guarded_by_their_sum(shelf):
    with pytest.raises(OutOfStock) as refusal:
        holds.place([want(shelf, 3, "line-1"), want(shelf, 3, "line-2")], expires_at=SOON, at=MONDAY)

    assert refusal.value.lines == (Short(shelf.variant_id, shelf.location_id, wanted=6, available=5),)
    assert counters(shelf) == (5, 0, 0)


def test_nothing_is_held_where_one_line_is_short_and_each_short_line_is_named(shelf):
    other = stock(variant(sku="PLATO"), location("norte"), on_hand=1)
    nowhere = variant(sku="JARRA")

    with pytest.raises(OutOfStock) as refusal:
        holds.place(
            [want(shelf, 1), want(other, 2, "line-2"), Want(nowhere.pk, shelf.location_id, 1, "line-3")],
            expires_at=SOON,
            at=MONDAY,
        )

    assert refusal.value.facts == {
        "lines": [
            {"sku": "PLATO", "location": "norte", "wanted": 2, "available": 1},
            {"sku": "JARRA", "location": "centro", "wanted": 1, "available": 0},
        ]
    }
    assert str(refusal.value) == ("PLATO: 2 wanted, 1 available at norte; JARRA: 1 wanted, 0 available at centro")
    assert (counters(shelf), counters(other), Hold.objects.count()) == ((5, 0, 0), (1, 0, 0), 0)


def test_buffer_and_damaged_units_are_not_available(shelf):
    Stock.objects.filter(pk=shelf.pk).update(buffer=2, damaged=1)

    with pytest.raises(OutOfStock) as refusal:
        holds.place([want(shelf, 3)], expires_at=SOON, at=MONDAY)

    assert refusal.value.lines[0].available == 2


def test_an_expired_hold_does_not_count_for_the_next_shopper(shelf):
    holds.place([want(shelf, 5, "slow")], expires_at=SOON, at=MONDAY)

    assert available([shelf.variant_id], at=LATER) == {(shelf.variant_id, shelf.location_id): 5}
    holds.place([want(shelf, 5, "quick")], expires_at=LATER + timedelta(minutes=20), at=LATER)

    assert counters(shelf) == (5, 5, 0)
    assert dict(Hold.objects.values_list("demand", "status")) == {"slow": "expired", "quick": "live"}


def test_a_hold_lasts_until_the_instant_it_expires(shelf):
    holds.place([want(shelf, 5, "slow")], expires_at=SOON, at=MONDAY)

    with pytest.raises(OutOfStock):
        holds.place([want(shelf, 1, "quick")], expires_at=LATER, at=SOON - timedelta(microseconds=1))

    holds.place([want(shelf, 1, "quick")], expires_at=LATER, at=SOON)


def test_the_sweeper_ends_expired_holds_and_only_those(shelf):
    holds.place([want(shelf, 2, "old")], expires_at=SOON, at=MONDAY)
    holds.place([want(shelf, 1, "new")], expires_at=LATER, at=MONDAY)

    assert [sweep_expired(at=SOON), sweep_expired(at=SOON)] == [1, 0]

    assert counters(shelf) == (5, 1, 0)
    assert Hold.objects.get(demand="old").ended_at == SOON


def test_placing_again_replaces_what_the_demand_held(shelf):
    other = stock(shelf.variant, location("norte"), on_hand=5)
    holds.place([want(shelf, 3)], expires_at=SOON, at=MONDAY)

    holds.place([want(shelf, 5)], expires_at=LATER, at=MONDAY)
    assert counters(shelf) == (5, 5, 0)

    holds.place([want(other, 1)], expires_at=LATER, at=MONDAY)
    assert (counters(shelf), counters(other)) == ((5, 0, 0), (5, 1, 0))


def test_an_earlier_hold_stands_where_the_new_one_cannot_be_had(shelf):
    holds.place([want(shelf, 3)], expires_at=SOON, at=MONDAY)

    with pytest.raises(OutOfStock) as refusal:
        holds.place([want(shelf, 6)], expires_at=LATER, at=MONDAY)

    assert refusal.value.lines[0].available == 5, "one's own hold does not stand in one's way"
    assert counters(shelf) == (5, 3, 0)
    assert Hold.objects.get().status == "live"


def test_a_release_gives_units_back_once(shelf):
    holds.place([want(shelf, 3)], expires_at=SOON, at=MONDAY)

    assert [holds.release(["line-1"], at=MONDAY), holds.release(["line-1", "unknown"], at=MONDAY)] == [1, 0]

    assert counters(shelf) == (5, 0, 0)


def test_a_hold_becomes_an_allocation_once(shelf):
    holds.place([want(shelf, 3)], expires_at=SOON, at=MONDAY)

    holds.allocate(["line-1"], at=MONDAY)
    holds.allocate(["line-1"], at=MONDAY)

    assert counters(shelf) == (5, 0, 3)
    assert list(Allocation.objects.values_list("demand", "quantity", "status")) == [("line-1", 3, "open")]


@pytest.mark.parametrize("swept", [False, True])
def test_a_late_payment_still_gets_its_units_where_nobody_took_them(shelf, swept):
    holds.place([want(shelf, 3)], expires_at=SOON, at=MONDAY)
    if swept:
        sweep_expired(at=LATER)

    holds.allocate(["line-1"], at=LATER)

    assert counters(shelf) == (5, 0, 3)


def test_a_late_payment_is_refused_where_others_took_the_units(shelf):
    holds.place([want(shelf, 3)], expires_at=SOON, at=MONDAY)
    holds.place([want(shelf, 3, "quick")], expires_at=LATER + timedelta(hours=1), at=LATER)

    with pytest.raises(OutOfStock) as refusal:
        holds.allocate(["line-1"], at=LATER)

    assert refusal.value.lines == (Short(shelf.variant_id, shelf.location_id, wanted=3, available=2),)


def test_only_what_a_demand_held_last_is_taken_again(shelf):
    other = stock(shelf.variant, location("norte"), on_hand=5)
    holds.place([want(shelf, 3)], expires_at=SOON, at=MONDAY)
    holds.place([want(other, 2)], expires_at=SOON, at=MONDAY + timedelta(minutes=1))
    holds.release(["line-1"], at=SOON)

    holds.allocate(["line-1"], at=LATER)

    assert (counters(shelf), counters(other)) == ((5, 0, 0), (5, 0, 2))


def test_a_demand_that_never_held_anything_is_named(shelf):
    with pytest.raises(NothingHeld, match="nothing was held for line-9"):
        holds.allocate(["line-9"], at=MONDAY)


def test_a_purchase_in_one_transaction_allocates_without_a_hold(shelf):
    holds.allocate_now([want(shelf, 3)], at=MONDAY)

    with pytest.raises(OutOfStock):
        holds.allocate_now([want(shelf, 3, "line-2")], at=MONDAY)

    assert counters(shelf) == (5, 0, 3)
    holds.allocate(["line-1"], at=MONDAY)
    assert counters(shelf) == (5, 0, 3)


def test_goods_leave_the_shelf_when_they_are_handed_over(shelf):
    holds.allocate_now([want(shelf, 3)], at=MONDAY)

    holds.consume({"line-1": 3}, location_id=shelf.location_id, kind="collected", by=SYSTEM, at=LATER)

    assert counters(shelf) == (2, 0, 0)
    assert Movement.objects.values_list("kind", "quantity", "demand").get(kind="collected") == (
        "collected",
        -3,
        "line-1",
    )
    assert Allocation.objects.get().status == "consumed"


def test_a_part_may_be_collected_and_the_rest_released(shelf):
    holds.allocate_now([want(shelf, 3)], at=MONDAY)

    holds.consume({"line-1": 2}, location_id=shelf.location_id, kind="collected", by=SYSTEM, at=LATER)
    assert counters(shelf) == (3, 0, 1)

    holds.release_allocations(["line-1"], at=LATER)
    assert counters(shelf) == (3, 0, 0)
    assert sorted(Allocation.objects.values_list("quantity", "status")) == [(1, "released"), (2, "consumed")]


@pytest.mark.parametrize("units", [0, 4])
def test_no_more_is_handed_over_than_was_promised(shelf, units):
    holds.allocate_now([want(shelf, 3)], at=MONDAY)

    with pytest.raises(NotAllocated):
        holds.consume({"line-1": units}, location_id=shelf.location_id, kind="shipped", by=SYSTEM, at=LATER)


def test_another_location_cannot_hand_over_what_is_promised_here(shelf):
    holds.allocate_now([want(shelf, 3)], at=MONDAY)

    with pytest.raises(NotAllocated):
        holds.consume({"line-1": 3}, location_id=location("norte").pk, kind="shipped", by=SYSTEM, at=LATER)


@pytest.mark.parametrize("lines", [1, 3])
def test_hold_allocate_and_release_are_one_statement_each_for_any_number_of_lines(lines, django_assert_num_queries):
    rows = [stock(variant(), location("centro"), on_hand=5) for _ in range(lines)]
    wants = [want(row, 1, f"line-{i}") for i, row in enumerate(rows)]
    demands = [w.demand for w in wants]

    with django_assert_num_queries(1):
        holds.place(wants, expires_at=SOON, at=MONDAY)
    with django_assert_num_queries(1):
        holds.allocate(demands, at=MONDAY)
    with django_assert_num_queries(1):
        holds.release_allocations(demands, at=MONDAY)
    with django_assert_num_queries(1):
        holds.allocate_now(wants, at=MONDAY)
    with django_assert_num_queries(1):
        available([row.variant_id for row in rows], at=MONDAY)
    with django_assert_num_queries(10):
        holds.consume(dict.fromkeys(demands, 1), location_id=rows[0].location_id, kind="shipped", by=SYSTEM, at=MONDAY)
