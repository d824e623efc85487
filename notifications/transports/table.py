"""Every way out of the house. settings.TRANSPORTS names one per contact channel; the default keeps messages here.

A transport is one function: it returns the provider's id, or raises TransportError or Unclear.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from notifications.law import ALL
from notifications.transports import chat, outbox, smtp, twilio
from notifications.transports.outgoing import Outgoing


@dataclass(frozen=True)
class Transport:
    """A function that says a message. Keyed: sending the same key twice says it once."""

    send: Callable[[Outgoing], str]
    is_keyed: bool
    contact_channels: frozenset[str]


TRANSPORTS = {
    "outbox": Transport(outbox.send, is_keyed=True, contact_channels=ALL),
    "chat": Transport(chat.send, is_keyed=True, contact_channels=frozenset({"chat"})),
    "twilio": Transport(twilio.send, is_keyed=False, contact_channels=frozenset({"sms", "whatsapp"})),
    "smtp": Transport(smtp.send, is_keyed=False, contact_channels=frozenset({"email"})),
}


def name_for(contact_channel: str) -> str:
    """The transport that serves a contact channel."""
    return settings.TRANSPORTS.get(contact_channel, "outbox")
