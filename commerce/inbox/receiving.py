"""Webhooks: verified, stored raw and once, answered at once; a task handles them later.

commerce.wiring.INBOX names for each provider a verifier, `verify(delivery, *, at) -> Genuine | Challenge`, and a
handler, `handle(event, *, at) -> None`, which may raise Ignored or CannotHandle with the reason.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils.module_loading import import_string

from commerce import wiring
from commerce.card_numbers import hide
from commerce.inbox.models import InboundEvent
from commerce.timeline import bell
from commerce.timeline.models import Task


@dataclass(frozen=True)
class Delivery:
    """A webhook as it stands at the door."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Genuine:
    """The provider did send it; `external_id` is the same when it sends it again."""

    external_id: str


@dataclass(frozen=True)
class Challenge:
    """A handshake that is answered with a text and changes nothing."""

    answer: str


class Refused(Exception):
    """A delivery that is not taken in; the provider is told why."""

    def __init__(self, detail: str, *, code: str, status: int) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.status = status


class NotConnected(Refused):
    """Nobody sends us this, or its secret is not set; without a secret everybody could sign."""

    def __init__(self) -> None:
        super().__init__("no such hook is connected", code="not_connected", status=404)


class BadSignature(Refused):
    """Not sent by whom it claims to be, or too long ago."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, code="signature_invalid", status=400)


class Malformed(Refused):
    """Signed, but nothing that can be read."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, code="malformed", status=400)


def verify(provider: str, delivery: Delivery, *, at: datetime) -> Genuine | Challenge:
    """Ask the provider's verifier; raises Refused."""
    if provider not in wiring.INBOX:
        raise NotConnected
    verifier: Callable[..., Genuine | Challenge] = import_string(wiring.INBOX[provider][0])
    return verifier(delivery, at=at)


# One statement: the event and the task that handles it, or neither if it was here before.
RECEIVE = """
WITH stored AS (
    INSERT INTO inbox_inboundevent (provider, external_id, received_at, body, status, reason)
    VALUES (%(provider)s, %(external_id)s, %(at)s, %(body)s, 'received', '')
    ON CONFLICT (provider, external_id) DO NOTHING RETURNING id
), planned AS (
    INSERT INTO timeline_task (handler, key, data, due_at, status, attempts, last_error)
    SELECT 'commerce.inbox.receiving.handle', 'event-' || id, jsonb_build_object('event', id), %(at)s, 'pending', 0, ''
    FROM stored
)
SELECT id FROM stored
"""


def receive(provider: str, external_id: str, body: bytes, *, at: datetime) -> bool:
    """Store a verified webhook and plan its handling; says whether it was new."""
    with connection.cursor() as cursor:
        cursor.execute(RECEIVE, {"provider": provider, "external_id": external_id, "at": at, "body": body})
        is_new = cursor.fetchone() is not None
    if is_new:
        bell.ring_on_commit()
    return is_new


class Ignored(Exception):
    """The event is none of our business; the message says why."""


class CannotHandle(Exception):
    """The event should mean something and does not; the message says why, and somebody must look."""


def handle(task: Task, *, at: datetime) -> None:
    """Let the provider's handler do what the event asks for, together with its new status, once."""
    event = InboundEvent.objects.select_for_update(no_key=True).get(pk=task.data["event"])
    if event.status in (InboundEvent.Status.HANDLED, InboundEvent.Status.IGNORED):
        return
    handler: Callable[..., None] = import_string(wiring.INBOX[event.provider][1])
    try:
        with transaction.atomic():
            handler(event, at=at)
        event.status, event.reason = InboundEvent.Status.HANDLED, ""
    except Ignored as why:
        event.status, event.reason = InboundEvent.Status.IGNORED, str(why)[:200]
    except CannotHandle as why:
        event.status, event.reason = InboundEvent.Status.FAILED, str(why)[:200]
    # What was dealt with is kept to look at only: not with a card number in it (see commerce.card_numbers).
    said = bytes(event.body).decode("utf-8", "replace")
    if event.status != InboundEvent.Status.FAILED and hide(said) != said:
        event.body = b""
    event.save(update_fields=["status", "reason", "body"])
    if name := wiring.INBOX_MATTERS.get(event.provider):
        note: Callable[..., None] = import_string(name)
        note(event, event.reason if event.status == InboundEvent.Status.FAILED else "", at=at)


class BodyForgotten(Exception):
    """The event is older than webhooks are kept, so that nobody knows any more what it said."""


def handle_again(event: InboundEvent, *, at: datetime) -> None:
    """Plan another try of an event that failed, such as a parcel that has become known since; raises BodyForgotten."""
    if not event.body:
        raise BodyForgotten
    Task.objects.get_or_create(
        handler="commerce.inbox.receiving.handle",
        key=f"event-{event.pk}",
        status=Task.Status.PENDING,
        defaults={"due_at": at, "data": {"event": event.pk}},
    )
    bell.ring_on_commit()


def read_json(body: bytes) -> dict[str, object]:
    """A webhook's body as a JSON object; raises Malformed."""
    try:
        value = json.loads(body.decode("utf-8"))
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError as problem:
        raise Malformed("the body is nested too deeply") from problem
    except ValueError as problem:
        raise Malformed("the body is not valid JSON in UTF-8") from problem
    if not isinstance(value, dict):
        raise Malformed("the body must be a JSON object")
    return value
