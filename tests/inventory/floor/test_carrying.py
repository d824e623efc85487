"""A transfer from its first line to its last unit; every step that is not allowed changes nothing."""

from datetime import timedelta
from itertools import product

import pytest

from commerce.timeline.actors import Actor
from inventory import incoming
from inventory.floor import carrying
from inventory.floor.carrying import EmptyTransfer, IllegalTransferStep, TransferKnown
from inventory.floor.lifecycle import TRANSFER
from inventory.floor.models import Transfer
from inventory.floor.shrinkage import UnknownReason
from inventory.incoming import ReferenceTaken
from inventory.ledger import NotEnough
from inventory.models import Movement, Stock
from inventory.transfers import MoreThanSent
from tests.audits import violations
from tests.factories import MONDAY, location, stock, variant, warehouse

pytestmark = pytest.mark.django_db
CLERK = Actor("staff", "3")
TOMORROW = MONDAY + timedelta(days=1)


@pytest.fixture
def shelf() -> Stock:
    return stock(variant(sku="TAZA"), warehouse(), on_hand=10)


def drafted(shelf: Stock, units: int = 4, reference: str = "TR-1") -> Transfer:
    return carrying.draft(
        {shelf.variant_id: units},
        source=shelf.location,
        destination=location("centro"),
        reference=reference,
        by=CLERK,
        at=MONDAY,
    )


def sent(shelf: Stock, units: int = 4, reference: str = "TR-1") -> Transfer:
    transfer = drafted(shelf, units, reference)
    carrying.leave(transfer, by=CLERK, at=MONDAY)
    return transfer


def come(transfer: Transfer, units: int, key: str = "1") -> int:
    [line] = transfer.lines.all()
    return carrying.arrive(transfer, {line.variant_id: units}, key=key, by=CLERK, at=TOMORROW)


def levels() -> dict[str, int]:
    """Location → on hand; the rules of stock hold."""
    assert violations("inventory.audit.RULES") == []
    return dict(Stock.objects.filter(on_hand__gt=0).values_list("location__code", "on_hand"))


def status_of(transfer: Transfer) -> str:
    transfer.refresh_from_db()
    return transfer.status


def test_a_draft_moves_nothing_and_may_be_written_anew(shelf):
    transfer = drafted(shelf)

    again = drafted(shelf, 6)
    carrying.put(transfer, {shelf.variant_id: 3, variant(sku="PLATO").pk: 2})

    assert again == transfer
    lines = transfer.lines.order_by("pk").values_list("variant__sku", "quantity")
    assert (status_of(transfer), list(lines), levels()) == ("draft", [("TAZA", 3), ("PLATO", 2)], {"almacen": 10})


def test_it_leaves_comes_in_parts_and_is_received(shelf):
    transfer = sent(shelf)
    seen = [status_of(transfer)]

    for key, units in (("1", 1), ("2", 2), ("2", 2), ("3", 1)):
        come(transfer, units, key)
        seen.append(status_of(transfer))

    assert seen == ["in_transit", "partly_received", "partly_received", "partly_received", "received"]
    assert (levels(), transfer.ended_at) == ({"almacen": 6, "centro": 4}, TOMORROW)


def test_the_rest_that_never_comes_is_written_off_with_a_reason_of_the_list(shelf):
    transfer = sent(shelf)
    come(transfer, 3)

    with pytest.raises(UnknownReason):
        carrying.close(transfer, reason="because", by=CLERK, at=TOMORROW)
    missing = carrying.close(transfer, reason="lost_on_the_road", by=CLERK, at=TOMORROW)

    assert (missing, status_of(transfer)) == (1, "received")
    assert (transfer.missing, transfer.why_missing, levels()) == (1, "lost_on_the_road", {"almacen": 6, "centro": 3})
    assert Movement.objects.get(kind="adjusted").reason == "lost_on_the_road"


def test_more_than_its_list_comes_with_it_and_takes_nothing_of_another_on_the_road(shelf):
    transfer = sent(shelf, 2, "TR-1")
    sent(shelf, 5, "TR-2")

    come(transfer, 3)

    assert (status_of(transfer), levels()) == ("received", {"almacen": 3, "centro": 3, "on-the-road": 5})


def test_what_is_not_there_does_not_leave_and_the_draft_stays(shelf):
    transfer = drafted(shelf, 11)
    empty = carrying.draft({}, source=shelf.location, destination=location("centro"), by=CLERK, at=MONDAY)

    with pytest.raises(NotEnough):
        carrying.leave(transfer, by=CLERK, at=MONDAY)
    with pytest.raises(EmptyTransfer):
        carrying.leave(empty, by=CLERK, at=MONDAY)

    assert ([status_of(transfer), status_of(empty)], levels()) == (["draft", "draft"], {"almacen": 10})


def test_a_reference_stands_for_one_transfer_to_a_place(shelf):
    sent(shelf)
    other = stock(shelf.variant, location("norte"), on_hand=5)

    with pytest.raises(TransferKnown):
        drafted(shelf, 1)
    with pytest.raises(TransferKnown):
        drafted(other, 1)
    incoming.expect(
        {shelf.variant_id: 3}, location_id=location("centro").pk, reference="PO-1", expected_at=None, at=MONDAY
    )
    with pytest.raises(ReferenceTaken):
        sent(shelf, 1, "PO-1")

    assert levels() == {"almacen": 6, "on-the-road": 4, "norte": 5}


STEPS = {
    "in_transit": lambda transfer: carrying.leave(transfer, by=CLERK, at=TOMORROW),
    "partly_received": lambda transfer: come(transfer, 1, str(Movement.objects.count())),
    "received": lambda transfer: carrying.close(transfer, reason="theft", by=CLERK, at=TOMORROW),
    "canceled": lambda transfer: carrying.cancel(transfer, at=TOMORROW),
}


@pytest.mark.parametrize(("before", "after"), sorted(product(Transfer.Status.values, STEPS)))
def test_every_step_from_every_status_goes_as_the_table_says(shelf, before: str, after: str):
    transfer = drafted(shelf)
    for way in {"canceled": ["canceled"], "draft": []}.get(before, ["in_transit", "partly_received", "received"]):
        if status_of(transfer) != before:
            STEPS[way](transfer)
    assert status_of(transfer) == before
    allowed = after in TRANSFER[before] or before == after == "partly_received"

    try:
        STEPS[after](transfer)
        went = True
    except (IllegalTransferStep, MoreThanSent):
        went = False

    assert (went, status_of(transfer)) == ((True, after) if allowed else (False, before))
