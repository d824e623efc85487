"""The address that an answer to a mail of ours goes to: it names the message that was answered, and cannot be guessed.

    reply+7K3M…@shop.example      settings.REPLY_ADDRESS with the message's public id after a plus

Mail servers deliver name+anything@ where name@ is delivered (RFC 5233); whatever arrives there is posted to
/hooks/email/. Without the setting mails carry no such address, and answers go where the mail came from.
"""

import re
from collections.abc import Iterable

from django.conf import settings

from commerce.ids import ALPHABET

TAG = re.compile(rf"\+([{ALPHABET}]{{22}})$", re.IGNORECASE)


def reply_to(message: str) -> str:
    """Where an answer to the message with this public id goes; empty if answers are not taken in."""
    local, _at, domain = settings.REPLY_ADDRESS.rpartition("@")
    return f"{local}+{message}@{domain}" if local else ""


def answered(recipients: Iterable[str]) -> str:
    """The public id of the message that is answered by a mail to these addresses; empty if it answers none."""
    local, _at, domain = settings.REPLY_ADDRESS.lower().rpartition("@")
    for recipient in recipients:
        name, _at, host = recipient.strip().rpartition("@")
        tag = TAG.search(name)
        if local and tag and host.lower() == domain and name[: tag.start()].lower() == local:
            return tag[1].upper()
    return ""
