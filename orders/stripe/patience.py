"""Waiting for Stripe: what is about money or promises is never given up because nobody answered."""

from datetime import datetime, timedelta
from functools import wraps

from commerce.timeline.models import Task
from commerce.timeline.tasks import MAX_ATTEMPTS, Handler, postpone
from orders.stripe import gateway

GRACE = timedelta(minutes=1)


def patient(handler: Handler) -> Handler:
    """Begin again with all tries, a little later, where the last of them met silence.

    A handler that is called again cannot tell from its task's tries that it was tried before.
    """

    @wraps(handler)
    def waiting(task: Task, *, at: datetime) -> None:
        try:
            handler(task, at=at)
        except gateway.Unreachable:
            if task.attempts < MAX_ATTEMPTS:
                raise
            postpone(task, until=at + GRACE)

    return waiting
