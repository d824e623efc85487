"""What the letters about a case may say: its key, its steps with their times, and the page where she sees all of it."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max

from commerce.links import links
from commerce.naming import named
from notifications import wording
from notifications.models import Message
from orders.cases.models import Case, CaseStep, Team
from orders.models import Order

LINK_LASTS = timedelta(days=180)
LINK = "case"


def link_to(case: Case, *, at: datetime) -> str:
    """The secret of the page of a case."""
    return links.create(LINK, case.public_id, lasts=LINK_LASTS, at=at)


def case(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """The facts of every letter about a case."""
    told = Case.objects.select_related("order", "location").get(public_id=message.subject)
    steps = list(told.steps.filter(is_told=True))
    changed = next((step for step in steps if step.ordinal == message.facts.get("step")), None)
    following = next((step for step in steps if step.status == CaseStep.Status.PENDING and step != changed), None)
    zone = message.person.timezone
    return {
        "key": told.key,
        "number": told.order.number if told.order else "",
        "kind": named(told.kind),
        "outcome": named(told.outcome),
        "reply_due": wording.day(told.reply_due, zone=zone, language=language),
        "steps": [step_of(step, zone=zone, language=language) for step in steps],
        "is_again": message.phase != "1",
        **swap_of(message, steps, zone=zone, language=language),
        "is_done": message.facts.get("status") == CaseStep.Status.DONE,
        "is_skipped": message.facts.get("status") == CaseStep.Status.SKIPPED,
        "case_url": wording.absolute("case-link", link_to(told, at=at)),
        **(step_of(changed, zone=zone, language=language) if changed else {"title": "", "team": "", "due": ""}),
        **{
            f"next_{name}": value
            for name, value in (step_of(following, zone=zone, language=language) if following else {}).items()
        },
    }


def swap_of(message: Message, steps: list[CaseStep], *, zone: str, language: str) -> dict[str, str]:
    """What is kept for her instead, how and when it comes, and the call that she waits for; empty without a swap."""
    order = Order.objects.filter(public_id=message.facts.get("replacement", "")).first()
    if order is None:
        return dict.fromkeys(("goods", "is_sent", "promised", "call_title", "call_due"), "")
    by_day = order.fulfillments.order_by("pk").aggregate(last=Max("promised_for"))["last"]
    waits = (step for step in steps if step.status == CaseStep.Status.PENDING and step.team == Team.CARRIER)
    call = next(waits, None)
    told = step_of(call, zone=zone, language=language) if call else {"title": "", "due": ""}
    return {
        "goods": ", ".join(f"{line.quantity} × {line.title}" for line in order.lines.order_by("ordinal")),
        "is_sent": "yes" if order.deliver_to_id else "",
        "promised": wording.day(by_day, zone=zone, language=language) if by_day else "",
        "call_title": told["title"],
        "call_due": told["due"],
    }


def step_of(step: CaseStep, *, zone: str, language: str) -> dict[str, str]:
    """A step as a letter lists it."""
    return {
        "title": step.title_es if language == "es" else step.title_en,
        "team": named(step.team),
        "is_settled": "yes" if step.settled_at else "",
        "due": wording.moment(step.due_at, zone=zone, language=language),
    }
