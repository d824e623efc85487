"""What happens when a clock of a case has run out: it is written down once, and somebody is told to look."""

from datetime import datetime

from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Task
from commerce.timeline.record import record
from orders.cases.happenings import CaseClockMissed
from orders.cases.models import Case
from orders.models import Todo
from orders.todos import open_todo


def check(task: Task, *, at: datetime) -> None:
    """Write down that an answer or the solution is late, if it still is."""
    case = Case.objects.select_for_update(no_key=True, of=("self",)).select_related("order").get(pk=task.data["case"])
    clock = task.data["clock"]
    due_at: datetime | None = getattr(case, clock)
    if case.status != Case.Status.OPEN or due_at is None or due_at > at or is_met(case, clock, due_at):
        return
    cause = f"case {case.key}: {clock} was {due_at.isoformat()}"
    open_todo(
        Todo.Kind.CASE,
        case.public_id,
        order=case.order,
        location_id=case.location_id,
        cause=cause,
        due_at=due_at,
        at=at,
    )
    missed = CaseClockMissed(case.public_id, case.key, clock, due_at.isoformat())
    record(case.journey_id, missed, by=SYSTEM, channel=case.opened_in, at=at)


def is_met(case: Case, clock: str, due_at: datetime) -> bool:
    """Whether what a clock waits for has happened; while the first answer is owed, its clock tells of both."""
    if clock == "answer_due":
        return case.answered_at is None and case.first_answer_due <= due_at
    return clock in ("first_answer_due", "reply_due") and case.answered_at is not None
