"""Goods between two places of ours: at any time every unit is somewhere, and nobody can have what is on the road."""

from datetime import timedelta

import pytest

from commerce.channels.models import Location
from commerce.timeline.actors import Actor
from inventory import holds, incoming, transfers
from inventory.availability import available
from inventory.holds import Want
from inventory.incoming import NothingExpected
from inventory.models import Allocation, Movement, Repair, Stock
from inventory.transfers import MoreThanSent
from tests.audits import violations
from tests.factories import MONDAY, location, stock, variant, warehouse

pytestmark = pytest.mark.django_db
CLERK = Actor("staff", "3")
TOMORROW = MONDAY + timedelta(days=1)


@pytest.fixture
def shelf() -> Stock:
    return stock(variant(sku="TAZA"), warehouse(), on_hand=10)


def send(shelf: Stock, quantity: int) -> int:
    return transfers.send(
        {shelf.variant_id: quantity},
        source_id=shelf.location_id,
        destination_id=location("centro").pk,
        reference="TR-1",
        expected_at=TOMORROW,
        by=CLERK,
        at=MONDAY,
    )


def arrive(shelf: Stock, quantity: int, *, key: str = "1") -> int:
    return transfers.arrive(
        {shelf.variant_id: quantity},
        location_id=location("centro").pk,
        reference="TR-1",
        key=key,
        by=CLERK,
        at=TOMORROW,
    )


def levels() -> dict[str, tuple[int, int]]:
    """Location → on hand and incoming."""
    assert violations("inventory.audit.RULES") == []
    rows = Stock.objects.values_list("location__code", "on_hand", "incoming")
    return {code: (on_hand, expected) for code, on_hand, expected in rows}


def test_goods_leave_are_on_the_road_and_arrive_in_two_parts(shelf):
    assert send(shelf, 4) == 1
    assert levels() == {"almacen": (6, 0), "on-the-road": (4, 0), "centro": (0, 4)}

    assert arrive(shelf, 3) == 1
    assert levels() == {"almacen": (6, 0), "on-the-road": (1, 0), "centro": (3, 1)}
    assert arrive(shelf, 1, key="2") == 1

    assert levels() == {"almacen": (6, 0), "on-the-road": (0, 0), "centro": (4, 0)}


def test_told_twice_they_leave_once_and_arrive_once(shelf):
    assert [send(shelf, 4), send(shelf, 4)] == [1, 0]
    assert [arrive(shelf, 3), arrive(shelf, 3)] == [1, 0]

    assert levels() == {"almacen": (6, 0), "on-the-road": (1, 0), "centro": (3, 1)}


def test_a_box_with_more_than_its_list_is_on_the_shelf_and_both_ends_are_counted(shelf):
    send(shelf, 4)

    assert [arrive(shelf, 6), arrive(shelf, 6)] == [1, 0]

    assert levels() == {"almacen": (6, 0), "on-the-road": (0, 0), "centro": (6, 0)}
    here = location("centro").pk
    over = incoming.surplus("TR-1", [shelf.variant_id], location_id=here)
    assert list(over.values()) == [(shelf.variant_id, 2)]
    assert Movement.objects.get(kind="received", stock__location=here).reason == "TR-1"
    counted = Repair.objects.order_by("stock__location__code").values_list("stock__location__code", flat=True)
    assert list(counted) == ["almacen", "centro"]


def test_what_has_all_come_cannot_come_again_nor_what_was_not_sent(shelf):
    send(shelf, 4)
    arrive(shelf, 4)

    with pytest.raises(MoreThanSent):
        arrive(shelf, 1, key="2")
    with pytest.raises(NothingExpected):
        transfers.arrive(
            {variant().pk: 1}, location_id=location("centro").pk, reference="TR-1", key="1", by=CLERK, at=MONDAY
        )

    assert levels() == {"almacen": (6, 0), "on-the-road": (0, 0), "centro": (4, 0)}


def test_what_never_arrives_is_written_off_with_a_reason(shelf):
    send(shelf, 4)
    arrive(shelf, 3)

    lost = transfers.lose("TR-1", location_id=location("centro").pk, reason="fell off", by=CLERK, at=TOMORROW)

    assert lost == 1
    assert levels() == {"almacen": (6, 0), "on-the-road": (0, 0), "centro": (3, 0)}
    movement = Movement.objects.get(kind="adjusted")
    assert (movement.reason, movement.cause, movement.actor) == ("fell off", "transfer:TR-1", "staff:3")


def test_what_is_promised_to_somebody_goes_with_its_promise(shelf):
    centro = location("centro")
    stock(shelf.variant, centro, on_hand=0)
    holds.allocate_now([Want(shelf.variant_id, shelf.location_id, 2, "line-1")], at=MONDAY)
    road = transfers.road()

    holds.carry({"line-1": 2}, source_id=shelf.location_id, destination_id=road.pk, cause="f:1", by=CLERK, at=MONDAY)
    holds.carry({"line-1": 2}, source_id=road.pk, destination_id=centro.pk, cause="f:1", by=CLERK, at=TOMORROW)

    assert levels() == {"almacen": (8, 0), "on-the-road": (0, 0), "centro": (2, 0)}
    [still] = Allocation.objects.filter(status="open")
    assert (still.stock.location, still.quantity, still.demand) == (centro, 2, "line-1")
    assert available([shelf.variant_id], at=TOMORROW)[shelf.variant_id, centro.pk] == 0


def test_the_road_is_one_place_made_when_it_is_needed():
    assert transfers.road() == transfers.road()
    assert Location.objects.get(kind="transit").code == "on-the-road"
