"""What she is told about her case: every change that she sees, once. Why something was not said, the verdict keeps."""

from datetime import datetime

from commerce.timeline.models import Task
from commerce.timeline.tasks import entry_of
from notifications.messages import tell, withhold
from notifications.models import Survey
from notifications.visible import TOLD
from orders.cases.models import Case
from orders.models import Order


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
        facts={name: entry.data[name] for name in ("step", "status", "clock") if name in entry.data},
        journey=task.journey,
        entry=task.entry,
        at=at,
    )


def ask_about_case(task: Task, *, at: datetime) -> None:
    """A case was closed a day ago: ask her how it was, once, where the question about its order does not do so."""
    case = Case.objects.select_related("person", "order", "journey").get(public_id=entry_of(task).data["case"])
    if why := why_not_asked(case):
        withhold("case_survey", why=why, journey=task.journey, entry=task.entry, at=at)
        return
    Survey.objects.get_or_create(case=case, defaults={"person": case.person, "journey": case.journey, "asked_at": at})
    tell(case.person, purpose="case_survey", subject=case.public_id, journey=task.journey, entry=task.entry, at=at)


def why_not_asked(case: Case) -> str:
    """Why nobody asks about a case itself; empty where somebody does."""
    if case.status != Case.Status.CLOSED:
        return "moved_on"
    return "asked_with_order" if case.order and case.order.status != Order.Status.CANCELED else ""
