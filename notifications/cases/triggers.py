"""What she is told about her case: every change that she sees, once. Why something was not said, the verdict keeps."""

from datetime import datetime

from commerce.timeline.models import Task
from commerce.timeline.tasks import entry_of
from notifications.messages import tell
from orders.cases.models import Case

PURPOSE_OF = {
    "case.opened": "case_opened",
    "case.reopened": "case_opened",
    "case.step_done": "case_step",
    "case.step_moved": "case_step",
    "case.clock_missed": "case_late",
    "case.closed": "case_closed",
}


def tell_of_case(task: Task, *, at: datetime) -> None:
    """Something about her case has changed: tell her, unless it is a step that she does not see."""
    entry = entry_of(task)
    if entry.data.get("is_told") is False:
        return
    case = Case.objects.select_related("person").get(public_id=entry.data["case"])
    tell(
        case.person,
        purpose=PURPOSE_OF[entry.type],
        subject=case.public_id,
        phase="1" if entry.type == "case.opened" else str(entry.pk),
        facts={name: entry.data[name] for name in ("step", "status", "clock") if name in entry.data},
        journey=task.journey,
        entry=task.entry,
        at=at,
    )
