"""Many real database sessions at once: what is there is sold once, nobody waits in a circle, no unit is lost."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, connections, transaction

from commerce.timeline.actors import SYSTEM
from inventory import holds, ledger
from inventory.expiry import sweep_expired
from inventory.holds import GUARD, HOLD, OutOfStock, Want
from inventory.ledger import Count, Kind, Move
from inventory.models import Allocation, Hold, Movement, Repair, Stock
from tests.audits import violations
from tests.factories import MONDAY, location, stock, variant
from tests.races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
SOON = MONDAY + timedelta(minutes=20)
LATER = MONDAY + timedelta(minutes=30)
ROUNDS = 10


def shelf_of(on_hand: int) -> Stock:
    return stock(variant(), location("centro"), on_hand=on_hand)


def want(row: Stock, demand: str, quantity: int = 1) -> Want:
    return Want(row.variant_id, row.location_id, quantity, demand)


def rush(row: Stock) -> Counter[str]:
    """16 shoppers hold one unit each at the same moment, and buy it."""

    def buy(number: int) -> str:
        demand = f"{row.pk}-{number}"
        with transaction.atomic():
            holds.place([want(row, demand)], expires_at=SOON, at=MONDAY)
        with transaction.atomic():
            holds.allocate([demand], at=MONDAY)
        return "bought"

    return Counter(outcome if isinstance(outcome, str) else type(outcome).__name__ for outcome in at_once(16, buy))


def test_of_16_who_rush_for_5_units_exactly_5_get_one():
    for _ in range(ROUNDS):
        row = shelf_of(5)

        assert rush(row) == {"bought": 5, "OutOfStock": 11}
        row.refresh_from_db()
        assert (row.on_hand, row.held, row.allocated) == (5, 0, 5)
    assert violations("inventory.audit.RULES") == []


def test_the_rush_would_show_a_guard_that_is_missing(monkeypatch):
    monkeypatch.setattr(holds, "HOLD", HOLD.replace(GUARD, "true"))
    row = shelf_of(5)

    assert rush(row) == {"bought": 16}
    assert any("nothing is promised twice" in violation for violation in violations("inventory.audit.RULES"))


def test_a_purchase_in_one_transaction_and_a_till_rush_for_the_same_units():
    row = shelf_of(5)

    def buy(number: int) -> None:
        if number % 2:
            holds.allocate_now([want(row, f"line-{number}")], at=MONDAY)
        else:
            ledger.sell({row.variant_id: 1}, location_id=row.location_id, by=SYSTEM, at=MONDAY)

    outcomes = at_once(16, buy)

    assert outcomes.count(None) == 5
    row.refresh_from_db()
    assert row.on_hand - row.allocated == 0
    assert violations("inventory.audit.RULES") == []


def deadlocks(outcomes: list[object]) -> int:
    unexpected = [o for o in outcomes if o is not None and not isinstance(o, OutOfStock | OperationalError)]
    assert unexpected == []
    return sum("deadlock" in str(outcome) for outcome in outcomes if isinstance(outcome, OperationalError))


def shuffled_carts(buy: Callable[[list[Want]], None], *, times: int) -> list[object]:
    """8 sessions buy the same four variants again and again, each with its lines in another order."""
    rows = [shelf_of(10_000) for _ in range(4)]

    def work(number: int) -> None:
        shuffle = random.Random(number)
        for turn in range(times):
            wants = [want(row, f"{number}-{turn}-{row.pk}") for row in shuffle.sample(rows, 4)]
            with transaction.atomic():
                buy(wants)

    return at_once(8, work)


def test_carts_with_their_lines_in_any_order_never_wait_in_a_circle():
    def buy(wants: list[Want]) -> None:
        demands = [w.demand for w in wants]
        holds.place(wants, expires_at=SOON, at=MONDAY)
        holds.allocate(demands, at=MONDAY)
        holds.consume(dict.fromkeys(demands, 1), location_id=wants[0].location_id, kind="shipped", by=SYSTEM, at=MONDAY)

    assert deadlocks(shuffled_carts(buy, times=10)) == 0
    assert Allocation.objects.filter(status="consumed").count() == 8 * 10 * 4
    assert violations("inventory.audit.RULES") == []


def test_the_shuffled_carts_would_show_a_circle():
    def line_by_line(wants: list[Want]) -> None:
        for one in wants:
            holds.place([one], expires_at=SOON, at=MONDAY)
            time.sleep(0.005)

    assert deadlocks(shuffled_carts(line_by_line, times=2)) > 0


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def second_waits_for_first(first: Callable[[], object], second: Callable[[], object]) -> list[object]:
    """Run `first`, and commit it only when `second` waits for its lock; what each returned or raised."""
    outcomes: list[object] = [None, None]
    done, waits = threading.Event(), threading.Event()

    def run(number: int, work: Callable[[], object]) -> None:
        try:
            with transaction.atomic():
                if number == 1:
                    done.wait(10)
                outcomes[number] = work()
                if number == 0:
                    done.set()
                    waits.wait(10)
        except Exception as problem:
            outcomes[number] = problem
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in ((0, first), (1, second))]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 10
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                break
            time.sleep(0.01)
    waits.set()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.fixture
def expired() -> Stock:
    """A shelf whose every unit is held, for a time that is over."""
    row = shelf_of(3)
    holds.place([want(row, "late", 3)], expires_at=SOON, at=MONDAY)
    return row


def test_a_payment_that_comes_just_before_the_expiry_keeps_its_units(expired):
    outcomes = second_waits_for_first(lambda: holds.allocate(["late"], at=LATER), lambda: sweep_expired(at=LATER))

    assert outcomes == [None, 0]
    assert (Hold.objects.get().status, Allocation.objects.get().quantity) == ("allocated", 3)
    assert violations("inventory.audit.RULES") == []


def test_a_payment_that_comes_just_after_the_expiry_takes_its_units_again(expired):
    outcomes = second_waits_for_first(lambda: sweep_expired(at=LATER), lambda: holds.allocate(["late"], at=LATER))

    assert outcomes == [1, None]
    assert (Hold.objects.get().status, Allocation.objects.get().quantity) == ("expired", 3)
    assert violations("inventory.audit.RULES") == []


def test_a_payment_that_comes_just_after_somebody_took_its_expired_units_is_refused(expired):
    quick = [want(expired, "quick", 1)]

    outcomes = second_waits_for_first(
        lambda: holds.place(quick, expires_at=LATER + timedelta(hours=1), at=LATER),
        lambda: holds.allocate(["late"], at=LATER),
    )

    assert outcomes[0] is None
    assert isinstance(outcomes[1], OutOfStock)
    assert violations("inventory.audit.RULES") == []


def test_a_shopper_who_comes_just_after_the_late_payment_is_refused(expired):
    outcomes = second_waits_for_first(
        lambda: holds.allocate(["late"], at=LATER),
        lambda: holds.place([want(expired, "quick", 1)], expires_at=LATER + timedelta(hours=1), at=LATER),
    )

    assert outcomes[0] is None
    assert isinstance(outcomes[1], OutOfStock)
    assert Allocation.objects.get().quantity == 3


def test_a_movement_that_several_sessions_report_at_once_happens_once():
    row = shelf_of(5)
    sale = [Move(row.variant_id, row.location_id, Kind.SOLD, -1, key="till-1:4711")]

    outcomes = at_once(8, lambda number: ledger.move(sale, by=SYSTEM, at=MONDAY, as_fact=True))

    assert sorted(outcomes) == [0, 0, 0, 0, 0, 0, 0, 1]
    row.refresh_from_db()
    assert row.on_hand == 4


def test_a_shelf_that_several_sessions_need_at_once_is_made_once():
    cup, centro = variant(), location("centro")

    outcomes = at_once(8, lambda number: ledger.receive({cup.pk: 1}, location_id=centro.pk, by=SYSTEM, at=MONDAY))

    assert outcomes == [1] * 8
    assert Stock.objects.get().on_hand == 8


def test_counts_transfers_sales_and_late_facts_at_once_lose_no_unit():
    here, there = shelf_of(200), location("norte")
    cup, centro = here.variant_id, here.location_id

    def step(number: int, turn: int, shuffle: random.Random) -> None:
        at = MONDAY + timedelta(minutes=number, seconds=turn)
        early = at - timedelta(minutes=shuffle.randrange(30))
        match turn % 5:
            case 0:
                ledger.count([Count(cup, centro, 200, early)], by=SYSTEM, at=at)
            case 1:
                ledger.transfer({cup: 1}, source_id=centro, destination_id=there.pk, by=SYSTEM, at=at)
            case 2:
                ledger.transfer({cup: 1}, source_id=there.pk, destination_id=centro, by=SYSTEM, at=at)
            case 3:
                sale = Move(cup, centro, Kind.SOLD, -1, key=f"{number}-{turn}", occurred_at=early)
                ledger.move([sale], by=SYSTEM, at=at, as_fact=True)
            case 4:
                holds.allocate_now([want(here, f"{number}-{turn}")], at=at)

    def work(number: int) -> None:
        shuffle = random.Random(number)
        for turn in shuffle.sample(range(20), 20):
            with suppress(ledger.NotEnough):  # nothing arrived there yet that could come back
                step(number, turn, shuffle)

    assert at_once(8, work) == [None] * 8
    assert Movement.objects.filter(kind="counted").count() == 8 * 4
    assert Allocation.objects.count() == 8 * 4
    assert violations("inventory.audit.RULES") == []
    assert Repair.objects.count() == 0
