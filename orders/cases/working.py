"""Working on a case: its steps, answers, hand-overs and its end. Each is written down once, whoever presses first."""

from datetime import datetime

from django.db import transaction

from commerce.card_numbers import hide
from commerce.channels.models import Location
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.record import Happening, record
from orders.cases import opening, promised, renewing
from orders.cases.clocks import after_business_hours
from orders.cases.happenings import (
    CaseAnswered,
    CaseClosed,
    CaseHandedOver,
    CaseReopened,
    CaseStepDone,
    CaseStepMoved,
)
from orders.cases.models import Case, CaseStep, Handover, Team
from orders.cases.playbooks import playbook_of
from orders.models import Todo
from orders.todos import close_todo

Status = CaseStep.Status


class CaseIsClosed(Problem):
    """Nothing is done in a case that is over; it can be opened again."""

    code = "case_is_closed"


class NotTheirPlace(Problem):
    """A store is handed a case as a store, a warehouse as a warehouse."""

    code = "not_their_place"
    status = 422


class StepInThePast(Problem):
    """Nothing is promised for a time that is over."""

    code = "case_step_in_the_past"
    status = 422


class StepIsSettled(Problem):
    """Somebody was faster, or the case has no such step."""

    code = "case_step_settled"


def lock(case: Case, *, status: str = Case.Status.OPEN) -> Case:
    """The case as it stands, for as long as the transaction lasts; raises CaseIsClosed."""
    rows = Case.objects.select_for_update(no_key=True, of=("self",)).select_related("order", "journey", "location")
    found = rows.get(pk=case.pk)
    if found.status != status:
        raise CaseIsClosed("this case is closed" if found.status == Case.Status.CLOSED else "this case is open")
    return found


@transaction.atomic
def settle_step(
    case: Case,
    ordinal: int,
    *,
    status: str = Status.DONE,
    is_said: bool = False,
    by: Actor,
    channel: str,
    at: datetime,
) -> CaseStep:
    """A step is done, or not needed; the case goes to who has the next one. `is_said`: another message says so.

    It is no answer: that is what somebody says to her. Raises StepIsSettled, CaseIsClosed.
    """
    case = lock(case)
    pending = case.steps.filter(ordinal=ordinal, status=Status.PENDING)
    if not pending.update(status=status, settled_at=at, settled_by=str(by)[:60]):
        raise StepIsSettled("somebody has settled this step already")
    step = case.steps.get(ordinal=ordinal)
    promised.settle(case, step, at=at)
    told: list[Happening] = [CaseStepDone(case.public_id, case.key, ordinal, status, step.is_told and not is_said)]
    if (following := case.steps.filter(status=Status.PENDING).first()) and following.team != case.team:
        told.append(give(case, following.team, reason=in_both(following), by=by, at=at))
    record(case.journey_id, *told, by=by, channel=channel, at=at)
    return step


@transaction.atomic
def move_step(case: Case, ordinal: int, *, due_at: datetime, by: Actor, channel: str, at: datetime) -> CaseStep:
    """A step will be done at another time; who was told the old one hears of it, and the solution is due no earlier.

    Raises StepInThePast, and as settle_step.
    """
    if due_at <= at:
        raise StepInThePast("a step is moved to a time that is still to come")
    case = lock(case)
    step = case.steps.filter(ordinal=ordinal, status=Status.PENDING).first()
    if step is None:
        raise StepIsSettled("somebody has settled this step already")
    before, step.due_at = step.due_at, due_at
    step.save(update_fields=["due_at"])
    promised.give_anew(case, step, by=by, channel=channel, at=at)
    if step.is_told and due_at > case.resolve_due:
        case.resolve_due = due_at
        case.save(update_fields=["resolve_due"])
        opening.watch(case, "resolve_due")
    moved = CaseStepMoved(case.public_id, case.key, ordinal, before.isoformat(), due_at.isoformat(), step.is_told)
    record(case.journey_id, moved, by=by, channel=channel, at=at)
    return step


def change_step(
    case: Case, ordinal: int, *, status: str, due_at: datetime | None, by: Actor, channel: str, at: datetime
) -> CaseStep:
    """What a form says of a step: done, not needed, or "moved" to another time. Raises as settle_step."""
    if due_at is not None and status == "moved":
        return move_step(case, ordinal, due_at=due_at, by=by, channel=channel, at=at)
    return settle_step(case, ordinal, status=Status(status), by=by, channel=channel, at=at)


@transaction.atomic
def hand_over(case: Case, *, to: str, location: str = "", reason: str, by: Actor, channel: str, at: datetime) -> Case:
    """Give a case to another team, or to that of another store or warehouse (by its code), with a reason to read.

    Within a team that has it already the reason is what is kept: who of them has it in hand, and why.
    Raises CaseIsClosed, NotTheirPlace.
    """
    case = lock(case)
    place = place_called(location, team=to) if location else None
    told = give(case, to, place=place, reason=reason, by=by, at=at)
    record(case.journey_id, told, by=by, channel=channel, at=at)
    return case


def in_both(step: CaseStep) -> str:
    """What is to be done next, in both languages: it is kept as it is read, by whoever has the case."""
    return f"{step.title_es} / {step.title_en}"


def give(case: Case, to: str, *, place: Location | None = None, reason: str, by: Actor, at: datetime) -> CaseHandedOver:
    """Write a hand-over down, and who has the case now; returns what to record."""
    place = place or place_of_team(case, to)
    given = Handover.objects.create(
        case=case,
        from_team=case.team,
        to_team=Team(to),
        to_location=place,
        reason=hide(reason.strip())[:300],
        at=at,
        by=str(by)[:60],
    )
    before, case.team = case.team, to
    case.save(update_fields=["team"])
    return CaseHandedOver(case.public_id, case.key, before, to, given.pk, place.code if place else "")


def place_called(code: str, *, team: str) -> Location:
    """The store or warehouse of a code; raises NotTheirPlace where no such team works."""
    found = Location.objects.filter(code=code, kind=team).first()
    if found is None:
        raise NotTheirPlace("no such team works there")
    return found


def place_of_team(case: Case, team: str) -> Location | None:
    """The store or warehouse of a team that has to do with a case already; none: whoever is of that team."""
    if case.location and case.location.kind == team:
        return case.location
    parts = case.order.fulfillments.select_related("location", "comes_from").order_by("pk") if case.order else ()
    places = [place for part in parts for place in (part.comes_from, part.location) if place and place.kind == team]
    return places[0] if places else None


@transaction.atomic
def answered(case: Case, *, by: Actor, channel: str, at: datetime) -> Case:
    """We have answered: the clock of the next answer stops. Raises CaseIsClosed."""
    case = lock(case)
    case.answered_at, case.answer_due = case.answered_at or at, None
    case.save(update_fields=["answered_at", "answer_due"])
    promised.answered(case, at=at)
    close_todo(Todo.Kind.CASE, case.public_id, by=by, at=at)
    record(case.journey_id, CaseAnswered(case.public_id, case.key), by=by, channel=channel, at=at)
    return case


@transaction.atomic
def heard(case: Case, *, at: datetime) -> Case:
    """She said more: from now on the clock of the next answer runs. A closed case is opened again by its caller."""
    case = lock(case)
    if case.answer_due is None:
        hours = playbook_of(case.kind).next_answer_hours
        case.answer_due = after_business_hours(case.location, hours, at=at)
        case.save(update_fields=["answer_due"])
        opening.watch(case, "answer_due")
    return case


@transaction.atomic
def close(case: Case, *, outcome: str, by: Actor, channel: str, at: datetime) -> Case:
    """It is over: steps that are left are not needed any more. Raises CaseIsClosed."""
    case = lock(case)
    left = case.steps.filter(status=Status.PENDING)
    left.update(status=Status.SKIPPED, settled_at=at, settled_by=str(by)[:60])
    case.status, case.outcome, case.closed_at = Case.Status.CLOSED, Case.Outcome(outcome), at
    case.answer_due = None
    case.save(update_fields=["status", "outcome", "closed_at", "answer_due"])
    promised.end(case, at=at)
    close_todo(Todo.Kind.CASE, case.public_id, by=by, at=at)
    record(case.journey_id, CaseClosed(case.public_id, case.key, outcome), by=by, channel=channel, at=at)
    return case


@transaction.atomic
def reopen(case: Case, *, by: Actor, channel: str, at: datetime) -> Case:
    """It was not over: what was skipped at its end is to be done again, and every clock runs anew from now.

    Its old times are over, so that nobody was bound by them; the new ones are promised, and told. Where nothing was
    left, somebody looks at it again. Raises CaseIsClosed if it is open.
    """
    case = lock(case, status=Case.Status.CLOSED)
    again = list(case.steps.filter(status=Status.SKIPPED, settled_at=case.closed_at)) or [renewing.another_look(case)]
    case.status, case.outcome, case.closed_at, case.answered_at = Case.Status.OPEN, "", None, None
    was = case.resolve_due.isoformat(), case.reply_due.isoformat()
    renewing.set_times(case, again, at=at)
    promised.give(case, again, by=by, channel=channel, at=at)
    due = case.resolve_due.isoformat(), case.reply_due.isoformat()
    told: list[Happening] = [CaseReopened(case.public_id, case.key, *due, *was)]
    if again[0].team != case.team:
        told.append(give(case, again[0].team, reason=in_both(again[0]), by=by, at=at))
    record(case.journey_id, *told, by=by, channel=channel, at=at)
    return case
