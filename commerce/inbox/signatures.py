"""HMAC signatures of webhooks. A setting may hold two secrets, comma-separated, while one replaces the other."""

import hashlib
import hmac
from datetime import datetime

from commerce.inbox.receiving import BadSignature, NotConnected

TOLERANCE_SECONDS = 300
"""How far a signed time may be from ours, either way: an old delivery is a replay, a future one is a forged clock."""


def sign(body: bytes, *, secret: str) -> str:
    """The signature of a body: HMAC-SHA256, hexadecimal."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def check(signature: str, body: bytes, *, secrets: str) -> None:
    """Compare a signature with that of each secret, in constant time; raises BadSignature or NotConnected."""
    known = [secret for secret in secrets.split(",") if secret]
    if not known:
        raise NotConnected
    given = signature.encode("ascii", errors="replace")
    if not any(hmac.compare_digest(given, sign(body, secret=secret).encode()) for secret in known):
        raise BadSignature("the signature does not fit the body")


def stamp(body: bytes, *, secret: str, at: datetime) -> str:
    """A signature with its time, `t=<seconds>,v1=<hex>`, over "<seconds>.<body>"."""
    seconds = str(int(at.timestamp()))
    return f"t={seconds},v1={sign(seconds.encode() + b'.' + body, secret=secret)}"


def check_stamp(header: str, body: bytes, *, secrets: str, at: datetime) -> None:
    """Check a signature with its time; raises BadSignature or NotConnected."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    seconds = parts.get("t", "")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 12):
        raise BadSignature("the signature has no time: t=<seconds>,v1=<hex>")
    check(parts.get("v1", ""), seconds.encode() + b"." + body, secrets=secrets)
    if abs(at.timestamp() - int(seconds)) > TOLERANCE_SECONDS:
        raise BadSignature("the signature's time is too far from ours")
