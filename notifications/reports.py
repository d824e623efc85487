"""What the networks say later about a message they took: delivered, read, or failed after all."""

from datetime import datetime

from django.db import transaction

from commerce.timeline import tasks
from commerce.timeline.models import Task
from notifications.delivery import locked, write_down
from notifications.happenings import MessageDelivered
from notifications.messages import DELIVER, plan_delivery
from notifications.models import Attempt, Message

RANK = {
    Attempt.Status.ACCEPTED: 1,
    Attempt.Status.UNKNOWN: 1,
    Attempt.Status.DELIVERED: 2,
    Attempt.Status.FAILED: 2,
    Attempt.Status.READ: 3,
}
"""Reports come twice and out of order: only a step up counts, and a failure is final, but for one of our own saying."""

NOT_IN_TIME = "not reported as arrived in time"


@transaction.atomic
def report(attempt: Attempt, *, status: Attempt.Status, error: str = "", at: datetime) -> bool:
    """Keep what a network says of an attempt; says whether that was news.

    After a failure the message is due again: the verdict finds another way, or says that there is none.
    """
    message = locked(attempt.message_id)
    attempt = Attempt.objects.select_for_update(no_key=True).get(pk=attempt.pk)
    before = Attempt.Status(attempt.status)
    if arrives_after_all(message, attempt, status):
        before = Attempt.Status.ACCEPTED
        tasks.cancel(DELIVER, key=f"message-{message.pk}", at=at)
        Message.objects.filter(pk=message.pk).update(status=Message.Status.SENT, settled_at=at)
    if before == Attempt.Status.FAILED or RANK.get(status, 0) <= RANK.get(before, 9):
        return False
    attempt.status, attempt.error, attempt.settled_at = status, error[:200], at
    attempt.is_permanent = status == Attempt.Status.FAILED
    attempt.save(update_fields=["status", "error", "settled_at", "is_permanent"])
    if attempt.is_permanent:
        again(message, at=at)
    else:
        Message.objects.filter(pk=message.pk, status=Message.Status.UNKNOWN).update(status=Message.Status.SENT)
        arrived = MessageDelivered(
            message.public_id, message.purpose, attempt.contact_channel, attempt.public_id, status.value
        )
        write_down(message, arrived, contact_channel=attempt.contact_channel, at=at)
    return True


def arrives_after_all(message: Message, attempt: Attempt, status: str) -> bool:
    """Whether what we gave up as too late arrived before it was said another way: then it is not said again."""
    given_up = attempt.status == Attempt.Status.FAILED and attempt.error == NOT_IN_TIME
    has_arrived = status in (Attempt.Status.DELIVERED, Attempt.Status.READ)
    is_under_way = message.attempts.filter(pk__gt=attempt.pk).exists()
    return given_up and has_arrived and message.status == Message.Status.WAITING and not is_under_way


def not_arrived(task: Task, *, at: datetime) -> None:
    """No network has said that it arrived, or even that it took it, and there is another way: say it over that one."""
    attempt = Attempt.objects.get(public_id=task.key)
    if attempt.status in (Attempt.Status.ACCEPTED, Attempt.Status.UNKNOWN):
        report(attempt, status=Attempt.Status.FAILED, error=NOT_IN_TIME, at=at)


def again(message: Message, *, at: datetime) -> None:
    """Let a message that did not arrive be judged once more."""
    message.status, message.settled_at, message.due_at = Message.Status.WAITING, None, at
    message.save(update_fields=["status", "settled_at", "due_at"])
    plan_delivery(message, due_at=at, rings=True)
