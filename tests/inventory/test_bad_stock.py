"""Bad input of stock and reservation, row by row, with the result that was promised for it (reliability §2.3)."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.test import Client

from commerce import clock
from commerce.timeline.actors import SYSTEM, VISITOR
from inventory import holds, ledger, reservations
from inventory.availability import available
from inventory.expiry import sweep_expired
from inventory.holds import OutOfStock, Want
from inventory.ledger import Count
from inventory.models import Hold, Movement, Stock
from tests.audits import violations
from tests.factories import MONDAY, location, person, staff, stock, variant

pytestmark = pytest.mark.django_db
SOON = MONDAY + timedelta(minutes=20)


@pytest.fixture
def shelf() -> Stock:
    return stock(variant(sku="TAZA"), location("centro"), on_hand=3)


def place(shelf: Stock, demand: str, quantity: int = 1, at=MONDAY) -> None:
    want = Want(shelf.variant_id, shelf.location_id, quantity, demand)
    holds.place([want], expires_at=at + timedelta(minutes=20), at=at)


def test_n_buyers_for_the_last_units_get_one_each_and_the_others_a_clear_sold_out(shelf):
    """With real sessions: tests/inventory/test_races.py, and `manage.py racelab --scenario last-unit`."""
    outcomes = []
    for number in range(6):
        try:
            place(shelf, f"buyer-{number}")
            outcomes.append("held")
        except OutOfStock as problem:
            outcomes.append((problem.code, problem.lines[0].available))

    assert outcomes == ["held"] * 3 + [("out_of_stock", 0)] * 3


def test_who_reserves_and_never_pays_gives_the_units_back_in_time_and_cannot_take_all(shelf):
    place(shelf, "bot", 3)

    assert available([shelf.variant_id], at=SOON)[shelf.variant_id, shelf.location_id] == 3
    assert sweep_expired(at=SOON + timedelta(seconds=30)) == 1
    with pytest.raises(reservations.TooManyReservations):
        reservations.keep(
            shelf.variant,
            location=shelf.location,
            quantity=reservations.MOST_UNITS + 1,
            until=SOON,
            person=person(email="bot@example.com"),
            by=VISITOR,
            channel="web",
            at=MONDAY,
        )


def test_of_an_expiry_and_a_capture_one_wins_and_the_other_is_told(shelf):
    """In both orders, with real sessions: tests/inventory/test_races.py and `racelab --scenario expiry`."""
    place(shelf, "late", 3)
    place(shelf, "quick", 1, at=SOON)

    with pytest.raises(OutOfStock), transaction.atomic():
        holds.allocate(["late"], at=SOON)

    assert Hold.objects.get(demand="quick").status == "live"


def test_transfer_count_and_sale_leave_a_ledger_that_explains_every_unit(shelf):
    norte = location("norte")
    ledger.transfer({shelf.variant_id: 1}, source_id=shelf.location_id, destination_id=norte.pk, by=SYSTEM, at=MONDAY)
    ledger.count([Count(shelf.variant_id, shelf.location_id, 1, MONDAY + timedelta(minutes=1))], by=SYSTEM, at=SOON)
    ledger.sell({shelf.variant_id: 1}, location_id=shelf.location_id, by=SYSTEM, at=SOON)

    moved = Movement.objects.filter(stock=shelf).order_by("pk").values_list("kind", "quantity")
    assert list(moved) == [("received", 3), ("transferred_out", -1), ("counted", -1), ("sold", -1)]
    assert violations("inventory.audit.RULES") == []


def test_a_negative_count_is_refused(shelf):
    clerk = Client()
    clerk.force_login(staff("store", shelf.location))
    body = {"location": "centro", "lines": [{"sku": "TAZA", "quantity": -1}]}

    answer = clerk.post("/api/v1/stock/counts/", json.dumps(body), content_type="application/json")

    assert answer.status_code == 400
    assert Movement.objects.filter(kind="counted").count() == 0


def test_a_count_is_a_difference_to_what_was_there_at_its_instant_not_a_new_number(shelf):
    ledger.sell({shelf.variant_id: 1}, location_id=shelf.location_id, by=SYSTEM, at=SOON)

    [found] = ledger.count([Count(shelf.variant_id, shelf.location_id, 3, MONDAY)], by=SYSTEM, at=clock.now())

    shelf.refresh_from_db()
    assert (found.difference, found.moved, shelf.on_hand) == (0, 1, 2)


def test_two_skus_cannot_be_made_one_under_a_reservation(shelf):
    place(shelf, "somebody")
    other = variant(sku="TAZA-ROJA")
    beside = stock(other, shelf.location, on_hand=7)

    other.sku = shelf.variant.sku
    with pytest.raises(IntegrityError), transaction.atomic():
        other.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        Stock.objects.filter(pk=shelf.pk).update(variant=other)
    with pytest.raises(IntegrityError), transaction.atomic():
        Stock.objects.filter(pk=beside.pk).update(variant=shelf.variant)
    holds.allocate(["somebody"], at=MONDAY)

    assert Hold.objects.get().stock == shelf
    assert violations("inventory.audit.RULES") == []


def test_what_is_reserved_keeps_its_id_when_it_is_renamed_and_cannot_be_deleted(shelf):
    """A new SKU is no reason to wait for the last reservation of an article that always has one: nothing is lost by it.

    Units are kept by the variant's id; only what would lose them, its deletion, is refused.
    """
    place(shelf, "somebody")
    cup = shelf.variant

    cup.sku = "TAZA-2"
    cup.save()
    with pytest.raises(ProtectedError):
        cup.delete()
    holds.allocate(["somebody"], at=MONDAY)

    assert Hold.objects.get().stock.variant.sku == "TAZA-2"
    assert violations("inventory.audit.RULES") == []
