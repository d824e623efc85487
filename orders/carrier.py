"""A carrier's webhook, at /hooks/carrier/: what became of parcels.

    {"id": "…", "tracking_number": "…", "status": "out_for_delivery", "occurred_at": "2026-11-23T08:10:00Z",
     "expected_at": "2026-11-23T11:00:00Z", "carrier": "…"}

`expected_at` and `carrier` may be left out; "collected" is another word for "handed_to_carrier".
`Carrier-Signature: t=<seconds>,v1=<HMAC-SHA256 of "<seconds>.<body>">`.
"""

from datetime import datetime
from typing import Any

from django.conf import settings

from commerce.inbox import signatures
from commerce.inbox.models import InboundEvent
from commerce.inbox.receiving import CannotHandle, Delivery, Genuine, Ignored, Malformed, Refused, read_json
from commerce.rest.fields import read_instant
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from orders.models import Todo
from orders.shipments import RANK, carrier_event
from orders.todos import close_todo, open_todo

CARRIER = Actor("carrier")
CALLED = {"collected": "handed_to_carrier"}
MAX_TEXT = 60


def verify(delivery: Delivery, *, at: datetime) -> Genuine:
    """Check the signature with its time, and that there is an id; raises Refused."""
    if delivery.method != "POST":
        raise Refused("a carrier sends its news by POST", code="method_not_allowed", status=405)
    header = delivery.headers.get("Carrier-Signature", "")
    signatures.check_stamp(header, delivery.body, secrets=settings.CARRIER_SECRET, at=at)
    external_id = text(read_json(delivery.body), "id")
    if not external_id:
        raise Malformed("id must be a text of 1 to 60 characters")
    return Genuine(external_id)


def handle(event: InboundEvent, *, at: datetime) -> None:
    """Take the news in; raises CannotHandle for a parcel that we do not know, or news that make no sense."""
    body = read_json(bytes(event.body))
    status = CALLED.get(text(body, "status"), text(body, "status"))
    if status not in RANK:
        raise Ignored("this status means nothing to us")
    occurred_at, expected_at = instant(body, "occurred_at"), instant(body, "expected_at")
    if occurred_at is None:
        raise CannotHandle("occurred_at is missing")
    try:
        carrier_event(
            text(body, "tracking_number"),
            status,
            carrier=text(body, "carrier"),
            occurred_at=min(occurred_at, at),  # a carrier's clock may be ahead of ours; what it tells has happened
            expected_at=expected_at,
            by=CARRIER,
            at=at,
        )
    except Problem as problem:
        raise CannotHandle(problem.detail) from problem


def note_matter(event: InboundEvent, reason: str, *, at: datetime) -> None:
    """News that nobody can place stand on the list until somebody has looked, or until they can be taken in."""
    subject = f"news:{event.external_id}"
    if reason:
        open_todo(Todo.Kind.PARCEL, subject, order=None, cause=f"news of a carrier: {reason}", at=at)
    else:
        close_todo(Todo.Kind.PARCEL, subject, by=CARRIER, at=at)


def text(body: dict[str, Any], name: str) -> str:
    """A short text of the body; empty if it is none."""
    value = body.get(name, "")
    return value if isinstance(value, str) and len(value) <= MAX_TEXT and "\0" not in value else ""


def instant(body: dict[str, Any], name: str) -> datetime | None:
    """An instant of the body, if it has one; raises CannotHandle."""
    if body.get(name) is None:
        return None
    found = read_instant(text(body, name))
    if found is None:
        raise CannotHandle(f"{name} must be an instant with its zone, such as 2026-11-23T08:10:00Z")
    return found
