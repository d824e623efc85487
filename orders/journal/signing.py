"""Whether a batch is what a till sent, and that till's own: its key, its signature, its store.

The signature is HMAC-SHA256 over the body's bytes, under the SHA-256 digest of the key: that digest is all we store.
"""

import hmac
from datetime import datetime
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from rest_framework.request import Request

from commerce.channels.models import Device
from commerce.ids import digest
from commerce.rest.parsers import StrictJSONParser
from commerce.rest.problems import Problem
from orders.journal.sequences import alarm
from orders.models import Todo

HEADER = "Mostrador-Signature"


class NotATill(Problem):
    """Somebody else than a device with a key and a store of its own."""

    code = "not_a_till"
    status = 403


class TillRevoked(Problem):
    """The device was shut out. What it tells is refused, and set apart where its own key signed it."""

    code = "till_revoked"
    status = 403

    def __init__(self, detail: str, *, device: Device) -> None:
        super().__init__(detail)
        self.device = device


class SignatureWrong(Problem):
    """The body is not what the till signed."""

    code = "till_signature_wrong"
    status = 403


class TillMistaken(Problem):
    """A batch of another till, or for another store."""

    code = "till_mistaken"
    status = 403


def check_key(request: Request, *, at: datetime) -> None:
    """The key of a till that was shut out is an alarm, not only a refusal; raises TillRevoked."""
    key = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    shut_out = Device.objects.filter(key_digest=digest(key), revoked_at__isnull=False).first() if key else None
    if shut_out:
        alarm(shut_out, Todo.Kind.TILL_REFUSED, "a till that was shut out still sends", at=at)
        raise TillRevoked("this till was shut out", device=shut_out)


class SignedJSONParser(StrictJSONParser):
    """JSON, with its bytes kept beside it."""

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        """The body as a dict; raises ParseError."""
        body: bytes = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        parser_context["request"]._request.signed_bytes = body
        return super().parse(BytesIO(body), media_type, parser_context)


def signature(body: bytes, key_digest: str) -> str:
    """What a till sends along with a body."""
    return hmac.new(key_digest.encode(), body, "sha256").hexdigest()


def is_signed(request: Request, device: Device) -> bool:
    """Whether a device's key signed the bytes that were read."""
    body = getattr(request._request, "signed_bytes", b"")
    said = request.headers.get(HEADER, "")
    return hmac.compare_digest(signature(body, device.key_digest).encode(), said.strip().lower().encode())


def check(request: Request, *, device_said: Any, location_said: Any, at: datetime) -> Device:
    """The till that sent a body, whole and for itself; raises NotATill, SignatureWrong, TillMistaken with an alarm."""
    device = request.auth
    if not isinstance(device, Device) or device.location is None:
        raise NotATill("a till with a key and a store of its own is needed here")
    if not is_signed(request, device):
        alarm(device, Todo.Kind.TILL_REFUSED, "a batch was altered on its way, or signed by another", at=at)
        raise SignatureWrong("the signature is not that of this till over these bytes")
    if device_said != device.public_id or location_said != device.location.code:
        alarm(device, Todo.Kind.TILL_REFUSED, "a batch of another till, or for another store", at=at)
        raise TillMistaken("this batch names another till, or another store")
    return device
