"""Receipts at several places and sales at once: n units are n notices, and nobody is told twice."""

from collections import Counter

import pytest

from commerce.timeline.actors import SYSTEM
from inventory import holds, ledger, line
from inventory.alerts.models import Alert
from inventory.holds import OutOfStock, Want
from inventory.models import Reservation, Stock
from tests.audits import violations
from tests.factories import MONDAY, location, sales_channel, variant, warehouse
from tests.inventory.test_alerts import ask
from tests.races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
WAITING, RECEIPTS = 12, 8


def rush() -> tuple[int, int, Counter[str]]:
    """8 receipts of one unit at two places and 8 sales at one moment; how many were told, what is kept, what came."""
    places, mug = (location("centro"), warehouse()), variant()
    sales_channel("web", locations=places)
    for number in range(WAITING):
        ask(mug, f"{mug.pk}-{number}")

    def work(number: int) -> str:
        place = places[number // 2 % 2]
        if number % 2:
            holds.allocate_now([Want(mug.pk, place.pk, 1, f"{mug.pk}-sale-{number}")], at=MONDAY)
            return "sold"
        ledger.receive({mug.pk: 1}, location_id=place.pk, by=SYSTEM, at=MONDAY)
        return "received"

    outcomes = at_once(2 * RECEIPTS, work)
    told = Alert.objects.filter(variant=mug, status="told").count()
    kept = Reservation.objects.filter(stock__variant=mug, status="kept").count()
    return told, kept, Counter(o if isinstance(o, str) else type(o).__name__ for o in outcomes)


def test_n_units_are_n_notices_and_nobody_slips_in_between():
    for _ in range(3):
        told, kept, outcomes = rush()

        assert (told, kept) == (RECEIPTS, RECEIPTS)
        assert outcomes == {"received": RECEIPTS, OutOfStock.__name__: RECEIPTS}
        assert Stock.objects.filter(held__gt=0).exists()
    assert violations("inventory.audit.RULES", "inventory.alerts.audit.RULES") == []


def test_the_rush_would_show_two_shelves_that_tell_the_same_person(monkeypatch):
    monkeypatch.setattr(line, "WOULD_KNOW", line.WOULD_KNOW.replace("FOR NO KEY UPDATE OF a SKIP LOCKED", ""))

    for _ in range(20):
        told, kept, _ = rush()
        if told < kept:
            break

    assert told < kept
