"""Every unit is explained by movements; a count settles what came before it, in whatever order it is learned."""

from datetime import datetime, timedelta
from functools import partial
from itertools import permutations

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from commerce.timeline.actors import SYSTEM, Actor
from inventory import holds, ledger
from inventory.availability import available
from inventory.holds import Want
from inventory.ledger import Count, CountDiffers, Kind, Move, NotEnough, StockChanged
from inventory.models import Movement, Repair, Stock
from tests.audits import violations
from tests.factories import MONDAY, location, stock, variant

pytestmark = pytest.mark.django_db
CLERK = Actor("staff", "3")


def minutes(number: int) -> datetime:
    return MONDAY + timedelta(minutes=number)


@pytest.fixture
def shelf() -> Stock:
    return stock(variant(sku="TAZA"), location("centro"), on_hand=5)


def on_hand(row: Stock) -> int:
    return Stock.objects.get(pk=row.pk).on_hand


def sold(row: Stock, quantity: int, *, minute: int, key: str | None = None) -> Move:
    return Move(row.variant_id, row.location_id, Kind.SOLD, -quantity, key=key, occurred_at=minutes(minute))


def counted(row: Stock, quantity: int, *, minute: int, key: str | None = None) -> Count:
    return Count(row.variant_id, row.location_id, quantity, minutes(minute), key=key)


def test_a_receipt_makes_the_shelf_it_needs_and_is_written_down():
    cup, centro = variant(), location("centro")

    ledger.receive({cup.pk: 7}, location_id=centro.pk, reason="delivery note 12", by=CLERK, at=MONDAY)

    row = Stock.objects.get()
    assert (row.variant_id, row.location_id, row.on_hand) == (cup.pk, centro.pk, 7)
    [movement] = Movement.objects.values("stock", "kind", "quantity", "reason", "actor", "occurred_at", "recorded_at")
    assert movement == {
        "stock": row.pk,
        "kind": "received",
        "quantity": 7,
        "reason": "delivery note 12",
        "actor": "staff:3",
        "occurred_at": MONDAY,
        "recorded_at": MONDAY,
    }


def test_the_same_key_happens_once_also_within_one_call(shelf):
    twice = [sold(shelf, 1, minute=0, key="till-1:4711"), sold(shelf, 1, minute=0, key="till-1:4711")]

    assert [ledger.move(twice, by=SYSTEM, at=minutes(1)), ledger.move(twice, by=SYSTEM, at=minutes(2))] == [1, 0]

    assert on_hand(shelf) == 4


def test_what_is_promised_to_somebody_cannot_be_sold_by_hand(shelf):
    holds.allocate_now([Want(shelf.variant_id, shelf.location_id, 3, "line-1")], at=MONDAY)

    with pytest.raises(NotEnough, match="5 of TAZA are at centro, 0 of them damaged and 3 promised") as refusal:
        ledger.sell({shelf.variant_id: 3}, location_id=shelf.location_id, by=CLERK, at=MONDAY)

    assert refusal.value.facts == {"sku": "TAZA", "location": "centro", "on_hand": 5, "available": 2}
    assert on_hand(shelf) == 5


def test_an_expired_hold_keeps_nobody_from_buying_over_the_counter(shelf):
    holds.place([Want(shelf.variant_id, shelf.location_id, 5, "slow")], expires_at=minutes(20), at=MONDAY)

    ledger.sell({shelf.variant_id: 5}, location_id=shelf.location_id, by=CLERK, at=minutes(20))

    assert (on_hand(shelf), Repair.objects.count()) == (0, 0)


def test_numbers_typed_by_hand_cannot_go_below_zero(shelf):
    for wrong in (
        lambda: ledger.adjust({shelf.variant_id: -6}, location_id=shelf.location_id, reason="?", by=CLERK, at=MONDAY),
        lambda: ledger.damage({shelf.variant_id: 6}, location_id=shelf.location_id, reason="?", by=CLERK, at=MONDAY),
        lambda: ledger.damage({shelf.variant_id: -1}, location_id=shelf.location_id, reason="?", by=CLERK, at=MONDAY),
        lambda: ledger.transfer(
            {shelf.variant_id: 6}, source_id=shelf.location_id, destination_id=location("n").pk, by=CLERK, at=MONDAY
        ),
    ):
        with pytest.raises(NotEnough):
            wrong()

    assert (on_hand(shelf), Movement.objects.count()) == (5, 1)


def test_a_fact_of_a_till_may_go_below_zero_and_asks_for_a_repair(shelf):
    holds.allocate_now([Want(shelf.variant_id, shelf.location_id, 1, "line-1")], at=MONDAY)

    ledger.move([sold(shelf, 7, minute=-5)], by=Actor("device", "till-1"), at=MONDAY, as_fact=True)

    assert on_hand(shelf) == -2
    assert list(Repair.objects.values_list("stock", "opened_at", "closed_at")) == [(shelf.pk, MONDAY, None)]


def test_goods_can_come_in_again_on_a_shelf_below_zero(shelf):
    ledger.sell({shelf.variant_id: 7}, location_id=shelf.location_id, by=CLERK, at=MONDAY, as_fact=True)

    ledger.receive({shelf.variant_id: 1}, location_id=shelf.location_id, by=CLERK, at=MONDAY)

    assert on_hand(shelf) == -1


def test_a_count_closes_a_repair_once_no_more_is_promised_than_there_is(shelf):
    holds.allocate_now([Want(shelf.variant_id, shelf.location_id, 4, "line-1")], at=MONDAY)
    ledger.sell({shelf.variant_id: 3}, location_id=shelf.location_id, by=CLERK, at=MONDAY, as_fact=True)

    ledger.count([counted(shelf, 3, minute=1)], by=CLERK, at=minutes(1))
    assert Repair.objects.get().closed_at is None

    ledger.count([counted(shelf, 4, minute=2)], by=CLERK, at=minutes(2))
    assert Repair.objects.get().closed_at == minutes(2)


def test_damaged_units_stay_on_hand_until_they_are_written_off(shelf):
    ledger.damage({shelf.variant_id: 2}, location_id=shelf.location_id, reason="fell down", by=CLERK, at=MONDAY)
    row = Stock.objects.get(pk=shelf.pk)
    assert (row.on_hand, row.damaged) == (5, 2)

    away = {shelf.variant_id: -2}
    ledger.adjust(away, location_id=shelf.location_id, reason="thrown away", damaged=True, by=CLERK, at=MONDAY)
    row.refresh_from_db()
    assert (row.on_hand, row.damaged) == (3, 0)


def test_a_count_that_finds_fewer_than_were_damaged_takes_the_missing_ones_off_the_damaged(shelf):
    ledger.damage({shelf.variant_id: 4}, location_id=shelf.location_id, reason="fell down", by=CLERK, at=MONDAY)

    ledger.count([counted(shelf, 1, minute=1)], by=CLERK, at=minutes(1))
    ledger.receive({shelf.variant_id: 3}, location_id=shelf.location_id, by=CLERK, at=minutes(2))

    row = Stock.objects.get(pk=shelf.pk)
    assert (row.on_hand, row.damaged) == (4, 1)
    assert available([shelf.variant_id], at=minutes(3))[shelf.variant_id, shelf.location_id] == 3
    assert violations("inventory.audit.RULES") == []


def test_what_was_damaged_after_a_count_was_not_missing_in_it(shelf):
    ledger.damage({shelf.variant_id: 2}, location_id=shelf.location_id, reason="fell down", by=CLERK, at=minutes(2))

    ledger.count([counted(shelf, 1, minute=1)], by=CLERK, at=minutes(3))

    row = Stock.objects.get(pk=shelf.pk)
    assert (row.on_hand, row.damaged) == (1, 2)
    assert [repair.closed_at for repair in Repair.objects.all()] == [None], "two of one cannot be damaged"


def test_an_adjustment_of_what_somebody_saw_is_refused_where_it_has_changed_and_names_what_is_there(shelf):
    book = partial(ledger.adjust, {shelf.variant_id: -1}, location_id=shelf.location_id, reason="?", by=CLERK)
    book(expected={shelf.variant_id: 5}, key="a", at=MONDAY)

    with pytest.raises(StockChanged, match="4 of TAZA are at centro, not 5") as refusal:
        book(expected={shelf.variant_id: 5}, key="b", at=MONDAY)
    again = book(expected={shelf.variant_id: 5}, key="a", at=MONDAY)

    assert refusal.value.facts == {"sku": "TAZA", "location": "centro", "on_hand": 4, "expected": 5}
    assert (again, Stock.objects.get(pk=shelf.pk).on_hand) == (0, 4)


def test_a_transfer_leaves_one_shelf_and_arrives_at_another(shelf):
    north = location("norte")

    ledger.transfer(
        {shelf.variant_id: 2}, source_id=shelf.location_id, destination_id=north.pk, by=CLERK, at=MONDAY, key="t-1"
    )

    assert (on_hand(shelf), Stock.objects.get(location=north).on_hand) == (3, 2)


def test_a_count_is_the_difference_to_what_was_on_hand_when_it_was_made(shelf):
    ledger.move([sold(shelf, 1, minute=10)], by=CLERK, at=minutes(10))

    differences = ledger.count([counted(shelf, 4, minute=5)], by=CLERK, at=minutes(15))

    assert [(found.difference, found.moved) for found in differences] == [(-1, 1)]
    assert on_hand(shelf) == 3, "4 counted at five past, one sold at ten past"
    movement = Movement.objects.get(kind="counted")
    assert (movement.quantity, movement.counted, movement.occurred_at) == (-1, 4, minutes(5))


def test_a_count_comes_once_and_another_result_at_the_same_instant_is_named(shelf):
    one = counted(shelf, 4, minute=5, key="c")
    ledger.count([one, one], by=CLERK, at=minutes(6))

    assert ledger.count([one], by=CLERK, at=minutes(7)) == []
    other = counted(shelf, 3, minute=5, key="c")
    with pytest.raises(CountDiffers) as refusal:
        ledger.count([other], by=CLERK, at=minutes(7))

    assert refusal.value.counts == (other,)
    assert on_hand(shelf) == 4


def test_several_counts_of_one_shelf_in_one_call_are_taken_in_their_order(shelf):
    ledger.count([counted(shelf, 9, minute=9), counted(shelf, 2, minute=2)], by=CLERK, at=minutes(10))

    assert on_hand(shelf) == 9
    assert list(Movement.objects.filter(kind="counted").order_by("occurred_at").values_list("quantity", flat=True)) == [
        -3,
        7,
    ]


def test_a_sale_learned_after_the_count_that_saw_it_changes_the_past_only(shelf):
    ledger.count([counted(shelf, 4, minute=10)], by=CLERK, at=minutes(10))

    ledger.move([sold(shelf, 1, minute=5, key="late")], by=SYSTEM, at=minutes(60), as_fact=True)

    assert on_hand(shelf) == 4
    late = Movement.objects.filter(recorded_at=minutes(60)).order_by("pk")
    assert list(late.values_list("kind", "quantity", "occurred_at", "reason")) == [
        ("sold", -1, minutes(5), ""),
        ("corrected", 1, minutes(10), "counted already"),
    ]


def test_the_same_facts_in_any_order_of_arrival_give_the_same_stock():
    cup, centro = variant(), location("centro")

    def sale(number: int, minute: int) -> Move:
        return Move(cup.pk, centro.pk, Kind.SOLD, -number, key=f"s{minute}", occurred_at=minutes(minute))

    facts = [
        Move(cup.pk, centro.pk, Kind.RECEIVED, 10, key="r0", occurred_at=minutes(0)),
        Count(cup.pk, centro.pk, 7, minutes(2), key="c2"),
        sale(1, 3),
        Count(cup.pk, centro.pk, 9, minutes(4), key="c4"),
        sale(4, 5),
    ]
    ends = set()
    for order in permutations(facts):
        with transaction.atomic():
            for number, fact in enumerate(order):
                enter = ledger.count if isinstance(fact, Count) else ledger.move
                options = {} if isinstance(fact, Count) else {"as_fact": True}
                enter([fact], by=SYSTEM, at=minutes(100 + number), **options)
            ends.add(Stock.objects.get().on_hand)
            transaction.set_rollback(True)

    assert ends == {5}


def test_the_database_refuses_to_change_a_movement(shelf):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_movement SET quantity = 0")


def test_an_adjustment_without_a_reason_is_refused(shelf):
    with pytest.raises(IntegrityError, match="adjustment_has_reason"), transaction.atomic():
        ledger.adjust({shelf.variant_id: 1}, location_id=shelf.location_id, reason="", by=CLERK, at=MONDAY)


@pytest.mark.parametrize("lines", [1, 3])
def test_any_number_of_movements_and_counts_takes_the_same_few_statements(lines, django_assert_num_queries):
    rows = [stock(variant(), location("centro"), on_hand=5) for _ in range(lines)]

    with django_assert_num_queries(5):  # savepoint, lock, keys, write, release
        ledger.move([sold(row, 1, minute=1, key=f"k{row.pk}") for row in rows], by=SYSTEM, at=minutes(1))
    with django_assert_num_queries(7):  # … and what moved since, and repairs to close
        ledger.count([counted(row, 4, minute=2, key=f"c{row.pk}") for row in rows], by=SYSTEM, at=minutes(2))
