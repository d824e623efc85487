"""Random operations with people who wait, beside a model in plain Python: expected goods, transfers, units kept, the
line for the last ones, and what is sold before it is here.

The model serves its lines as the house promises: who has paid first, unit by unit; then those who asked, each with all
that was asked for. What a till tells may take a shelf below zero.
"""

import os
from collections import Counter
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

from commerce.carts import edits
from commerce.timeline.actors import SYSTEM, VISITOR
from commerce.timeline.models import Task
from inventory import backorders, holds, incoming, ledger, reservations, transfers
from inventory.availability import available
from inventory.backorders import BackordersFull, Wait
from inventory.expiry import sweep_expired
from inventory.holds import OutOfStock, Want
from inventory.incoming import NothingExpected
from inventory.ledger import Count, Kind, Move, NotEnough
from inventory.line import OFFER_LASTS
from inventory.models import Backorder, Reservation, Stock
from inventory.reservations import NothingToWaitFor, StillThere
from inventory.transfers import MoreThanSent
from tests.audits import violations
from tests.factories import MONDAY, location, person, sales_channel, variant

SHELVES, UNITS = st.integers(0, 1), st.integers(1, 3)
TTL = timedelta(minutes=10)


@dataclass
class Expected:
    """A line of expected goods; `sent` of a transfer."""

    quantity: int
    received: int = 0
    ended: bool = False
    sent: bool = False

    @property
    def missing(self) -> int:
        return self.quantity - self.received


@dataclass
class Waiting:
    """Somebody's order line that was sold before it was here, or somebody in line for the last units."""

    name: str
    wanted: int
    served: int = 0
    paid: bool = False


@dataclass
class Shelf:
    """What is known of the cup at one place."""

    key: tuple[int, int]
    cap: int
    on_hand: int = 0
    held: dict[str, tuple[datetime, int]] = field(default_factory=dict)
    promised: Counter[str] = field(default_factory=Counter)
    backorders: list[Waiting] = field(default_factory=list)
    in_line: list[Waiting] = field(default_factory=list)
    expected: dict[str, Expected] = field(default_factory=dict)

    @property
    def free(self) -> int:
        return self.on_hand - sum(units for _, units in self.held.values()) - self.promised.total()

    def serve(self, now: datetime) -> None:
        for one in [one for one in self.backorders if one.paid and one.wanted > one.served]:
            units = min(one.wanted - one.served, max(self.free, 0))
            one.served += units
            self.promised[one.name] += units
        for one in list(self.in_line):
            if one.wanted <= self.free:
                self.in_line.remove(one)
                self.held[one.name] = (now + OFFER_LASTS, one.wanted)


class LinesMachine(RuleBasedStateMachine):
    @initialize(on_hand=st.lists(st.integers(0, 4), min_size=2, max_size=2), cap=st.integers(0, 4))
    def open_up(self, on_hand: list[int], cap: int) -> None:
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.now, self.names, self.road = MONDAY, 0, 0
        self.cup, self.places = variant(), [location("centro"), location("norte")]
        self.web = sales_channel("web", locations=tuple(self.places))
        self.shelves = [Shelf((self.cup.pk, place.pk), cap) for place in self.places]
        for shelf, units in zip(self.shelves, on_hand, strict=True):
            ledger.lock([shelf.key])
            self.receive_at(shelf, units)
        Stock.objects.update(backorder_cap=cap)

    def teardown(self) -> None:
        if hasattr(self, "transaction"):
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    def tick(self, minutes: int = 0) -> datetime:
        """Time goes on, and what is over by then ends at once, as Beat would have it."""
        self.now += timedelta(minutes=minutes, seconds=1)
        sweep_expired(at=self.now)
        for kept in Reservation.objects.filter(status="kept", expires_at__lte=self.now).order_by("pk"):
            reservations.end(Task(key=kept.public_id), at=self.now)
        for shelf in self.shelves:
            over = [name for name, (until, _) in shelf.held.items() if until <= self.now]
            for name in over:
                del shelf.held[name]
            if over:
                shelf.serve(self.now)
        return self.now

    def name(self, kind: str) -> str:
        self.names += 1
        return f"{kind}-{self.names}"

    def receive_at(self, shelf: Shelf, units: int) -> None:
        ledger.receive({self.cup.pk: units}, location_id=shelf.key[1], by=SYSTEM, at=self.now)
        shelf.on_hand += units
        shelf.serve(self.now)

    @rule(minutes=st.integers(1, 8))
    def time_passes(self, minutes: int) -> None:
        self.tick(minutes)

    @rule(shelf=SHELVES, units=UNITS)
    def goods_come(self, shelf: int, units: int) -> None:
        self.tick()
        self.receive_at(self.shelves[shelf], units)

    @rule(shelf=SHELVES, units=UNITS)
    def a_till_reports(self, shelf: int, units: int) -> None:
        at, here = self.tick(), self.shelves[shelf]
        ledger.move([Move(*here.key, Kind.SOLD, -units, key=self.name("till"))], by=SYSTEM, at=at, as_fact=True)
        here.on_hand -= units

    @rule(shelf=SHELVES, found=st.integers(0, 6))
    def count(self, shelf: int, found: int) -> None:
        at, here = self.tick(), self.shelves[shelf]
        ledger.count([Count(*here.key, found, at)], by=SYSTEM, at=at)
        more, here.on_hand = found > here.on_hand, found
        if more:
            here.serve(at)

    @rule(shelf=SHELVES, units=UNITS, reference=st.sampled_from(["PO-1", "PO-2"]))
    def expect(self, shelf: int, units: int, reference: str) -> None:
        at, here = self.tick(), self.shelves[shelf]
        incoming.expect({self.cup.pk: units}, location_id=here.key[1], reference=reference, expected_at=at, at=at)
        line = here.expected.setdefault(reference, Expected(units))
        if line.quantity != units:
            line.quantity, line.ended = units, line.received >= units

    @rule(shelf=SHELVES, units=UNITS, reference=st.sampled_from(["PO-1", "PO-2"]), twice=st.booleans())
    def expected_goods_come(self, shelf: int, units: int, reference: str, twice: bool) -> None:
        at, here, note = self.tick(), self.shelves[shelf], self.name("note")
        for _ in range(1 + twice):
            goods = {self.cup.pk: units}
            incoming.arrive(goods, location_id=here.key[1], reference=reference, key=note, by=SYSTEM, at=at)
        self.came(here, reference, units)

    def came(self, shelf: Shelf, reference: str, units: int) -> None:
        if line := shelf.expected.get(reference):
            line.received += units
            line.ended = line.ended or line.missing <= 0
        shelf.on_hand += units
        shelf.serve(self.now)

    @rule(shelf=SHELVES, reference=st.sampled_from(["PO-1", "PO-2"]))
    def nothing_more_comes(self, shelf: int, reference: str) -> None:
        at, here = self.tick(), self.shelves[shelf]
        line = here.expected.get(reference)
        if line and not line.ended:
            assert incoming.call_off(reference, location_id=here.key[1], at=at) == line.missing
            line.ended = True
        else:
            with pytest.raises(NothingExpected):
                incoming.call_off(reference, location_id=here.key[1], at=at)

    @rule(source=SHELVES, units=UNITS)
    def send(self, source: int, units: int) -> None:
        at, here, there = self.tick(), self.shelves[source], self.shelves[1 - source]
        way = {"source_id": here.key[1], "destination_id": there.key[1], "reference": self.name("T")}
        if here.free < units:
            with pytest.raises(NotEnough), transaction.atomic():
                transfers.send({self.cup.pk: units}, **way, expected_at=at, by=SYSTEM, at=at)
            return
        transfers.send({self.cup.pk: units}, **way, expected_at=at, by=SYSTEM, at=at)
        here.on_hand -= units
        self.road += units
        there.expected[str(way["reference"])] = Expected(units, sent=True)

    def drawn_transfer(self, data: st.DataObject) -> tuple[Shelf, str] | None:
        sent = [(shelf, name) for shelf in self.shelves for name, line in shelf.expected.items() if line.sent]
        return data.draw(st.sampled_from(sent)) if sent else None

    @rule(data=st.data(), units=UNITS)
    def sent_goods_come(self, data: st.DataObject, units: int) -> None:
        at, drawn = self.tick(), self.drawn_transfer(data)
        if drawn is None:
            return
        shelf, reference = drawn
        told = {"location_id": shelf.key[1], "reference": reference, "key": self.name("note"), "by": SYSTEM, "at": at}
        line = shelf.expected[reference]
        if not line.ended:
            transfers.arrive({self.cup.pk: units}, **told)
            self.road -= min(units, line.missing)
            self.came(shelf, reference, units)
        else:
            with pytest.raises(MoreThanSent):
                transfers.arrive({self.cup.pk: units}, **told)

    @rule(data=st.data())
    def sent_goods_are_lost(self, data: st.DataObject) -> None:
        at, drawn = self.tick(), self.drawn_transfer(data)
        if drawn is None:
            return
        shelf, reference = drawn
        line = shelf.expected[reference]
        told = {"location_id": shelf.key[1], "reason": "lost on the road", "by": SYSTEM, "at": at}
        if line.ended:
            with pytest.raises(NothingExpected):
                transfers.lose(reference, **told)
            return
        assert transfers.lose(reference, **told) == line.missing
        self.road -= line.missing
        line.ended = True

    @rule(shelf=SHELVES, units=UNITS)
    def hold(self, shelf: int, units: int) -> None:
        at, here, demand = self.tick(), self.shelves[shelf], self.name("line")
        if here.free >= units:
            holds.place([Want(*here.key, units, demand)], expires_at=at + TTL, at=at)
            here.held[demand] = (at + TTL, units)
        else:
            with pytest.raises(OutOfStock):
                holds.place([Want(*here.key, units, demand)], expires_at=at + TTL, at=at)

    def drawn(self, data: st.DataObject, which: str, kind: str = "") -> tuple[Shelf, str] | None:
        names = [(shelf, name) for shelf in self.shelves for name in getattr(shelf, which) if name.startswith(kind)]
        return data.draw(st.sampled_from(names)) if names else None

    @rule(data=st.data(), paid=st.booleans())
    def pay_or_let_go(self, data: st.DataObject, paid: bool) -> None:
        at, drawn = self.tick(), self.drawn(data, "held", "line")
        if drawn is None:
            return
        shelf, demand = drawn
        _, units = shelf.held.pop(demand)
        if paid:
            holds.allocate([demand], at=at)
            shelf.promised[demand] += units
        else:
            holds.release([demand], at=at)
            shelf.serve(at)

    @rule(data=st.data(), canceled=st.booleans())
    def hand_over_or_cancel(self, data: st.DataObject, canceled: bool) -> None:
        at, drawn = self.tick(), self.drawn(data, "promised")
        if drawn is None:
            return
        shelf, demand = drawn
        units = shelf.promised.pop(demand)
        if canceled:
            holds.release_allocations([demand], at=at)
            shelf.serve(at)
        elif units:
            holds.consume({demand: units}, location_id=shelf.key[1], kind="collected", by=SYSTEM, at=at)
            shelf.on_hand -= units

    @rule(shelf=SHELVES, units=UNITS)
    def keep(self, shelf: int, units: int) -> None:
        at, here, until = self.tick(), self.shelves[shelf], self.now + timedelta(minutes=30)
        asked = {"location": self.places[shelf], "quantity": units, "until": until, "channel": "store"}
        if here.free < units:
            with pytest.raises(OutOfStock), transaction.atomic():
                reservations.keep(self.cup, **asked, person=person(), by=SYSTEM, at=at)
            return
        made = reservations.keep(self.cup, **asked, person=person(), by=SYSTEM, at=at)
        here.held[made.demand] = (until, units)

    @rule(shelf=SHELVES, units=UNITS)
    def stand_in_line(self, shelf: int, units: int) -> None:
        at, here = self.tick(), self.shelves[shelf]
        cart = edits.open_cart(sales_channel=self.web, by=VISITOR, at=at)
        asked = {"variant": self.cup, "location": self.places[shelf], "quantity": units, "channel": "web"}
        others = sum(one.wanted for one in here.in_line)
        if max(here.free, 0) - others >= units:
            with pytest.raises(StillThere):
                reservations.stand_in_line(cart, **asked, by=VISITOR, at=at)
        elif sum(held for _, held in here.held.values()) < units:
            with pytest.raises(NothingToWaitFor):
                reservations.stand_in_line(cart, **asked, by=VISITOR, at=at)
        else:
            made, turn = reservations.stand_in_line(cart, **asked, by=VISITOR, at=at)
            here.in_line.append(Waiting(made.demand, units))
            assert turn.position == len(here.in_line)

    @rule(data=st.data())
    def give_up_a_place_or_what_is_kept(self, data: st.DataObject) -> None:
        at = self.tick()
        live = Reservation.objects.filter(status__in=reservations.LIVE).order_by("pk")
        if not live:
            return
        one = data.draw(st.sampled_from(list(live)))
        reservations.let_go(one, by=VISITOR, channel="web", at=at)
        here = next(shelf for shelf in self.shelves if shelf.key[1] == one.stock.location_id)
        here.in_line = [other for other in here.in_line if other.name != one.demand]
        if here.held.pop(one.demand, None):
            here.serve(at)

    @rule(shelf=SHELVES, units=st.lists(UNITS, min_size=1, max_size=2))
    def sell_before_it_is_here(self, shelf: int, units: list[int]) -> None:
        at, here = self.tick(), self.shelves[shelf]
        waits = [Wait(*here.key, each, self.name("order")) for each in units]
        ledger.lock([here.key])
        if sum(one.wanted - one.served for one in here.backorders) + sum(units) <= here.cap:
            backorders.join(waits, at=at)
            here.backorders += [Waiting(wait.demand, wait.quantity) for wait in waits]
        else:
            with pytest.raises(BackordersFull), transaction.atomic():
                backorders.join(waits, at=at)

    @precondition(lambda self: any(shelf.backorders for shelf in self.shelves))
    @rule(data=st.data(), pays=st.booleans())
    def pay_or_leave_the_line(self, data: st.DataObject, pays: bool) -> None:
        at = self.tick()
        shelf, one = data.draw(
            st.sampled_from([(shelf, one) for shelf in self.shelves for one in shelf.backorders]).filter(bool)
        )
        if pays:
            backorders.paid([one.name], at=at)
            if not one.paid:
                one.paid = True
                shelf.backorders.append(shelf.backorders.pop(shelf.backorders.index(one)))
                shelf.serve(at)
        elif one.served < one.wanted:
            backorders.leave([one.name], at=at)
            shelf.backorders.remove(one)

    @invariant()
    def the_rules_of_the_house_hold(self) -> None:
        assert violations("inventory.audit.RULES") == []

    @invariant()
    def the_model_agrees(self) -> None:
        if not hasattr(self, "shelves"):
            return
        free = available([self.cup.pk], at=self.now)
        for shelf in self.shelves:
            row = Stock.objects.get(variant=shelf.key[0], location=shelf.key[1])
            coming = sum(line.missing for line in shelf.expected.values() if not line.ended)
            held, promised = sum(units for _, units in shelf.held.values()), shelf.promised.total()
            assert (row.on_hand, row.held, row.allocated, row.incoming) == (shelf.on_hand, held, promised, coming)
            assert free[shelf.key] == max(shelf.free, 0)
            waiting = Reservation.objects.filter(stock=row, status="waiting").order_by("pk")
            assert [one.demand for one in waiting] == [one.name for one in shelf.in_line]
            sold = Backorder.objects.filter(stock=row).exclude(status="canceled").values_list("demand", "served")
            assert dict(sold) == {one.name: one.served for one in shelf.backorders}
        road = sum(Stock.objects.filter(location__kind="transit").values_list("on_hand", flat=True))
        assert road == self.road


@pytest.mark.django_db
def test_whoever_waits_is_served_as_the_model_says() -> None:
    run_state_machine_as_test(
        LinesMachine,
        settings=settings(
            max_examples=int(os.environ.get("MODEL_EXAMPLES", "4")),
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
