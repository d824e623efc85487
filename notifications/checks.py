"""Ways out of the house that lead nowhere are found at start."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, register

from notifications.purposes import PURPOSES
from notifications.transports.table import TRANSPORTS, name_for


@register()
def transports_exist(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Every transport that settings.TRANSPORTS names is one of ours, and can say something over that channel."""
    problems: list[CheckMessage] = []
    for contact_channel, name in settings.TRANSPORTS.items():
        if name not in TRANSPORTS:
            hint = f"The transports are {', '.join(sorted(TRANSPORTS))}."
            problems.append(Error(f"TRANSPORTS names {name}, which does not exist", hint=hint, id="mostrador.E010"))
        elif contact_channel not in TRANSPORTS[name].contact_channels:
            problems.append(Error(f"{name} cannot say anything over {contact_channel}", id="mostrador.E011"))
    return problems


@register(Tags.security, deploy=True)
def messages_leave(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """In production a message that is only kept at /outbox/ reaches nobody."""
    used = dict.fromkeys(name for purpose in PURPOSES.values() for name in purpose.contact_channels)
    kept = [contact_channel for contact_channel in used if name_for(contact_channel) == "outbox"]
    if not kept:
        return []
    hint = "Name a transport for them in TRANSPORTS, such as EMAIL_TRANSPORT=smtp, or accept that they stay here."
    return [Info(f"messages over {', '.join(kept)} are only shown at /outbox/", hint=hint, id="mostrador.I010")]
