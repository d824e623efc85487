"""Instagram and Messenger, as Meta's webhooks tell of them."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils.crypto import constant_time_compare

from commerce.customers.addresses import NotAnAddress
from commerce.inbox import signatures
from commerce.inbox.models import InboundEvent
from commerce.inbox.receiving import (
    BadSignature,
    Challenge,
    Delivery,
    Genuine,
    Ignored,
    NotConnected,
    Refused,
    read_json,
)
from notifications.conversations.receiving import AlreadyKnown, Said, receive

NETWORKS = {"instagram": "instagram", "page": "messenger"}
"""What Meta calls the object of a webhook → the contact channel."""

MAX_ID = 150


def verify(delivery: Delivery, *, at: datetime) -> Genuine | Challenge:
    """Answer Meta's handshake, or check the signature over the raw body; raises Refused."""
    if delivery.method == "GET":
        return challenge(delivery)
    header = delivery.headers.get("X-Hub-Signature-256", "")
    if not header.startswith("sha256="):
        raise BadSignature("the header X-Hub-Signature-256: sha256=<hex> is missing")
    signatures.check([header.removeprefix("sha256=")], delivery.body, secrets=settings.META_APP_SECRET)
    read_json(delivery.body)
    return Genuine(hashlib.sha256(delivery.body).hexdigest())


def challenge(delivery: Delivery) -> Challenge:
    """The handshake by which Meta makes sure that this address is ours; raises Refused."""
    if not settings.META_VERIFY_TOKEN:
        raise NotConnected
    if delivery.query.get("hub.mode") != "subscribe" or "hub.challenge" not in delivery.query:
        raise Refused("this is no handshake: hub.mode and hub.challenge are missing", code="malformed", status=400)
    if not constant_time_compare(delivery.query.get("hub.verify_token", ""), settings.META_VERIFY_TOKEN):
        raise Refused("the verify token is not ours", code="token_invalid", status=403)
    return Challenge(delivery.query["hub.challenge"])


def handle(event: InboundEvent, *, at: datetime) -> None:
    """Write down everything that people said; raises Ignored if there was nothing of that kind."""
    body: Any = read_json(bytes(event.body))
    network = NETWORKS.get(body.get("object")) if isinstance(body.get("object"), str) else None
    if network is None:
        raise Ignored("not about Instagram or Messenger")
    taken = 0
    passed_over: list[str] = []
    for messaging in messagings(body):
        try:
            receive(said(messaging, network=network, at=at), at=at)
            taken += 1
        except AlreadyKnown:
            passed_over.append("known already")
        except (Ignored, NotAnAddress) as why:
            passed_over.append(str(why))
    if not taken:
        raise Ignored("; ".join(sorted(set(passed_over))) or "no message in it")


def messagings(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The happenings in a webhook; one delivery may bring many."""
    for entry in items(body.get("entry")):
        yield from items(entry.get("messaging"))


def items(value: object) -> list[dict[str, Any]]:
    """The objects in a list; what is none is passed over."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def said(messaging: dict[str, Any], *, network: str, at: datetime) -> Said:
    """One happening in the house's own form; raises Ignored with the reason if nobody said anything."""
    content = messaging.get("message", messaging.get("postback"))
    if not isinstance(content, dict):
        raise Ignored("no message in it")
    if content.get("is_echo"):
        raise Ignored("an echo of what we said")
    if content.get("is_deleted"):
        raise Ignored("taken back by who said it")
    sender = messaging.get("sender")
    address = sender.get("id") if isinstance(sender, dict) else None
    mid = content.get("mid")
    if not (usable(address) and usable(mid)):
        raise Ignored("without a sender or an id")
    return Said(
        contact_channel=network,
        address=str(address),
        text=text_of(content),
        external_id=str(mid),
        said_at=instant(messaging.get("timestamp"), at=at),
    )


def usable(identifier: object) -> bool:
    """Whether this can be an id of Meta's."""
    return isinstance(identifier, str) and 0 < len(identifier) <= MAX_ID and "\x00" not in identifier


def text_of(content: dict[str, Any]) -> str:
    """What was said; of a picture or a voice note, that there was one; raises Ignored if nothing is left."""
    for name in ("text", "title"):
        if isinstance(content.get(name), str) and content[name].strip():
            return content[name]
    kinds = [str(attachment.get("type", "file"))[:20] for attachment in items(content.get("attachments"))]
    if not kinds:
        raise Ignored("a message without content")
    return " ".join(f"[{kind}]" for kind in kinds)


def instant(milliseconds: object, *, at: datetime) -> datetime:
    """When it was said, by Meta's clock; ours if theirs makes no sense."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float) or not 0 < milliseconds < 4e12:
        return at
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
