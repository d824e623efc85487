"""What a case promises, in the ledger of promises: each step she is told, and the answer that the law gives her."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from commerce.promises import giving
from commerce.promises.giving import Given
from commerce.promises.models import Promise
from commerce.promises.watching import Forecast
from commerce.timeline.actors import Actor
from orders.cases.models import Case, CaseStep

LATER_BY = timedelta(hours=24)
"""What we expect instead when a step will not be done in time and nobody has said more."""


def subject(case: Case, ordinal: int) -> str:
    """What the ledger calls a step."""
    return f"{case.public_id}/{ordinal}"


def reply(case: Case) -> str:
    """What it calls our answer."""
    return f"{case.public_id}/reply"


def give(case: Case, steps: Sequence[CaseStep], *, by: Actor, channel: str, at: datetime) -> None:
    """Promise the steps and the answer of a case that begins, or goes on with new times.

    Word that an old time would not hold may have left after the case was closed, and have promised another one.
    """
    promises = [given(case, step) for step in steps if step.is_told]
    promises.append(row(case, Promise.Kind.CASE_REPLY, reply(case), case.reply_due))
    giving.withdraw([promise.subject for promise in promises], reason=Promise.Reason.NOT_NEEDED, at=at)
    giving.give(promises, by=by, channel=channel, at=at)


def give_anew(case: Case, step: CaseStep, *, by: Actor, channel: str, at: datetime) -> None:
    """Promise another time for a step; she is told of it."""
    if step.is_told:
        giving.agree(given(case, step), by=by, channel=channel, at=at)


def given(case: Case, step: CaseStep) -> Given:
    """A step as a promise."""
    return row(case, Promise.Kind.CASE_STEP, subject(case, step.ordinal), step.due_at)


def row(case: Case, kind: str, about: str, due_at: datetime) -> Given:
    """A promise of a case."""
    return Given(
        kind=kind,
        subject=about,
        journey_id=case.journey_id,
        due_at=due_at,
        person_id=case.person_id,
        location_id=case.location_id,
        contact_point=case.contact_point,
    )


def settle(case: Case, step: CaseStep, *, at: datetime) -> None:
    """A step was taken, or is not needed any more."""
    about = [subject(case, step.ordinal)]
    if step.status == CaseStep.Status.DONE:
        giving.keep(about, at=at)
    else:
        giving.withdraw(about, reason=Promise.Reason.NOT_NEEDED, at=at)


def answered(case: Case, *, at: datetime) -> None:
    """She has our answer."""
    giving.keep([reply(case)], at=at)


def end(case: Case, *, at: datetime) -> None:
    """The case is over: how it ended is the answer, unless she took it back, and nothing else is waited for."""
    if case.outcome == Case.Outcome.WITHDRAWN:
        giving.withdraw([reply(case)], at=at)
    else:
        answered(case, at=at)
    steps = [subject(case, step.ordinal) for step in case.steps.all()]
    giving.withdraw(steps, reason=Promise.Reason.NOT_NEEDED, at=at)


def forecast_step(promise: Promise, *, at: datetime) -> Forecast | None:
    """A step that nobody has taken shortly before its time will be late."""
    public_id, _slash, ordinal = promise.subject.partition("/")
    waits = CaseStep.objects.filter(case__public_id=public_id, ordinal=int(ordinal), status=CaseStep.Status.PENDING)
    return Forecast(Promise.Danger.DELAY, at + LATER_BY) if waits.exists() else None
