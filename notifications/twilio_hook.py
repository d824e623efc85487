"""Twilio's webhook, at /hooks/twilio/: what became of text and WhatsApp messages.

Twilio signs with X-Twilio-Signature: base64 of HMAC-SHA1 over the full public address and all parameters, sorted.
"""

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import parse_qsl

from django.conf import settings

from commerce.inbox.models import InboundEvent
from commerce.inbox.receiving import BadSignature, Delivery, Genuine, Ignored, Malformed, NotConnected, Refused
from notifications.models import Attempt
from notifications.reports import report

REPORTS = {
    "delivered": Attempt.Status.DELIVERED,
    "read": Attempt.Status.READ,
    "undelivered": Attempt.Status.FAILED,
    "failed": Attempt.Status.FAILED,
}


class NotKnownYet(Exception):
    """Twilio was faster than the transaction that keeps the SID: tried again a moment later."""


def verify(delivery: Delivery, *, at: datetime) -> Genuine:
    """Check the signature, and that it is about a message; raises Refused."""
    if not settings.TWILIO_AUTH_TOKEN:
        raise NotConnected
    if delivery.method != "POST":
        raise Refused("Twilio sends its news by POST", code="method_not_allowed", status=405)
    said = form_of(delivery.body)
    url = f"{settings.PUBLIC_URL}/hooks/twilio/"
    given = delivery.headers.get("X-Twilio-Signature", "").encode("ascii", errors="replace")
    if delivery.query or not hmac.compare_digest(given, signature(url, said, token=settings.TWILIO_AUTH_TOKEN)):
        raise BadSignature("the signature does not fit the body")
    facts = dict(said)
    if not facts.get("MessageSid") or not facts.get("MessageStatus"):
        raise Malformed("this is not the status of a message")
    return Genuine(f"{facts['MessageSid']}:{facts['MessageStatus']}"[:120])


def handle(event: InboundEvent, *, at: datetime) -> None:
    """Keep what became of a message; raises Ignored for steps on its way, NotKnownYet."""
    facts = dict(form_of(bytes(event.body)))
    status = REPORTS.get(facts["MessageStatus"])
    if status is None:
        raise Ignored("a step on its way")
    attempt = Attempt.objects.filter(provider_id=facts["MessageSid"], transport="twilio").first()
    if attempt is None:
        raise NotKnownYet
    code = facts.get("ErrorCode", "")
    report(attempt, status=status, error=f"twilio {code}" if code.isdigit() else "", at=at)


def form_of(body: bytes) -> list[tuple[str, str]]:
    """The parameters of a body; raises Malformed."""
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, strict_parsing=bool(body))
    except ValueError as problem:
        raise Malformed("the body is no form") from problem


def signature(url: str, parameters: list[tuple[str, str]], *, token: str) -> bytes:
    """Twilio's signature of a webhook."""
    signed = url + "".join(name + value for name, value in sorted(set(parameters)))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest())
