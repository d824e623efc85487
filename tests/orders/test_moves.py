"""Every step of every life, allowed and forbidden; of two who step at once, one wins."""

from itertools import product

import pytest
from django.core.management import call_command

from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.models import Entry
from inventory.floor.lifecycle import TRANSFER
from orders import lifecycle, moves
from orders.lifecycle import LIFECYCLES, ORDER, PAYMENT, PICKUP, SHIPMENT
from orders.models import Fulfillment, Order
from orders.moves import IllegalMove
from orders.returns.lifecycle import RETURN
from tests.factories import LONG_AGO, MONDAY, fulfillment, order
from tests.races import at_once

pytestmark = pytest.mark.django_db
CLERK = Actor("staff", "1")


def pairs(steps: lifecycle.Table) -> list[tuple[str, str]]:
    return list(product(steps, steps))


@pytest.mark.parametrize(("before", "after"), pairs(ORDER))
def test_an_order_goes_only_where_its_table_leads(before, after):
    row = order(status=before)
    facts = {} if row.number else {"number": "7", "placed_at": LONG_AGO}

    if after in ORDER[before]:
        moves.step_order(row, after, **facts)
        assert Order.objects.get().status == row.status == after
    else:
        with pytest.raises(IllegalMove, match=f"cannot go from {before} to {after}"):
            moves.step_order(row, after, **facts)
        assert Order.objects.get().status == row.status == before


@pytest.mark.parametrize(("before", "after"), pairs(PAYMENT))
def test_a_payment_goes_only_where_its_table_leads(before, after):
    row = order(payment_status=before)

    if after in PAYMENT[before]:
        moves.step_payment(row, after)
        assert Order.objects.get().payment_status == row.payment_status == after
    else:
        with pytest.raises(IllegalMove):
            moves.step_payment(row, after)
        assert Order.objects.get().payment_status == row.payment_status == before


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [("pickup", *pair) for pair in pairs(PICKUP)] + [("shipment", *pair) for pair in pairs(SHIPMENT)],
)
def test_a_fulfillment_goes_only_where_its_table_leads_and_each_step_is_told(kind, before, after):
    row = fulfillment(kind=kind, status=before)

    if after in LIFECYCLES[kind][before]:
        moves.move(row, after, by=CLERK, channel="store", at=MONDAY)
        assert Fulfillment.objects.get().status == row.status == after
        assert list(Entry.objects.order_by("pk").values_list("type", "data", "actor", "channel", "occurred_at")) == [
            (
                f"fulfillment.{after}",
                {"order": row.order.public_id, "fulfillment": row.public_id},
                "staff:1",
                "store",
                MONDAY,
            )
        ]
    else:
        with pytest.raises(IllegalMove):
            moves.move(row, after, by=CLERK, channel="store", at=MONDAY)
        assert Fulfillment.objects.get().status == row.status == before
        assert not Entry.objects.exists()


@pytest.mark.parametrize(("kind", "foreign"), [("pickup", set(SHIPMENT) - set(PICKUP)), ("shipment", {"ready"})])
def test_a_fulfillment_never_takes_a_status_of_the_other_kind(kind, foreign):
    for after in foreign:
        with pytest.raises(IllegalMove):
            moves.step(fulfillment(kind=kind, status="picking"), after)


def test_a_step_names_the_status_its_caller_saw():
    row = fulfillment()
    seen = Fulfillment.objects.get()
    moves.step(row, "picking")

    with pytest.raises(IllegalMove, match="is no longer allocated"):
        moves.step(seen, "canceled")


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("order", Order.Status),
        ("payment", Order.PaymentStatus),
    ],
)
def test_every_status_has_its_row(name, statuses):
    assert set(LIFECYCLES[name]) == set(statuses.values)


def test_every_status_of_a_fulfillment_has_its_row_and_its_entry():
    assert set(PICKUP) | set(SHIPMENT) == set(Fulfillment.Status.values)
    assert set(moves.TELLS) == set(Fulfillment.Status.values) - {"backordered"}  # told with its place in line


@pytest.mark.parametrize(
    ("ways", "status"),
    [
        (["collected"], "completed"),
        (["collected", "ready"], "placed"),
        (["collected", "delivered", "canceled"], "completed"),
        (["returned_to_sender"], "placed"),
        (["canceled"], "placed"),
        ([], "placed"),
    ],
)
def test_an_order_is_complete_when_the_shopper_has_all_of_it(ways, status):
    row = order()
    for way in ways:
        fulfillment(order=row, status=way)

    told = moves.complete(row)

    assert (Order.objects.get().status, len(told)) == (status, int(status == "completed"))


def test_the_diagrams_are_drawn_from_the_tables(capsys):
    call_command("lifecycles")

    drawn = capsys.readouterr().out
    assert drawn.count("```mermaid\nstateDiagram-v2\n    [*] --> ") == 6
    assert "    ready --> collected\n    ready --> expired\n" in drawn
    tables = [*LIFECYCLES.values(), RETURN, TRANSFER]
    arrows = sum(len(afters) for steps in tables for afters in steps.values())
    assert arrows == drawn.count(" --> ") - 7 - drawn.count(" --> [*]")


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_of_many_clerks_who_press_at_once_one_wins():
    row = fulfillment()

    outcomes = at_once(
        8,
        lambda _: moves.move(
            Fulfillment.objects.select_related("order").get(pk=row.pk), "picking", by=SYSTEM, channel="store", at=MONDAY
        ),
    )

    assert sum(isinstance(outcome, IllegalMove) for outcome in outcomes) == 7
    assert list(Entry.objects.values_list("number", "type")) == [(1, "fulfillment.picking")]
