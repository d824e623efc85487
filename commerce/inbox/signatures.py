"""HMAC signatures of webhooks. A setting may hold two secrets, comma-separated, while one replaces the other."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from commerce.inbox.receiving import BadSignature, NotConnected

TOLERANCE_SECONDS = 300
"""How far a signed time may be from ours, either way: an old delivery is a replay, a future one is a forged clock."""


MAX_SIGNATURES = 10
"""Of one delivery; nobody rolls more secrets than that."""


def sign(body: bytes, *, secret: str) -> str:
    """The signature of a body: HMAC-SHA256, hexadecimal."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def check(signatures: Sequence[str], body: bytes, *, secrets: str) -> None:
    """Compare signatures with that of each secret, in constant time; raises BadSignature or NotConnected."""
    known = [secret for secret in secrets.split(",") if secret]
    if not known:
        raise NotConnected
    given = [signature.encode("ascii", errors="replace") for signature in signatures]
    ours = [sign(body, secret=secret).encode() for secret in known]
    if not any(hmac.compare_digest(one, other) for one in given for other in ours):
        raise BadSignature("the signature does not fit the body")


def stamp(body: bytes, *, secret: str, at: datetime) -> str:
    """A signature with its time, `t=<seconds>,v1=<hex>`, over "<seconds>.<body>"."""
    seconds = str(int(at.timestamp()))
    return f"t={seconds},v1={sign(seconds.encode() + b'.' + body, secret=secret)}"


def check_stamp(header: str, body: bytes, *, secrets: str, at: datetime) -> None:
    """Check a signature with its time; raises BadSignature or NotConnected.

    Several v1 may stand there while the sender rolls its secret: one that fits is enough.
    """
    parts = [part.strip().partition("=")[::2] for part in header.split(",")]
    seconds = next((value for name, value in parts if name == "t"), "")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 12):
        raise BadSignature("the signature has no time: t=<seconds>,v1=<hex>")
    signatures = [value for name, value in parts if name == "v1"]
    check(signatures[:MAX_SIGNATURES] or [""], seconds.encode() + b"." + body, secrets=secrets)
    if abs(at.timestamp() - int(seconds)) > TOLERANCE_SECONDS:
        raise BadSignature("the signature's time is too far from ours")
