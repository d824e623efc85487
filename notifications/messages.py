"""Having something to tell somebody: once per person, purpose, subject and phase."""

from datetime import datetime
from typing import Any

from django.db import transaction

from commerce.customers.models import Person
from commerce.timeline import tasks
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Journey, Task
from commerce.timeline.record import record
from notifications.happenings import MessageWithheld
from notifications.models import Message
from notifications.purposes import PURPOSES

NOBODY_KNOWN = "nobody_known"
TOLD_BEFORE = "told_before"
DELIVER = "notifications.delivery.deliver"


class UnknownPurpose(Exception):
    """A message about nothing that stands in notifications.purposes."""


@transaction.atomic
def tell(
    person: Person,
    *,
    purpose: str,
    subject: str,
    phase: str = "1",
    facts: dict[str, Any] | None = None,
    journey: Journey | None = None,
    entry: int | None = None,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
    at: datetime,
) -> Message:
    """Plan a message to a person, or return the one that was planned before; whether it leaves is decided then.

    `facts` are ids and times that its template needs beyond its subject; `language` among them wins over the person's.
    Raises UnknownPurpose.
    """
    if purpose not in PURPOSES:
        raise UnknownPurpose(purpose)
    due_at = due_at or at
    message, is_new = Message.objects.get_or_create(
        person_id=person.root_pk,
        purpose=purpose,
        subject=subject,
        phase=phase,
        defaults={
            "journey": journey,
            "entry": entry,
            "facts": facts or {},
            "due_at": due_at,
            "expires_at": expires_at or due_at + PURPOSES[purpose].fresh_for,
            "created_at": at,
        },
    )
    if is_new:
        plan_delivery(message, due_at=due_at, rings=due_at <= at)
    elif message.entry != entry:
        withhold(purpose, why=TOLD_BEFORE, journey=journey, entry=entry, at=at)
    return message


def tell_her(
    person: Person | None,
    *,
    purpose: str,
    subject: str,
    phase: str = "1",
    facts: dict[str, Any] | None = None,
    task: Task,
    due_at: datetime | None = None,
    at: datetime,
) -> None:
    """Plan a message about what a task follows from; where nobody is known, that is written down."""
    if person is None:
        withhold(purpose, why=NOBODY_KNOWN, journey=task.journey, entry=task.entry, at=at)
        return
    tell(
        person,
        purpose=purpose,
        subject=subject,
        phase=phase,
        facts=facts,
        journey=task.journey,
        entry=task.entry,
        due_at=due_at,
        at=at,
    )


def withhold(purpose: str, *, why: str, journey: Journey | None, entry: int | None, at: datetime) -> None:
    """Keep why something that happened is not told her, where no message is even planned: nothing is passed over.

    Call it last: the journey's counter is locked after all else.
    """
    if journey is not None and entry is not None:
        channel = PURPOSES[purpose].contact_channels[0]
        record(journey, MessageWithheld(purpose, why), by=SYSTEM, channel=channel, at=at, cause=entry)


def plan_delivery(message: Message, *, due_at: datetime, rings: bool) -> None:
    """Let a worker take the verdict on a message when it is due."""
    tasks.schedule(
        DELIVER,
        key=f"message-{message.pk}",
        due_at=due_at,
        journey=message.journey,
        entry=message.entry,
        data={"message": message.pk},
        rings=rings,
    )
