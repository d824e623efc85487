"""Entries are appended, numbered without gaps, never changed; what follows is planned in the same transaction."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from commerce.timeline import record as recording
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Entry, Task
from commerce.timeline.record import NoJourney, open_journey, record
from commerce.wiring import Follow
from tests.factories import MONDAY

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Rang:
    type: ClassVar[str] = "test.rang"
    bell: str


@dataclass(frozen=True)
class Stopped:
    type: ClassVar[str] = "test.stopped"


@pytest.fixture
def wired(monkeypatch):
    recording.plan.cache_clear()
    monkeypatch.setitem(
        recording.FOLLOWS,
        "test.rang",
        (Follow("tests.answer"), Follow("tests.remind", after=timedelta(minutes=60), moves=True)),
    )
    monkeypatch.setitem(recording.STOPS, "test.stopped", ("tests.remind",))
    yield
    recording.plan.cache_clear()


def test_entries_of_a_journey_are_numbered_from_one_without_gaps():
    journey = open_journey(at=MONDAY)

    first = record(journey, Rang("a"), Rang("b"), by=SYSTEM, channel="web", at=MONDAY)
    second = record(journey, Rang("c"), by=SYSTEM, channel="store", at=MONDAY, cause=first[1].id)

    assert [r.number for r in first + second] == [1, 2, 3]
    entries = list(Entry.objects.order_by("number").values_list("data", "channel", "cause"))
    assert entries == [
        ({"bell": "a"}, "web", None),
        ({"bell": "b"}, "web", None),
        ({"bell": "c"}, "store", first[1].id),
    ]


def test_an_entry_learned_late_keeps_both_clocks():
    journey = open_journey(at=MONDAY)

    record(journey, Rang("a"), by=SYSTEM, channel="store", at=MONDAY, recorded_at=MONDAY + timedelta(hours=3))

    entry = Entry.objects.get()
    assert (entry.occurred_at, entry.recorded_at) == (MONDAY, MONDAY + timedelta(hours=3))


@pytest.mark.parametrize("change", ["UPDATE timeline_entry SET type = 'x'", "DELETE FROM timeline_entry"])
def test_the_database_refuses_to_change_what_happened(change):
    record(open_journey(at=MONDAY), Rang("a"), by=SYSTEM, channel="web", at=MONDAY)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_a_journey_that_does_not_exist_is_named():
    with pytest.raises(NoJourney, match="journey 99 does not exist"):
        record(99, Rang("a"), by=SYSTEM, channel="web", at=MONDAY)


def test_recording_outside_a_transaction_is_refused(transactional_db):
    journey = open_journey(at=MONDAY)

    with pytest.raises(transaction.TransactionManagementError):
        record(journey, Rang("a"), by=SYSTEM, channel="web", at=MONDAY)


def test_what_follows_is_planned_in_the_same_statement(wired):
    journey = open_journey(at=MONDAY)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        [entry] = record(journey, Rang("a"), by=SYSTEM, channel="web", at=MONDAY)

    assert len(queries) == 1
    tasks = Task.objects.order_by("handler").values_list("handler", "entry", "due_at")
    assert list(tasks) == [("tests.answer", entry.id, MONDAY), ("tests.remind", entry.id, MONDAY + timedelta(hours=1))]


def test_a_moving_task_counts_from_the_last_entry_and_stands_once(wired):
    journey = open_journey(at=MONDAY)
    for minutes in (0, 20, 50):
        record(journey, Rang("a"), by=SYSTEM, channel="web", at=MONDAY + timedelta(minutes=minutes))

    reminder = Task.objects.get(handler="tests.remind")
    assert reminder.due_at == MONDAY + timedelta(minutes=110)
    assert Task.objects.filter(handler="tests.answer").count() == 3


def test_an_entry_stops_pending_tasks_of_its_own_journey_only(wired):
    stopped, other = open_journey(at=MONDAY), open_journey(at=MONDAY)
    for journey in (stopped, other):
        record(journey, Rang("a"), by=SYSTEM, channel="web", at=MONDAY)

    record(stopped, Stopped(), by=SYSTEM, channel="store", at=MONDAY)

    statuses = dict(Task.objects.filter(handler="tests.remind").values_list("journey", "status"))
    assert statuses == {stopped.pk: "canceled", other.pk: "pending"}


def test_a_task_that_moves_follows_the_last_of_several_entries_recorded_at_once(wired):
    journey = open_journey(at=MONDAY)

    entries = record(journey, Rang("a"), Rang("b"), Rang("c"), by=SYSTEM, channel="web", at=MONDAY)

    assert list(Task.objects.order_by("pk").values_list("handler", "entry")) == [
        ("tests.answer", entries[0].id),
        ("tests.answer", entries[1].id),
        ("tests.answer", entries[2].id),
        ("tests.remind", entries[2].id),
    ]
