"""A shelf as it was: with the buffer, the holds' expiries, the count and the repair of that instant."""

from datetime import datetime, timedelta

import pytest
from django.contrib.admin import site
from django.test import RequestFactory

from commerce import clock
from commerce.timeline.actors import SYSTEM
from inventory import holds, ledger
from inventory.buffer_models import BufferRule
from inventory.buffers import let_go, refresh, set_by_hand
from inventory.explaining import explain
from inventory.holds import Want
from inventory.ledger import Count
from inventory.models import Stock
from tests.factories import MONDAY, location, stock, variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf() -> Stock:
    return stock(variant(), location("centro"), on_hand=5)


def minutes(number: int) -> datetime:
    return MONDAY + timedelta(minutes=number)


def test_the_buffer_is_that_of_then_however_it_was_set(shelf):
    rule = BufferRule.objects.create(location=shelf.location, floor=1, cap=5)
    refresh(rule, silent=timedelta(), picks={}, at=minutes(1))
    shelf.refresh_from_db()
    shelf.buffer = 4
    set_by_hand(shelf, at=minutes(2))
    rule.floor = 2
    refresh(rule, silent=timedelta(), picks={}, at=minutes(3))
    rule.delete()
    let_go(at=minutes(4))
    shelf.refresh_from_db()

    told = [explain(shelf, at=minutes(number)) for number in range(5)]

    assert [(why.buffer, why.available) for why in told] == [(0, 5), (1, 4), (4, 1), (2, 3), (0, 5)]
    measured = [why.buffer_reason and (why.buffer_reason["units"], why.buffer_reason["set_at"]) for why in told]
    assert measured == [None, (1, minutes(1)), None, (2, minutes(3)), None]


def test_what_staff_set_in_the_admin_is_history_too(shelf):
    before = clock.now()
    shelf.buffer = 2
    site.get_model_admin(Stock).save_model(RequestFactory().post("/"), shelf, None, True)

    assert [explain(shelf, at=at).buffer for at in (before, clock.now())] == [0, 2]


def test_a_hold_has_the_expiry_that_it_had_then(shelf):
    holds.place([Want(shelf.variant_id, shelf.location_id, 1, "a")], expires_at=minutes(20), at=MONDAY)
    holds.extend(["a"], until=minutes(60), at=minutes(10))
    holds.extend(["a"], until=minutes(90), at=minutes(50))

    expiries = [explain(shelf, at=minutes(number)).holds[0].expires_at for number in (5, 30, 55)]

    assert expiries == [minutes(20), minutes(60), minutes(90)]
    as_known_then = explain(shelf, at=minutes(30), known_at=minutes(5))
    assert (as_known_then.holds, as_known_then.available) == ([], 5)


def test_the_repair_and_the_last_count_are_those_of_then(shelf):
    ledger.sell({shelf.variant_id: 6}, location_id=shelf.location_id, by=SYSTEM, at=minutes(1), as_fact=True)
    ledger.count([Count(shelf.variant_id, shelf.location_id, 3, minutes(2))], by=SYSTEM, at=minutes(2))
    shelf.refresh_from_db()

    told = [explain(shelf, at=minutes(number)) for number in range(3)]

    assert [why.repair and why.repair.opened_at for why in told] == [None, minutes(1), None]
    assert [why.counted_at for why in told] == [None, None, minutes(2)]
