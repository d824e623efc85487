"""What is told of goods that come back: that they are expected, that they are here, and what is given for them."""

from datetime import datetime, timedelta
from typing import Any

from commerce.money import display
from commerce.timeline.models import Task
from commerce.timeline.tasks import entry_of
from notifications.messages import tell, tell_her, withhold
from notifications.models import Message
from orders.returns.models import Return

AT_A_COUNTER = timedelta(minutes=5)
"""Goods that are brought to a counter go through all their steps while she stands there; then the last one is told."""


def tell_of_return(task: Task, *, at: datetime) -> None:
    """A return took a step: tell her, unless it has gone on by the time the message would leave.

    That goods of a swap are to come back she is told with the swap.
    """
    entry = entry_of(task)
    returned = Return.objects.select_related("person").get(public_id=entry.data["returned"])
    purpose = entry.type.replace(".", "_")
    if returned.person and returned.sent_ahead_at and entry.type == "return.requested":
        withhold(purpose, why="told_by_case", journey=task.journey, entry=task.entry, at=at)
        return
    is_last = entry.type in ("return.settled", "return.canceled")
    tell_her(
        returned.person,
        purpose=purpose,
        subject=returned.public_id,
        phase=str(entry.pk),
        task=task,
        due_at=at if is_last else at + AT_A_COUNTER,
        at=at,
    )


SLIPS = {"return.unreceived": "return_received", "return.reopened": "return_inspected"}
"""What a step back makes untrue, if it was told."""


def take_back_what_was_told(task: Task, *, at: datetime) -> None:
    """A step of a return was a slip: tell her so where she was told of it; what still waits drops by itself."""
    entry = entry_of(task)
    returned = Return.objects.select_related("person").get(public_id=entry.data["returned"])
    told = Message.objects.filter(purpose=SLIPS[entry.type], subject=returned.public_id, status=Message.Status.SENT)
    if returned.person is None or not told.exists():
        withhold("return_corrected", why="not_told_yet", journey=task.journey, entry=task.entry, at=at)
        return
    tell(
        returned.person,
        purpose="return_corrected",
        subject=returned.public_id,
        phase=str(entry.pk),
        facts={"step": entry.type.removeprefix("return.")},
        journey=task.journey,
        entry=task.entry,
        at=at,
    )


def letter(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """The facts of every letter about a return."""
    told = Return.objects.select_related("order", "replacement").get(public_id=message.subject)
    return {
        "code": told.code or "",
        "number": told.order.number if told.order else "",
        "goods": ", ".join(f"{line.quantity} × {title_of(line)}" for line in told.lines.select_related("order_line")),
        "is_expected": message.facts.get("step") == "unreceived",
        "is_swap": "yes" if told.sent_ahead_at else "",
        "by_post": told.way == Return.Way.POST,
        "outcome": told.outcome,
        "total": display(told.total, told.currency, language),
        "fee": display(told.fee, told.currency, language) if told.fee else "",
        "replacement": told.replacement.number or "" if told.replacement else "",
    }


def title_of(line: Any) -> str:
    """What a line is called: as it was bought, else by its article number."""
    return line.order_line.title if line.order_line else line.sku
