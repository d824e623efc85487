"""Reading a mail as it comes from a mail server (RFC 5322): who wrote, to which address, what, with which pictures."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import getaddresses
from html import unescape

from anymail.inbound import AnymailInboundMessage
from django.core.exceptions import SuspiciousOperation
from django.utils import timezone
from django.utils.html import strip_tags

MAX_PICTURES = 4
MAX_TEXT = 10_000
MAX_HTML = 200_000

QUOTE_BEGINS = re.compile(
    r"^\s*(on\b.{4,200}\bwrote:|el\b.{4,200}\bescribió:|-{3,}\s*(original message|mensaje original)\s*-{3,}"
    r"|_{20,})\s*$",
    re.IGNORECASE,
)
"""The line that mail programs put above what they quote, in the languages we write in."""

AUTOMATIC = frozenset({"bulk", "junk", "list", "auto_reply"})
RECIPIENTS = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")


@dataclass(frozen=True)
class Mail:
    """A mail in the house's own form. `others`: attachments that are no pictures; `is_automatic`: by a machine."""

    identity: str
    sender: str
    recipients: tuple[str, ...]
    title: str
    text: str
    pictures: tuple[bytes, ...]
    others: int
    written_at: datetime | None
    is_automatic: bool


def read(body: bytes) -> Mail:
    """Take a mail apart; whatever cannot be read is left empty, since mails are written by every program there is."""
    message = AnymailInboundMessage.parse_raw_mime_bytes(body)
    senders = getaddresses([str(value) for value in message.get_all("from", [])])
    files = [part for part in message.walk() if is_file(part)]
    pictures = [part for part in files if part.get_content_maintype() == "image"]
    text = text_of(message)
    return Mail(
        identity=identity(message, text),
        sender=senders[0][1] if senders else "",
        recipients=tuple(
            address
            for name in RECIPIENTS
            for _name, address in getaddresses([str(value) for value in message.get_all(name, [])])
        ),
        title=" ".join(str(message.get("subject", "")).split())[:200],
        text=text,
        pictures=tuple(bytes(part.get_payload(decode=True) or b"") for part in pictures[:MAX_PICTURES]),
        others=len(files) - len(pictures[:MAX_PICTURES]),
        written_at=written_at(message),
        is_automatic=is_automatic(message),
    )


def is_file(part: AnymailInboundMessage) -> bool:
    """Whether a part of a mail is an attachment, or a picture that stands in its text."""
    if part.is_multipart():
        return False
    return part.get_content_disposition() == "attachment" or part.get_content_maintype() not in ("text", "message")


def identity(message: AnymailInboundMessage, text: str) -> str:
    """The same when the same mail is delivered again, whatever provider brings it; nobody can occupy another's."""
    parts = [str(message.get(name, "")) for name in ("message-id", "from", "date", "subject")]
    return hashlib.sha256("\0".join([*parts, text]).encode(errors="replace")).hexdigest()


def text_of(message: AnymailInboundMessage) -> str:
    """What was written, without what was quoted below it."""
    try:
        text = message.text or unescape(strip_tags((message.html or "")[:MAX_HTML]))
    except (LookupError, ValueError, SuspiciousOperation):  # a character set that does not exist, tags without end
        text = ""
    return without_quote(text.replace("\x00", "").replace("\r\n", "\n"))[:MAX_TEXT]


def without_quote(text: str) -> str:
    """A text up to where it repeats what it answers."""
    lines: list[str] = []
    for line in text.split("\n"):
        if QUOTE_BEGINS.match(line):
            break
        if not line.startswith(">"):
            lines.append(line.rstrip())
    return "\n".join(lines).strip()


def written_at(message: AnymailInboundMessage) -> datetime | None:
    """When it was written, by the writer's clock; None if that is not said."""
    try:
        written = message.date
    except (TypeError, ValueError, OverflowError):
        return None
    return timezone.make_aware(written) if written and timezone.is_naive(written) else written


def is_automatic(message: AnymailInboundMessage) -> bool:
    """Whether a machine answered (RFC 3834): out of office, a list, a mail server's own notice."""
    submitted = str(message.get("auto-submitted", "no")).split(";")[0].strip().lower()
    precedence = str(message.get("precedence", "")).strip().lower()
    is_notice = str(message.get("return-path", "")).strip() == "<>"
    return submitted != "no" or precedence in AUTOMATIC or "list-id" in message or is_notice
