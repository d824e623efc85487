"""Whose words the staff may read: an agent those to whom she acts for, the back office all; each look is written down.

A log-in code is the key to an account, and no member of the staff reads one. Only a shop for practice, from which no
mail leaves, shows its own to the back office.
"""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.request import Request

from commerce.channels.models import Role
from commerce.customers import serving
from commerce.rest.access import role_of
from notifications.addressing import spellings
from notifications.models import Attempt
from notifications.purposes import PURPOSES, Kind

KEYS = [name for name, purpose in PURPOSES.items() if purpose.kind == Kind.CODE]
"""What we write to people so that they can log in."""


def attempts(request: HttpRequest | Request) -> QuerySet[Attempt]:
    """Attempts whose words this member of the staff may read, with what the pages tell of them."""
    found = Attempt.objects.filter(serving.only_served(request, "message__person"))
    if role_of(request) != Role.BACK_OFFICE or not settings.LOGIN_CODES_IN_OUTBOX:
        found = found.exclude(message__purpose__in=KEYS)
    return found.select_related("message__person", "contact_point")


def searched(found: QuerySet[Attempt], wanted: dict[str, Any]) -> QuerySet[Attempt]:
    """What somebody looks for, the latest first."""
    if to := wanted.get("to"):
        found = found.filter(contact_point__value__in=spellings(to))
    if contact_channel := wanted.get("contact_channel"):
        found = found.filter(contact_channel=contact_channel)
    if purpose := wanted.get("purpose"):
        found = found.filter(message__purpose=purpose)
    return found.order_by("-pk")
