"""What the networks say later about a message they took: delivered, read, or failed after all."""

from datetime import datetime

from django.db import transaction

from commerce.timeline.models import Task
from notifications.delivery import locked, write_down
from notifications.happenings import MessageDelivered
from notifications.messages import plan_delivery
from notifications.models import Attempt, Message

RANK = {
    Attempt.Status.ACCEPTED: 1,
    Attempt.Status.UNKNOWN: 1,
    Attempt.Status.DELIVERED: 2,
    Attempt.Status.FAILED: 2,
    Attempt.Status.READ: 3,
}
"""Reports come twice and out of order: only a step up counts, and a failure is final."""


@transaction.atomic
def report(attempt: Attempt, *, status: Attempt.Status, error: str = "", at: datetime) -> bool:
    """Keep what a network says of an attempt; says whether that was news.

    After a failure the message is due again: the verdict finds another way, or says that there is none.
    """
    message = locked(attempt.message_id)
    attempt = Attempt.objects.select_for_update(no_key=True).get(pk=attempt.pk)
    before = Attempt.Status(attempt.status)
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


def not_arrived(task: Task, *, at: datetime) -> None:
    """No network has said that it arrived, and there is another way: say it over that one."""
    attempt = Attempt.objects.get(public_id=task.key)
    if attempt.status == Attempt.Status.ACCEPTED:
        report(attempt, status=Attempt.Status.FAILED, error="not reported as arrived in time", at=at)


def again(message: Message, *, at: datetime) -> None:
    """Let a message that did not arrive be judged once more."""
    message.status, message.settled_at, message.due_at = Message.Status.WAITING, None, at
    message.save(update_fields=["status", "settled_at", "due_at"])
    plan_delivery(message, due_at=at, rings=True)
