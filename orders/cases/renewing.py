"""The times of a case that goes on after it was closed: those it had are over, and nobody is held to them."""

from collections.abc import Sequence
from datetime import datetime

from orders.cases.clocks import after_business_hours, after_working_days
from orders.cases.models import Case, CaseStep, Team
from orders.cases.opening import watch
from orders.cases.playbooks import playbook_of


def another_look(case: Case) -> CaseStep:
    """What is done where no step was left: an agent looks at it again."""
    latest = case.steps.order_by("ordinal").last()
    return CaseStep(
        case=case,
        ordinal=latest.ordinal + 1 if latest else 1,
        title_es="Volvemos a mirar tu caso",
        title_en="We look at your case again",
        team=Team.AGENT,
        is_told=True,
    )


def set_times(case: Case, again: Sequence[CaseStep], *, at: datetime) -> None:
    """Give the steps that come back, and each clock, a time from now on; both are saved.

    The first step is due when the next answer is; those after it keep the distance that their playbook gives them.
    """
    playbook = playbook_of(case.kind)
    hours = {step.ordinal: step.hours for step in playbook.steps.all()}
    begins = hours.get(again[0].ordinal, 0)
    for step in again:
        later = max(hours.get(step.ordinal, begins) - begins, 0)
        step.status, step.settled_at, step.settled_by = CaseStep.Status.PENDING, None, ""
        step.due_at = after_business_hours(case.location, playbook.next_answer_hours + later, at=at)
        step.save()
    country, zone = case.person.country, case.person.timezone
    case.first_answer_due = after_business_hours(case.location, playbook.next_answer_hours, at=at)
    case.resolve_due = max(step.due_at for step in again)
    case.reply_due = after_working_days(playbook.reply_days, country=country, zone=zone, at=at)
    case.save()
    for clock in ("first_answer_due", "resolve_due", "reply_due"):
        watch(case, clock)
