"""An order that waits for what is not here yet is changed, too: fewer keep their place in line, more give it up."""

from datetime import timedelta

import pytest

from commerce.promises.models import Promise
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.tasks import run_due
from inventory import ledger
from inventory.backorders import BackordersFull, standing_of
from inventory.models import Allocation, Stock
from orders.changes import addressing, editing
from orders.models import Fulfillment, Order
from tests.audits import violations
from tests.factories import MONDAY, stock, variant
from tests.orders.checking_out import address
from tests.orders.shop import Shop
from tests.orders.test_backorders import TUESDAY, order, receive, sold_out

__all__ = ["sold_out"]

SOON = MONDAY + timedelta(minutes=30)
STAMP = {"by": Actor("staff", "3"), "channel": "call_center", "at": SOON}


@pytest.fixture(autouse=True)
def audited(db):
    yield
    assert violations("orders.audit.RULES", "orders.money_audit.RULES", "inventory.audit.RULES") == []


def places(*of: Order) -> list[list[tuple[int, int]]]:
    """The places in line of some orders, and how many units must come for each."""
    return [
        [(turn.position, turn.units) for turn in standing_of(one.lines.values_list("public_id", flat=True))]
        for one in of
    ]


def edit(of: Order, units: dict[int, int]) -> editing.Change:
    """Change an order as it was previewed."""
    seen = editing.preview(of, units, **STAMP)
    done = editing.edit(of, units, expected_total=seen.total, tender="cash", **STAMP)
    assert done == seen
    return done


def test_who_wants_fewer_keeps_her_place_and_those_behind_wait_for_less(sold_out: Shop) -> None:
    first, second = order(sold_out, 3), order(sold_out, 1, minutes=1)
    before = places(first, second)

    done = edit(first, {sold_out.mug.pk: 1})

    first.refresh_from_db()
    assert before == [[(1, 3)], [(2, 4)]]
    assert places(first, second) == [[(1, 1)], [(2, 2)]]
    assert [(turn.sku, turn.quantity, turn.was, turn.position) for turn in done.turns] == [("TAZA", 1, 1, 1)]
    assert (first.total, done.to_pay) == (1250, -2500)


def test_who_wants_more_goes_to_the_end_of_the_line_and_is_told_so_before(sold_out: Shop) -> None:
    first, second = order(sold_out, 1), order(sold_out, 1, minutes=1)

    seen = editing.preview(first, {sold_out.mug.pk: 2}, **STAMP)
    looked_at = places(first, second)
    edit(first, {sold_out.mug.pk: 2})

    assert [(turn.was, turn.position) for turn in seen.turns] == [(1, 2)]
    promise = Promise.objects.get(subject=first.fulfillments.get().public_id, status="open")
    assert promise.due_at == first.fulfillments.get().promised_for
    assert looked_at == [[(1, 1)], [(2, 2)]]
    assert places(first, second) == [[(2, 3)], [(1, 1)]]


def test_more_than_is_sold_before_it_is_here_is_refused_and_the_place_is_kept(sold_out: Shop) -> None:
    first = order(sold_out, 2)

    with pytest.raises(BackordersFull):
        editing.edit(first, {sold_out.mug.pk: 7}, expected_total=8750, tender="cash", **STAMP)

    assert places(first) == [[(1, 2)]]


def test_what_came_already_is_enough_for_who_wants_fewer_and_the_rest_goes_to_the_next(sold_out: Shop) -> None:
    first, second = order(sold_out, 3), order(sold_out, 1, minutes=1)
    ledger.receive({sold_out.mug.pk: 2}, location_id=sold_out.warehouse.pk, by=SYSTEM, at=SOON)

    edit(first, {sold_out.mug.pk: 1})
    run_due(at=SOON)

    assert places(first, second) == [[], []]
    assert list(Fulfillment.objects.order_by("pk").values_list("status", flat=True)) == ["allocated", "allocated"]
    assert sum(Allocation.objects.filter(status="open").values_list("quantity", flat=True)) == 2


def test_who_wants_more_lets_those_behind_have_what_came_already(sold_out: Shop) -> None:
    first, second = order(sold_out, 2), order(sold_out, 1, minutes=1)
    ledger.receive({sold_out.mug.pk: 1}, location_id=sold_out.warehouse.pk, by=SYSTEM, at=SOON)

    edit(first, {sold_out.mug.pk: 3})
    run_due(at=SOON)

    assert places(first, second) == [[(1, 3)], []]
    assert Fulfillment.objects.get(order=second).status == "allocated"


def test_a_line_that_waits_is_taken_out_and_another_put_in(sold_out: Shop) -> None:
    pot = variant(sku="CAZO", price=2000)
    stock(pot, sold_out.warehouse, on_hand=2)
    first, second = order(sold_out, 1), order(sold_out, 1, minutes=1)

    edit(first, {sold_out.mug.pk: 0, pot.pk: 1})

    assert places(first, second) == [[], [(1, 1)]]
    assert list(first.fulfillments.order_by("pk").values_list("status", flat=True)) == ["canceled", "allocated"]
    assert list(first.lines.values_list("sku", "quantity")) == [("CAZO", 1)]


def test_what_is_there_is_changed_beside_what_waits_at_the_same_place(sold_out: Shop) -> None:
    pot = variant(sku="CAZO", price=2000)
    stock(pot, sold_out.warehouse, on_hand=2)
    first = order(sold_out, 2)

    edit(first, {pot.pk: 1})
    edit(first, {pot.pk: 2, sold_out.mug.pk: 1})

    assert sorted(first.fulfillments.values_list("status", flat=True)) == ["allocated", "backordered"]
    assert places(first) == [[(1, 1)]]
    receive(sold_out, 1)
    assert set(first.fulfillments.values_list("status", flat=True)) == {"allocated"}
    assert Stock.objects.get(variant=pot).allocated == 2


def test_an_order_that_waits_goes_somewhere_else_when_it_goes(sold_out: Shop) -> None:
    first = order(sold_out, 1)

    addressing.change_address(first, address=address(street="Gran Vía 1"), **STAMP)

    part = first.fulfillments.get()
    assert (part.status, part.address.street) == ("backordered", "Gran Vía 1")
    receive(sold_out, 1)
    part.refresh_from_db()
    assert (part.status, TUESDAY > SOON) == ("allocated", True)
