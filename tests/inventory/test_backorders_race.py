"""Many receipts and sales at once: n units go to the first n in line, and nobody slips in between."""

import time
from collections import Counter

import pytest
from django.db import transaction

from commerce.timeline.actors import SYSTEM
from inventory import backorders, holds, ledger, writing
from inventory.holds import OutOfStock, Want
from inventory.models import Backorder, Stock
from tests.audits import violations
from tests.factories import MONDAY, stock, variant, warehouse
from tests.inventory.test_backorders import join
from tests.races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
IN_LINE, RECEIPTS = 12, 8


def rush(receive) -> tuple[list[str], Counter[str]]:
    """8 receipts of one unit and 8 sales at the same moment, with 12 in line; who was served, and what came of all."""
    row = stock(variant(), warehouse(), on_hand=0)
    Stock.objects.filter(pk=row.pk).update(backorder_cap=IN_LINE)
    for place in range(IN_LINE):
        join(row, f"{row.pk}-{place:02}", paid=place)

    def work(number: int) -> str:
        if number % 2:
            holds.allocate_now([Want(row.variant_id, row.location_id, 1, f"{row.pk}-sale-{number}")], at=MONDAY)
            return "sold"
        receive({row.variant_id: 1}, row)
        return "received"

    outcomes = at_once(2 * RECEIPTS, work)
    served = Backorder.objects.filter(stock=row, status="served").order_by("demand").values_list("demand", flat=True)
    return list(served), Counter(o if isinstance(o, str) else type(o).__name__ for o in outcomes)


def test_n_units_received_go_to_exactly_the_first_n_in_line():
    def receive(goods, row):
        ledger.receive(goods, location_id=row.location_id, by=SYSTEM, at=MONDAY)

    for _ in range(3):
        served, outcomes = rush(receive)

        assert [demand.split("-")[1] for demand in served] == [f"{place:02}" for place in range(RECEIPTS)]
        assert outcomes == {"received": RECEIPTS, OutOfStock.__name__: RECEIPTS}
    assert violations("inventory.audit.RULES") == []


def test_the_rush_would_show_a_line_that_is_served_a_moment_later(monkeypatch):
    monkeypatch.setattr(writing, "serve", lambda stock, *, at: None)

    def receive(goods, row):
        ledger.receive(goods, location_id=row.location_id, by=SYSTEM, at=MONDAY)
        time.sleep(0.05)
        with transaction.atomic():
            ledger.lock([(row.variant_id, row.location_id)])
            backorders.serve([row.pk], at=MONDAY)

    for _ in range(20):
        served, outcomes = rush(receive)
        if outcomes["sold"]:
            break

    assert outcomes["sold"] > 0
    assert len(served) < RECEIPTS


def test_the_cap_holds_when_all_join_at_once(monkeypatch):
    def joined() -> int:
        row = stock(variant(), warehouse(), on_hand=0)
        Stock.objects.filter(pk=row.pk).update(backorder_cap=5)
        return at_once(16, lambda number: join(row, f"{row.pk}-{number}")).count(None)

    assert joined() == 5

    monkeypatch.setattr(backorders, "CAP", "true")
    assert joined() == 16
