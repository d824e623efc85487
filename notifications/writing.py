"""Putting a message into words: one set of facts, worded for each contact channel in the person's language.

Templates lie in templates/messages/<purpose>/<language>.<ending>: `subject`, `txt` and `html` make an email, `sms` is a
text message, `txt` alone what is said in a conversation.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.backends.django import DjangoTemplates
from django.template.loader import render_to_string
from django.utils.translation import override

from notifications import letters, sms
from notifications.models import Message

LANGUAGES = tuple(code for code, _ in settings.LANGUAGES)
SMS_SEGMENTS = 2
"""A text message may be this long; what does not fit is a mistake in a template, found by tests."""


PLAIN = DjangoTemplates({"NAME": "plain", "DIRS": [], "APP_DIRS": True, "OPTIONS": {"autoescape": False}})
"""Texts are no HTML: an ampersand in a product's name stays one."""


@dataclass(frozen=True)
class Written:
    """A message in words. What a contact channel does not have is empty."""

    text: str
    title: str = ""
    html: str = ""
    unsubscribe_url: str = ""
    content: dict[str, Any] = field(default_factory=dict)
    """The approved template that says it over WhatsApp, and what fills it."""


def write(message: Message, *, contact_channel: str, at: datetime) -> Written:
    """Word a message for one contact channel; links in it are made here and stand nowhere else."""
    language = language_of(message.facts.get("language", message.person.language))
    with override(language):
        facts = letters.facts_for(message, language=language, at=at)
    return word(message.purpose, facts, contact_channel=contact_channel, language=language)


def word(purpose: str, facts: dict[str, Any], *, contact_channel: str, language: str) -> Written:
    """Word facts for a contact channel, in a language."""
    template = f"messages/{purpose}/{language}"
    unsubscribe_url = facts.get("unsubscribe_url", "")
    with override(language):
        match contact_channel:
            case "email":
                return Written(
                    text=plain(f"{template}.txt", facts) + "\n",
                    title=" ".join(plain(f"{template}.subject", facts).split())[:300],
                    html=render_to_string(f"{template}.html", facts),
                    unsubscribe_url=unsubscribe_url,
                )
            case "sms" | "whatsapp":
                text = " ".join(plain(f"{template}.sms", facts).split())
                if contact_channel == "whatsapp":
                    return Written(text=text, content=content_of(purpose, facts, language=language))
                return Written(text=sms.fit(text, segments=SMS_SEGMENTS))
            case _:
                return Written(text=plain(f"{template}.txt", facts))


def content_of(purpose: str, facts: dict[str, Any], *, language: str) -> dict[str, Any]:
    """The template that WhatsApp approved for a purpose in a language, filled with these facts; empty without one.

    Where a fact lacks it says which: then nothing leaves, and the attempt has failed where everybody sees it.
    """
    approved = settings.TWILIO_WHATSAPP_TEMPLATES.get(f"{purpose}.{language}")
    if not approved:
        return {}
    names = approved.get("variables", ())
    if missing := [name for name in names if name not in facts]:
        return {"missing": missing}
    values = {str(n): str(facts[name]) for n, name in enumerate(names, start=1)}
    return {"sid": approved["sid"], "variables": values}


def plain(template: str, facts: dict[str, Any]) -> str:
    """A text template, filled in."""
    return PLAIN.get_template(template).render(facts).strip()


def language_of(wanted: str) -> str:
    """A language that we write in: hers, or the house's."""
    code = wanted[:2].lower()
    return code if code in LANGUAGES else settings.LANGUAGE_CODE
