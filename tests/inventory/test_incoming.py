"""What is expected stands on the shelf's counter until it has come, all or part, or is given up."""

from datetime import timedelta

import pytest

from commerce.timeline.actors import SYSTEM, Actor
from inventory import incoming
from inventory.incoming import NothingExpected
from inventory.models import Incoming, Repair, Stock
from tests.audits import violations
from tests.factories import MONDAY, location, staff, stock, variant, warehouse

pytestmark = pytest.mark.django_db
CLERK = Actor("staff", "3")
FRIDAY = MONDAY + timedelta(days=4)


def counters(of, at) -> tuple[int, int]:
    """On hand and incoming."""
    assert violations("inventory.audit.RULES") == []
    row = Stock.objects.get(variant=of, location=at)
    return row.on_hand, row.incoming


def expect(of, at, quantity: int, *, expected_at=FRIDAY) -> Incoming:
    [line] = incoming.expect({of.pk: quantity}, location_id=at.pk, reference="PO-1", expected_at=expected_at, at=MONDAY)
    return line


def arrive(of, at, quantity: int, *, key: str) -> int:
    return incoming.arrive({of.pk: quantity}, location_id=at.pk, reference="PO-1", key=key, by=CLERK, at=FRIDAY)


def test_ordered_goods_are_expected_and_come_in_two_deliveries():
    cup, here = variant(), warehouse()
    expect(cup, here, 10)
    assert counters(cup, here) == (0, 10)

    assert arrive(cup, here, 4, key="note-1") == 1
    assert counters(cup, here) == (4, 6)
    assert arrive(cup, here, 6, key="note-2") == 1

    assert counters(cup, here) == (10, 0)
    assert Incoming.objects.get().ended_at == FRIDAY


def test_a_delivery_note_that_is_booked_twice_counts_once():
    cup, here = variant(), warehouse()
    expect(cup, here, 10)

    assert [arrive(cup, here, 4, key="note-1"), arrive(cup, here, 4, key="note-1")] == [1, 0]

    assert counters(cup, here) == (4, 6)


def test_more_than_was_ordered_and_what_nobody_ordered_lies_on_the_shelf_all_the_same():
    cup, plate, here = variant(), variant(), warehouse()
    expect(cup, here, 10)

    incoming.arrive({cup.pk: 12, plate.pk: 1}, location_id=here.pk, reference="PO-1", key="note", by=CLERK, at=FRIDAY)

    assert (counters(cup, here), counters(plate, here)) == ((12, 0), (1, 0))
    assert Incoming.objects.get().received == 12


def test_the_same_order_sent_again_moves_the_date_and_doubles_nothing():
    cup, here = variant(), warehouse()
    expect(cup, here, 10)

    line = expect(cup, here, 10, expected_at=FRIDAY + timedelta(days=3))

    assert counters(cup, here) == (0, 10)
    assert Incoming.objects.get() == line
    assert line.expected_at == FRIDAY + timedelta(days=3)


def test_an_order_sent_again_after_all_has_come_expects_nothing_new():
    cup, here = variant(), warehouse()
    expect(cup, here, 10)
    arrive(cup, here, 10, key="note")

    expect(cup, here, 10)

    assert counters(cup, here) == (10, 0)


def test_what_will_not_come_any_more_is_given_up_and_comes_back_when_more_is_ordered():
    cup, here = variant(), warehouse()
    expect(cup, here, 10)
    arrive(cup, here, 4, key="note")

    assert incoming.give_up("PO-1", location_id=here.pk, at=FRIDAY) == 6
    assert counters(cup, here) == (4, 0)
    with pytest.raises(NothingExpected):
        incoming.give_up("PO-1", location_id=here.pk, at=FRIDAY)

    expect(cup, here, 12)
    assert counters(cup, here) == (4, 8)


def test_what_comes_after_all_of_a_line_that_was_given_up_is_not_expected_once_more():
    cup, here = variant(), warehouse()
    stock(cup, here, on_hand=1)
    expect(cup, here, 10)
    incoming.give_up("PO-1", location_id=here.pk, at=FRIDAY)

    incoming.arrive({cup.pk: 10}, location_id=here.pk, reference="PO-1", key="late", by=SYSTEM, at=FRIDAY)

    assert counters(cup, here) == (11, 0)


def test_each_place_expects_for_itself():
    cup, here, there = variant(), warehouse(), location("centro")
    expect(cup, here, 10)
    expect(cup, there, 3)

    arrive(cup, there, 3, key="note")

    assert (counters(cup, here), counters(cup, there)) == ((0, 10), (3, 0))


def test_more_than_was_ordered_is_received_and_its_shelf_is_to_be_counted(client):
    cup, plate, here = variant(sku="TAZA"), variant(sku="PLATO"), warehouse()
    expect(cup, here, 3)
    client.force_login(staff("warehouse", here))
    lines = [{"sku": "TAZA", "quantity": 5}, {"sku": "PLATO", "quantity": 1}]
    body = {"location": here.code, "order": "PO-1", "reference": "note-1", "lines": lines}

    answer = client.post("/api/v1/stock/receipts/", body, content_type="application/json")

    surplus = [{"sku": "TAZA", "surplus": 2}, {"sku": "PLATO", "surplus": 0}]
    assert answer.json() == {"booked": 2, "surplus": surplus}
    assert counters(cup, here) == (5, 0)
    open_ones = Repair.objects.filter(closed_at=None).order_by("stock").values_list("stock__variant", flat=True)
    assert list(open_ones) == [cup.pk, plate.pk]


def test_just_what_was_ordered_needs_no_count():
    cup, here = variant(), warehouse()
    expect(cup, here, 3)

    arrive(cup, here, 3, key="note-1")

    assert not Repair.objects.exists()
