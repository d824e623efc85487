"""What must follow: planned with the entry, claimed by state under a lease, done once or given up visibly.

A handler is `handler(task, *, at)`. An ordinary one is *inside*: its effects and the task's completion are one
transaction. One marked @outward talks to the outside world: it runs outside any transaction, commits what it intends
first, calls, and then settles, with `done(task)` inside the transaction that stores the outcome.
"""

import json
import logging
import sys
import traceback
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.module_loading import import_string

from commerce.timeline import bell
from commerce.timeline.models import Entry, Journey, Task

logger = logging.getLogger(__name__)

Handler = Callable[..., None]

LEASE_SECONDS = 120
BATCH = 20
MAX_ATTEMPTS = 8
PAUSE_SECONDS = 2
"""Pause before the first retry; each later one is twice as long as the one before (2 s … 4 min)."""


def outward(handler: Handler) -> Handler:
    """Mark a handler that calls the outside world."""
    handler.outward = True  # type: ignore[attr-defined]
    return handler


def schedule(
    handler: str,
    *,
    key: str,
    due_at: datetime,
    journey: Journey | None = None,
    entry: int | None = None,
    data: dict[str, Any] | None = None,
    rings: bool = False,
) -> None:
    """Plan one task, or move the pending one of the same handler and key to a new time.

    `due_at` is in business time; `rings` says that it is due already.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO timeline_task (handler, key, due_at, journey_id, entry, data, status, attempts, last_error)
            VALUES (%s, %s, %s, %s, %s, %s, 'pending', 0, '')
            ON CONFLICT (handler, key) WHERE status = 'pending' DO UPDATE
            SET due_at = excluded.due_at, entry = excluded.entry, data = excluded.data,
                lease = NULL, leased_until = NULL
            """,
            [handler, key, due_at, journey.pk if journey else None, entry, json.dumps(data or {})],
        )
    if rings:
        bell.ring_on_commit()


def cancel(handler: str, *, key: str, at: datetime) -> bool:
    """Call off a pending task; says whether there was one."""
    return bool(
        Task.objects.filter(handler=handler, key=key, status=Task.Status.PENDING).update(
            status=Task.Status.CANCELED, finished_at=at, lease=None, leased_until=None
        )
    )


# Claim by state, never by "id greater than the last seen": ids become visible out of order.
CLAIM = """
UPDATE timeline_task SET lease = %(lease)s, leased_until = clock_timestamp() + %(seconds)s * interval '1 second',
                         attempts = attempts + 1
WHERE id IN (
    SELECT id FROM timeline_task AS candidate
    WHERE status = 'pending' AND due_at <= %(at)s AND attempts < %(max)s
      AND (leased_until IS NULL OR leased_until < clock_timestamp())
      AND (retry_at IS NULL OR retry_at <= clock_timestamp())
      AND NOT EXISTS (
          SELECT FROM timeline_task AS earlier
          WHERE earlier.journey_id = candidate.journey_id AND earlier.handler = candidate.handler
            AND earlier.finished_at IS NULL AND earlier.id < candidate.id AND earlier.due_at <= %(at)s
      )
    ORDER BY due_at, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
)
RETURNING id
"""


def claim(*, at: datetime, batch: int = BATCH) -> list[Task]:
    """Take a lease on tasks that are due, the head of each lane only."""
    lease = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"lease": lease, "seconds": LEASE_SECONDS, "at": at, "max": MAX_ATTEMPTS, "batch": batch})
        taken = [row[0] for row in cursor.fetchall()]
    return list(Task.objects.filter(pk__in=taken, lease=lease).order_by("due_at", "pk")) if taken else []


def run_due(*, at: datetime, limit: int = 1000) -> int:
    """Run what is due at a business instant, until nothing is left or `limit` is reached; returns how many ran."""
    give_back_unbegun(at=at)
    give_up_abandoned(at=at)
    ran = 0
    while ran < limit:
        tasks = claim(at=at, batch=min(BATCH, limit - ran))
        if not tasks:
            break
        for task in tasks:
            run(task, at=at)
            ran += 1
    return ran


def run(task: Task, *, at: datetime) -> None:
    """Run one claimed task; a failure is stored and tried again later, never raised."""
    try:
        handler: Handler = import_string(task.handler)
        if getattr(handler, "outward", False):
            handler(task, at=at)
            with transaction.atomic():
                done(task, at=at)
        else:
            with transaction.atomic():
                hold(task)
                handler(task, at=at)
                done(task, at=at)
    except LeaseLost:
        logger.warning("task %s: its lease was taken over, so nothing of this run was kept", task.pk)
    except Exception as problem:
        failed(task, problem, at=at)


class LeaseLost(Exception):
    """Somebody else has, moved or canceled the task meanwhile; what this worker did must not be committed."""


def hold(task: Task) -> None:
    """Lock the task for this transaction; raises LeaseLost if it is no longer ours."""
    if not Task.objects.select_for_update(no_key=True).filter(pk=task.pk, lease=task.lease).exists():
        raise LeaseLost


def done(task: Task, *, at: datetime) -> None:
    """Complete a task in the transaction of its effects; raises LeaseLost if it is no longer ours.

    A handler that settled its task already, by this or by postpone(), may be completed again: nothing happens.
    """
    settle(task, status=Task.Status.DONE, finished_at=at, last_error="")


def postpone(task: Task, *, until: datetime) -> None:
    """Put a task off to a later business instant, with all its tries; raises LeaseLost if it is no longer ours."""
    settle(task, due_at=until, attempts=0, retry_at=None)


def settle(task: Task, **changes: Any) -> None:
    """Give the lease back together with the outcome, in one guarded UPDATE."""
    if task.lease is None:
        return
    settled = Task.objects.filter(pk=task.pk, lease=task.lease, status=Task.Status.PENDING).update(
        lease=None, leased_until=None, **changes
    )
    if not settled:
        raise LeaseLost
    task.lease = None


def pause_after(attempts: int) -> timedelta:
    """How long a task that failed so often waits for its next try."""
    return timedelta(seconds=PAUSE_SECONDS * 2 ** (attempts - 1))


def failed(task: Task, problem: Exception, *, at: datetime) -> None:
    """Store a failure: the next try after a growing pause, or given up after the last."""
    where = traceback.extract_tb(sys.exc_info()[2])[-1]
    # The class and place only: messages of exceptions may quote personal data.
    error = f"{type(problem).__name__} at {where.name}, line {where.lineno}"
    logger.error("task %s (%s): %s", task.pk, task.handler, error)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE timeline_task SET lease = NULL, leased_until = NULL, last_error = %(error)s,
                retry_at = clock_timestamp() + %(pause)s * interval '1 second',
                status = CASE WHEN attempts >= %(max)s THEN 'given_up' ELSE status END,
                finished_at = CASE WHEN attempts >= %(max)s THEN %(at)s END
            WHERE id = %(id)s AND lease = %(lease)s
            """,
            {
                "error": error[:300],
                "pause": pause_after(task.attempts).total_seconds(),
                "max": MAX_ATTEMPTS,
                "at": at,
                "id": task.pk,
                "lease": task.lease,
            },
        )


def give_back_unbegun(*, at: datetime) -> int:
    """Give back the tries of tasks whose worker died in one before them; returns how many.

    A batch is taken under one lease and run in its order, so what its worker died in is the first that is left. Else a
    task that takes every worker down would have its innocent neighbors given up together with it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE timeline_task SET attempts = attempts - 1, lease = NULL, leased_until = NULL
            WHERE status = 'pending' AND due_at <= %(at)s AND leased_until < clock_timestamp() AND EXISTS (
                SELECT FROM timeline_task AS first
                WHERE first.status = 'pending' AND first.due_at <= %(at)s AND first.lease = timeline_task.lease
                  AND (first.due_at, first.id) < (timeline_task.due_at, timeline_task.id)
            )
            """,
            {"at": at},
        )
        return cursor.rowcount


def give_up_abandoned(*, at: datetime) -> int:
    """Give up tasks whose every try took its worker down with it; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE timeline_task SET status = 'given_up', finished_at = %(at)s, lease = NULL, leased_until = NULL,
                last_error = 'the worker died in every try'
            WHERE status = 'pending' AND due_at <= %(at)s AND attempts >= %(max)s AND leased_until < clock_timestamp()
            """,
            {"at": at, "max": MAX_ATTEMPTS},
        )
        return cursor.rowcount


def take_up(task: Task, *, at: datetime) -> bool:
    """Begin again with a task that was given up, once its reason is mended; says whether it was given up."""
    revived = Task.objects.filter(pk=task.pk, status=Task.Status.GIVEN_UP).exclude(
        key__in=Task.objects.filter(handler=task.handler, key=task.key, status=Task.Status.PENDING).values("key")
    )
    taken = revived.update(status=Task.Status.PENDING, attempts=0, retry_at=None, finished_at=None, due_at=at)
    bell.ring_on_commit()
    return bool(taken)


def entry_of(task: Task) -> Entry:
    """The entry a task follows from."""
    return Entry.objects.select_related("journey").get(pk=task.entry or 0)
