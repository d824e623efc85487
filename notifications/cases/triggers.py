"""What she is told about her case: every change that she sees, once. Why something was not said, the verdict keeps."""

from datetime import datetime

from commerce.timeline.models import Task
from commerce.timeline.tasks import entry_of
from notifications.messages import tell, withhold
from notifications.models import Survey
from notifications.visible import TOLD
from orders.cases.models import Case


def tell_of_case(task: Task, *, at: datetime) -> None:
    """Something about her case has changed: tell her, unless it is a step that she does not see."""
    entry = entry_of(task)
    if entry.data.get("is_told") is False:
        return
    case = Case.objects.select_related("person").get(public_id=entry.data["case"])
    tell(
        case.person,
        purpose=TOLD[entry.type],
        subject=case.public_id,
        phase="1" if entry.type == "case.opened" else str(entry.pk),
        facts={name: entry.data[name] for name in ("step", "status", "clock", "replacement") if name in entry.data},
        journey=task.journey,
        entry=task.entry,
        at=at,
    )


def ask_about_case(task: Task, *, at: datetime) -> None:
    """A case was closed a day ago: ask her how it was, once, whether or not she was asked about its order before."""
    case = Case.objects.select_related("person", "journey").get(public_id=entry_of(task).data["case"])
    if case.status != Case.Status.CLOSED:
        withhold("case_survey", why="moved_on", journey=task.journey, entry=task.entry, at=at)
        return
    Survey.objects.get_or_create(case=case, defaults={"person": case.person, "journey": case.journey, "asked_at": at})
    tell(case.person, purpose="case_survey", subject=case.public_id, journey=task.journey, entry=task.entry, at=at)
