"""Half an hour before the carrier is at the door: one message, and one correction at most if it will be another time.

The carrier's estimates come at any time and in any order; the newest one by its own clock stands with the parcel. What
it could not deliver is announced anew when it tries again.
"""

from datetime import datetime, timedelta

from commerce.timeline import tasks
from commerce.timeline.models import Journey, Task
from commerce.timeline.tasks import entry_of
from notifications.messages import tell
from notifications.models import Message
from orders import moves
from orders.models import Fulfillment

SOON = timedelta(minutes=30)
SLIP = timedelta(minutes=15)
USEFUL = timedelta(minutes=15)
"""So long after the expected time it is still of use."""

LOOK_AGAIN = "notifications.arriving.look_again"
Way = Fulfillment.Status


def on_estimate(task: Task, *, at: datetime) -> None:
    """A carrier has said when it will be there."""
    entry = entry_of(task)
    consider(entry.data["fulfillment"], journey=entry.journey, entry=entry.pk, at=at)


def look_again(task: Task, *, at: datetime) -> None:
    """It should be half an hour away now, by what was said last."""
    consider(task.data["fulfillment"], journey=task.journey, entry=task.entry, at=at)


def consider(public_id: str, *, journey: Journey | None, entry: int | None, at: datetime) -> None:
    """Tell her if it is soon, correct what she was told if that is wrong by now, or look again when it will be soon."""
    part = Fulfillment.objects.select_related("order__person").get(public_id=public_id)
    person, expected_at = part.order.person, part.expected_at
    on_its_way = part.status in (Way.HANDED_TO_CARRIER, Way.OUT_FOR_DELIVERY)
    if person is None or expected_at is None or not on_its_way or expected_at + USEFUL <= at:
        return
    first = 2 * moves.told_as(part, Way.FAILED).count() + 1
    told = Message.objects.filter(purpose="arriving", subject=public_id, phase=str(first)).first()
    if told is not None:
        if abs(expected_at - datetime.fromisoformat(told.facts["expected_at"])) <= SLIP:
            return
    elif expected_at - at > SOON:
        tasks.schedule(
            LOOK_AGAIN,
            key=public_id,
            due_at=expected_at - SOON,
            journey=journey,
            entry=entry,
            data={"fulfillment": public_id},
        )
        return
    tell(
        person,
        purpose="arriving",
        subject=public_id,
        phase=str(first if told is None else first + 1),
        facts={"expected_at": expected_at.isoformat()},
        journey=journey,
        entry=entry,
        expires_at=expected_at + USEFUL,
        at=at,
    )
