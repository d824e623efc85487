"""The times of a case: its clocks, the reply that the law asks for, and those of a case that goes on."""

from datetime import timedelta

import pytest

from commerce.customers.models import Person
from commerce.promises import giving
from commerce.promises.models import Promise
from commerce.timeline.tasks import run_due
from orders.cases import clocks, opening, working
from orders.cases.models import Case, Kind
from orders.cases.playbooks import STEPS
from orders.models import Todo
from tests.audits import violations
from tests.factories import MONDAY
from tests.orders.cases.stamps import LATER, STAMP, entries

pytestmark = pytest.mark.django_db


def reopened(case: Case, *, after: timedelta) -> Case:
    """The case, closed an hour after it was opened, and opened again so long after that."""
    working.close(case, outcome="solved", **LATER)
    return working.reopen(case, **STAMP | {"at": MONDAY + after})


def test_a_case_that_goes_on_has_new_times_and_new_promises(case: Case) -> None:
    working.settle_step(case, 1, **LATER)
    again = MONDAY + timedelta(days=20)

    were = case.resolve_due.isoformat(), case.reply_due.isoformat()
    reopened(case, after=timedelta(days=20))

    case.refresh_from_db()
    pending = list(case.steps.filter(status="pending"))
    assert len(pending) == len(STEPS[Kind.DAMAGED]) - 1
    assert [step.due_at for step in pending] == sorted(step.due_at for step in pending)
    assert pending[0].due_at == case.first_answer_due == clocks.after_business_hours(case.location, 8, at=again)
    assert case.resolve_due == pending[-1].due_at > pending[0].due_at
    assert case.reply_due == clocks.after_working_days(15, country="ES", zone="Europe/Madrid", at=again)
    standing = Promise.objects.filter(subject__startswith=case.public_id, status="open").order_by("pk")
    assert {(promise.subject, promise.due_at) for promise in standing} == {
        (f"{case.public_id}/reply", case.reply_due),
        *((f"{case.public_id}/{step.ordinal}", step.due_at) for step in pending if step.is_told),
    }
    (entry,) = entries(case, "case.reopened")
    assert entry.data["reply_due"] == case.reply_due.isoformat()
    assert (entry.data["was_resolve_due"], entry.data["was_reply_due"]) == were
    assert violations("commerce.promises.audit.RULES") == []


def test_a_case_that_goes_on_with_nothing_left_to_do_is_looked_at_again(case: Case) -> None:
    for ordinal in range(1, len(STEPS[Kind.DAMAGED]) + 1):
        working.settle_step(case, ordinal, **LATER)

    reopened(case, after=timedelta(days=2))

    step = case.steps.get(status="pending")
    case.refresh_from_db()
    assert (step.title_es, step.team, case.team) == ("Volvemos a mirar tu caso", "agent", "agent")
    assert entries(case, "case.handed_over")[-1].data["to_team"] == "agent"


def test_the_clocks_of_a_case_that_goes_on_run_out_anew_and_the_old_ones_no_more(case: Case) -> None:
    working.answered(case, **LATER)
    reopened(case, after=timedelta(days=20))

    run_due(at=MONDAY + timedelta(days=20, minutes=1))
    at_first = len(entries(case, "case.clock_missed"))
    case.refresh_from_db()
    run_due(at=case.first_answer_due + timedelta(minutes=1))

    assert at_first == 0
    assert [entry.data["clock"] for entry in entries(case, "case.clock_missed")] == ["first_answer_due"]


@pytest.mark.parametrize("status", ["skipped", "done"])
def test_only_what_is_said_to_her_is_a_reply_not_a_step(case: Case, status: str) -> None:
    working.settle_step(case, 1, status=status, **LATER)

    case.refresh_from_db()
    reply = Promise.objects.get(subject=f"{case.public_id}/reply")
    assert (case.answered_at, reply.status) == (None, "open")

    working.answered(case, **LATER)

    reply.refresh_from_db()
    assert reply.status == "kept"


def test_how_it_ended_is_a_reply_unless_she_took_it_back(case: Case, eva: Person) -> None:
    other = opening.open_case("complaint", person=eva, **STAMP)

    working.close(case, outcome="declined", **LATER)
    working.close(other, outcome="withdrawn", **LATER)

    assert Promise.objects.get(subject=f"{case.public_id}/reply").status == "kept"
    assert Promise.objects.get(subject=f"{other.public_id}/reply").status == "withdrawn"


CLOCKS = ("first_answer_due", "answer_due", "resolve_due", "reply_due")


@pytest.mark.parametrize("clock", CLOCKS)
def test_each_clock_that_runs_out_is_written_down_once_and_on_somebodys_list(case: Case, clock: str) -> None:
    if clock in ("answer_due", "resolve_due"):
        working.answered(case, **LATER)
    if clock == "answer_due":
        working.heard(case, at=MONDAY + timedelta(hours=2))
    case.refresh_from_db()
    due_at = getattr(case, clock)

    run_due(at=due_at - timedelta(seconds=1))
    before = [entry.data["clock"] for entry in entries(case, "case.clock_missed")]
    for minutes in (1, 2):
        run_due(at=due_at + timedelta(minutes=minutes))

    told = [entry.data["clock"] for entry in entries(case, "case.clock_missed")]
    assert clock not in before
    assert told.count(clock) == 1
    assert Todo.objects.filter(kind="case", closed_at=None).count() == 1


def test_she_who_writes_again_before_the_first_answer_is_told_once_that_it_is_late(case: Case) -> None:
    working.heard(case, at=MONDAY)
    case.refresh_from_db()

    run_due(at=case.answer_due + timedelta(minutes=1))

    told = [entry.data["clock"] for entry in entries(case, "case.clock_missed")]
    assert told == ["first_answer_due"]


def test_a_step_is_not_moved_into_the_past(case: Case) -> None:
    before = case.steps.get(ordinal=3).due_at

    for due_at in (LATER["at"], LATER["at"] - timedelta(days=1)):
        with pytest.raises(working.StepInThePast):
            working.move_step(case, 3, due_at=due_at, **LATER)

    assert case.steps.get(ordinal=3).due_at == before
    assert not entries(case, "case.step_moved")


def test_what_is_told_of_a_step_that_is_moved_says_from_when_to_when(case: Case) -> None:
    before, after = case.steps.get(ordinal=3).due_at, MONDAY + timedelta(days=9)

    working.move_step(case, 3, due_at=after, **LATER)

    data = entries(case, "case.step_moved")[0].data
    assert (data["was_due_at"], data["due_at"]) == (before.isoformat(), after.isoformat())


def test_a_case_goes_on_although_word_of_a_late_step_left_after_it_was_closed(case: Case) -> None:
    late = Promise.objects.get(subject=f"{case.public_id}/1")
    after = late.due_at + timedelta(hours=1)
    giving.settle(late, Promise.Status.BROKEN, at=after)
    working.close(case, outcome="solved", **STAMP | {"at": after})
    giving.told(late.public_id, at=after + timedelta(minutes=5))

    working.reopen(case, **STAMP | {"at": after + timedelta(days=1)})

    step = case.steps.get(ordinal=1)
    assert list(Promise.objects.filter(subject=late.subject, status="open").values_list("due_at", flat=True)) == [
        step.due_at
    ]
    assert violations("commerce.promises.audit.RULES") == []
