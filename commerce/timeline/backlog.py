"""Whether work is left lying: how much is due and not done, and since when. A worker may run and do nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

LATE = timedelta(minutes=10)
"""A task that keeps failing is given up sooner than that, so whatever waits longer waits for a worker."""

DEEP = 10_000
"""So many at once are more than a burst."""

WEBHOOKS = "commerce.inbox.receiving.handle"
"""What handles the inbox: a stored webhook waits as one such task."""

DUE = """
SELECT handler = %(webhooks)s, count(*), min(due_at)
FROM (
    SELECT handler, due_at FROM timeline_task WHERE status = 'pending' AND due_at <= %(at)s
    ORDER BY due_at LIMIT %(most)s
) due GROUP BY 1
"""


@dataclass(frozen=True)
class Backlog:
    """What is due of one kind, the oldest waiting for so many seconds; counted no further than needed."""

    waiting: int = 0
    oldest_seconds: int = 0

    def is_alarming(self) -> bool:
        """Whether somebody must look after the workers."""
        return self.oldest_seconds > LATE.total_seconds() or self.waiting > DEEP


@dataclass(frozen=True)
class Work:
    """All that is due: webhooks, and what follows from entries."""

    webhooks: Backlog
    tasks: Backlog

    def is_alarming(self) -> bool:
        """Whether one of them is."""
        return self.webhooks.is_alarming() or self.tasks.is_alarming()

    def sentence(self) -> str:
        """What the back office is told."""
        told = [
            f"{each.waiting} {name} are due and not done, the oldest for {each.oldest_seconds // 60} minutes"
            for name, each in (("webhooks", self.webhooks), ("tasks", self.tasks))
            if each.is_alarming()
        ]
        return f"Work is left lying: {'; '.join(told)}. Does a worker run?" if told else ""


def work_due(*, at: datetime) -> Work:
    """What is due and not done, read through the index of what is pending."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"webhooks": WEBHOOKS, "at": at, "most": DEEP + 1})
        found = {
            of_inbox: Backlog(count, int((at - oldest).total_seconds()))
            for of_inbox, count, oldest in cursor.fetchall()
        }
    return Work(webhooks=found.get(True, Backlog()), tasks=found.get(False, Backlog()))
