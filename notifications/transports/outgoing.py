"""What a transport is given, and how it says that it could not."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Outgoing:
    """One message, ready to leave. `key` is the same whenever the same attempt is sent again."""

    key: str
    contact_channel: str
    address: str
    title: str
    text: str
    html: str
    unsubscribe_url: str
    reply_to: str = ""
    content: dict[str, Any] = field(default_factory=dict)


class TransportError(Exception):
    """It did not leave. Permanent: this address will never take it. The message is a code, no address, no text."""

    def __init__(self, code: str, *, permanent: bool) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent


class Unclear(Exception):
    """Nobody knows whether it left. The message is a code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
