"""Handlers that the task tests name by their dotted names; what they do can be seen in the database."""

import os
import signal
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.db import transaction

from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Task
from commerce.timeline.record import record
from commerce.timeline.tasks import done, outward, postpone


@dataclass(frozen=True)
class Ran:
    type: ClassVar[str] = "test.ran"
    key: str


def write(task: Task, *, at: datetime) -> None:
    """Leave an entry on the task's journey."""
    record(task.journey_id, Ran(task.key), by=SYSTEM, channel="web", at=at)


def write_and_fail(task: Task, *, at: datetime) -> None:
    """Leave an entry and then fail, so that the entry must not stay."""
    write(task, at=at)
    raise ValueError("lucia@example.com cannot be reached")


def write_and_die(task: Task, *, at: datetime) -> None:
    """Leave an entry and be killed before anything is committed."""
    write(task, at=at)
    os.kill(os.getpid(), signal.SIGKILL)


class Death(BaseException):
    """The worker is gone: nothing after it is done."""


def take_the_worker_down(task: Task, *, at: datetime) -> None:
    """End the run as a death of the whole worker does, in a test that lives on."""
    raise Death


def put_off_once(task: Task, *, at: datetime) -> None:
    """Wait until the instant in the task's data, then write."""
    until = datetime.fromisoformat(task.data["until"])
    if at < until:
        postpone(task, until=until)
    else:
        write(task, at=at)


@outward
def call_outside(task: Task, *, at: datetime) -> None:
    """Store the outcome of a call and complete the task in one transaction."""
    assert not transaction.get_connection().in_atomic_block
    with transaction.atomic():
        write(task, at=at)
        done(task, at=at)
