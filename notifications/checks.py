"""Ways out of the house that lead nowhere are found at start."""

import re
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, register
from django.template import TemplateDoesNotExist

from notifications.purposes import PURPOSES
from notifications.transports.table import TRANSPORTS, name_for
from notifications.writing import PLAIN


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


@register()
def templates_exist(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Every WhatsApp template is for something we say, in a language that we say it in, and has a SID of Twilio's."""
    said = {f"{name}.{code}" for name in PURPOSES for code, _ in settings.LANGUAGES}
    hint = 'As {"arriving.es": {"sid": "HX…", "variables": ["number", "expected_hour"]}}.'
    return [
        Error(f"TWILIO_WHATSAPP_TEMPLATES has {name}, which is no template of ours", hint=hint, id="mostrador.E012")
        for name, template in settings.TWILIO_WHATSAPP_TEMPLATES.items()
        if name not in said or not re.fullmatch(r"HX[0-9a-fA-F]{32}", str(template.get("sid", "")))
    ]


@register()
def templates_can_be_filled(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Every variable of a WhatsApp template is a fact that our own words for the same thing use."""
    return [
        Error(f"TWILIO_WHATSAPP_TEMPLATES: {name} names {variable}, of which it knows nothing", id="mostrador.E013")
        for name, template in settings.TWILIO_WHATSAPP_TEMPLATES.items()
        for variable in template.get("variables", ())
        if variable not in facts_in(*name.rpartition(".")[::2])
    ]


def facts_in(purpose: str, language: str) -> set[str]:
    """The facts that the texts of a purpose use; none where there is no such purpose."""
    found: set[str] = set()
    for ending in ("txt", "sms"):
        try:
            source = PLAIN.get_template(f"messages/{purpose}/{language}.{ending}").template.source
        except TemplateDoesNotExist:
            continue
        found |= set(re.findall(r"\b[a-z_]+\b", " ".join(re.findall(r"{[{%](.*?)[}%]}", source))))
    return found


@register(Tags.security, deploy=True)
def messages_leave(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """In production a message that is only kept at /outbox/ reaches nobody."""
    used = dict.fromkeys(name for purpose in PURPOSES.values() for name in purpose.contact_channels)
    kept = [contact_channel for contact_channel in used if name_for(contact_channel) == "outbox"]
    if not kept:
        return []
    hint = "Name a transport for them in TRANSPORTS, such as EMAIL_TRANSPORT=smtp, or accept that they stay here."
    return [Info(f"messages over {', '.join(kept)} are only shown at /outbox/", hint=hint, id="mostrador.I010")]
