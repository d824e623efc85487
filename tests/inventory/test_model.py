"""Random operations on stock, beside a model in plain Python: after each step the database must agree with both.

The model knows nothing of movements, corrections or counters: a shelf has what the last count found plus what happened
after it, and what is free is that less what is kept for somebody.
"""

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from commerce.timeline.actors import SYSTEM
from inventory import holds, ledger
from inventory.availability import available
from inventory.expiry import sweep_expired
from inventory.holds import OutOfStock, Want
from inventory.ledger import Count, Kind, Move, NotEnough
from inventory.models import Stock
from tests.audits import violations
from tests.factories import LONG_AGO, MONDAY, location, variant

SHELVES = st.integers(0, 3)
UNITS = st.integers(1, 4)
# What an order line wants: one variant, at one location or split over both.
LINE = st.tuples(
    st.integers(0, 1),
    st.lists(st.tuples(st.integers(0, 1), UNITS), min_size=1, max_size=2, unique_by=lambda part: part[0]),
).map(lambda line: [(2 * line[0] + place, units) for place, units in line[1]])
TTL = timedelta(minutes=10)


@dataclass
class Shelf:
    """What is known of one variant at one location."""

    facts: list[tuple[datetime, int | None, int]] = field(default_factory=list)
    spoilt: list[tuple[datetime, int]] = field(default_factory=list)

    @property
    def damaged(self) -> int:
        return sum(units for _, units in self.spoilt)

    @property
    def on_hand(self) -> int:
        last, found, _ = max(
            (fact for fact in self.facts if fact[1] is not None), key=lambda fact: fact[0], default=(LONG_AGO, 0, 0)
        )
        return found + sum(change for when, counted, change in self.facts if counted is None and when > last)


class StockMachine(RuleBasedStateMachine):
    @initialize(on_hand=st.lists(st.integers(0, 6), min_size=4, max_size=4))
    def open_up(self, on_hand: list[int]) -> None:
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.now = MONDAY
        self.keys = [
            (v.pk, place.pk) for v in (variant(), variant()) for place in (location("centro"), location("norte"))
        ]
        self.shelves = [Shelf() for _ in self.keys]
        self.held: dict[str, tuple[datetime, list[tuple[int, int]]]] = {}
        self.allocated: dict[str, list[tuple[int, int]]] = {}
        self.demands = 0
        for shelf, units in enumerate(on_hand):
            self.happened(shelf, units)
            ledger.receive({self.keys[shelf][0]: units}, location_id=self.keys[shelf][1], by=SYSTEM, at=self.now)

    def teardown(self) -> None:
        if hasattr(self, "transaction"):
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    def tick(self) -> datetime:
        """Every happening has an instant of its own."""
        self.now += timedelta(seconds=1)
        return self.now

    def happened(self, shelf: int, change: int, *, when: datetime | None = None) -> None:
        self.shelves[shelf].facts.append((when or self.now, None, change))

    def kept(self, shelf: int, *, but: str = "") -> int:
        standing = [
            parts for demand, (expires_at, parts) in self.held.items() if demand != but and expires_at > self.now
        ]
        return sum(units for parts in [*standing, *self.allocated.values()] for where, units in parts if where == shelf)

    def free(self, shelf: int, *, but: str = "") -> int:
        return self.shelves[shelf].on_hand - self.shelves[shelf].damaged - self.kept(shelf, but=but)

    def fits(self, parts: list[tuple[int, int]], *, but: str = "") -> bool:
        return all(self.free(shelf, but=but) >= units for shelf, units in parts)

    def wants(self, parts: list[tuple[int, int]], demand: str) -> list[Want]:
        return [Want(*self.keys[shelf], units, demand) for shelf, units in parts]

    @rule(minutes=st.integers(1, 8))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(shelf=SHELVES, units=UNITS)
    def receive(self, shelf: int, units: int) -> None:
        ledger.receive({self.keys[shelf][0]: units}, location_id=self.keys[shelf][1], by=SYSTEM, at=self.tick())
        self.happened(shelf, units)

    @rule(shelf=SHELVES, units=UNITS)
    def sell_by_hand(self, shelf: int, units: int) -> None:
        at, (cup, place) = self.tick(), self.keys[shelf]
        if self.free(shelf) >= units:
            ledger.sell({cup: units}, location_id=place, by=SYSTEM, at=at)
            self.happened(shelf, -units)
        else:
            with pytest.raises(NotEnough):
                ledger.sell({cup: units}, location_id=place, by=SYSTEM, at=at)

    @rule(shelf=SHELVES, units=UNITS, late=st.integers(0, 2000), twice=st.booleans())
    def a_till_reports(self, shelf: int, units: int, late: int, twice: bool) -> None:
        at = self.tick()
        when = at - timedelta(seconds=late, microseconds=1 + len(self.shelves[shelf].facts))
        sale = Move(*self.keys[shelf], Kind.SOLD, -units, key=f"till-{at}", occurred_at=when)
        for _ in range(1 + twice):
            ledger.move([sale], by=SYSTEM, at=at, as_fact=True)
        self.happened(shelf, -units, when=when)

    @rule(shelf=SHELVES, found=st.integers(0, 8), late=st.integers(0, 2000))
    def count(self, shelf: int, found: int, late: int) -> None:
        at = self.tick()
        when = at - timedelta(seconds=late, microseconds=1 + len(self.shelves[shelf].facts))
        ledger.count([Count(*self.keys[shelf], found, when)], by=SYSTEM, at=at)
        row = self.shelves[shelf]
        row.facts.append((when, found, 0))
        row.spoilt.append((when, min(found - sum(units for then, units in row.spoilt if then <= when), 0)))

    @rule(shelf=SHELVES, units=st.integers(-3, 3).filter(bool))
    def damage(self, shelf: int, units: int) -> None:
        at, (cup, place), row = self.tick(), self.keys[shelf], self.shelves[shelf]
        if 0 <= row.damaged + units <= row.on_hand:
            ledger.damage({cup: units}, location_id=place, reason="fell down", by=SYSTEM, at=at)
            row.spoilt.append((at, units))
        else:
            with pytest.raises(NotEnough):
                ledger.damage({cup: units}, location_id=place, reason="fell down", by=SYSTEM, at=at)

    @rule(source=SHELVES, units=UNITS)
    def transfer(self, source: int, units: int) -> None:
        at, (cup, place), destination = self.tick(), self.keys[source], source ^ 1
        goods = {"source_id": place, "destination_id": self.keys[destination][1], "by": SYSTEM, "at": at}
        if self.free(source) >= units:
            ledger.transfer({cup: units}, **goods)
            self.happened(source, -units)
            self.happened(destination, units)
        else:
            with pytest.raises(NotEnough):
                ledger.transfer({cup: units}, **goods)

    def new_demand(self) -> str:
        self.demands += 1
        return f"line-{self.demands}"

    def place(self, demand: str, parts: list[tuple[int, int]]) -> None:
        at = self.tick()
        if self.fits(parts, but=demand):
            holds.place(self.wants(parts, demand), expires_at=at + TTL, at=at)
            self.held[demand] = (at + TTL, parts)
        else:
            with pytest.raises(OutOfStock):
                holds.place(self.wants(parts, demand), expires_at=at + TTL, at=at)

    @rule(parts=LINE)
    def hold(self, parts: list[tuple[int, int]]) -> None:
        self.place(self.new_demand(), parts)

    @precondition(lambda self: self.held)
    @rule(parts=LINE, data=st.data())
    def hold_something_else_instead(self, parts: list[tuple[int, int]], data: st.DataObject) -> None:
        self.place(data.draw(st.sampled_from(sorted(self.held))), parts)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        demand = data.draw(st.sampled_from(sorted(self.held)))
        holds.release([demand], at=self.tick())
        self.held[demand] = (self.now, self.held[demand][1])

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def pay(self, data: st.DataObject) -> None:
        demand = data.draw(st.sampled_from(sorted(self.held)))
        at, (expires_at, parts) = self.tick(), self.held[demand]
        certain = expires_at > at or self.fits(parts, but=demand)
        try:
            with transaction.atomic():
                holds.allocate([demand], at=at)
        except OutOfStock:
            assert not certain
        else:
            self.allocated[demand] = parts
            del self.held[demand]

    @rule(parts=LINE)
    def buy_at_once(self, parts: list[tuple[int, int]]) -> None:
        at, demand = self.tick(), self.new_demand()
        if self.fits(parts):
            holds.allocate_now(self.wants(parts, demand), at=at)
            self.allocated[demand] = parts
        else:
            with pytest.raises(OutOfStock):
                holds.allocate_now(self.wants(parts, demand), at=at)

    @precondition(lambda self: self.allocated)
    @rule(data=st.data())
    def hand_over(self, data: st.DataObject) -> None:
        demand = data.draw(st.sampled_from(sorted(self.allocated)))
        shelf, promised = self.allocated[demand][0]
        units = data.draw(st.integers(1, promised))
        holds.consume({demand: units}, location_id=self.keys[shelf][1], kind="collected", by=SYSTEM, at=self.tick())
        self.happened(shelf, -units)
        left = [(shelf, promised - units), *self.allocated[demand][1:]]
        self.allocated[demand] = [(where, number) for where, number in left if number]
        if not self.allocated[demand]:
            del self.allocated[demand]

    @precondition(lambda self: self.allocated)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        demand = data.draw(st.sampled_from(sorted(self.allocated)))
        holds.release_allocations([demand], at=self.tick())
        del self.allocated[demand]

    @rule()
    def sweep(self) -> None:
        sweep_expired(at=self.now)

    @invariant()
    def the_rules_of_the_house_hold(self) -> None:
        assert violations("inventory.audit.RULES") == []

    @invariant()
    def the_model_agrees(self) -> None:
        if not hasattr(self, "shelves"):
            return
        on_hand = {(row.variant_id, row.location_id): row.on_hand for row in Stock.objects.all()}
        assert [on_hand[key] for key in self.keys] == [shelf.on_hand for shelf in self.shelves]
        free = available({cup for cup, _ in self.keys}, at=self.now)
        assert [free[key] for key in self.keys] == [max(self.free(shelf), 0) for shelf in range(4)]


@pytest.mark.django_db
def test_any_series_of_operations_leaves_stock_as_the_model_says():
    run_state_machine_as_test(
        StockMachine,
        settings=settings(
            max_examples=int(os.environ.get("MODEL_EXAMPLES", "15")),
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
