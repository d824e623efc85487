"""Whose browser this is: from log-in to log-out, and not a moment longer."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.auth import login, logout
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from rest_framework.request import Request

from commerce.customers.models import ContactPoint, LoginCode, Person
from commerce.customers.people import root_of

BACKEND = "django.contrib.auth.backends.ModelBackend"
PROVED_AT = "proved_at"
FRESH = timedelta(minutes=15)
PENDING = "login_code"
"""Where a visitor's session keeps the public id of the code she asked for; never the code, never the address."""

KIOSK = "kiosk"
"""Where a browser that everybody uses keeps that it is one; this alone outlives a visit (commerce.customers.kiosk)."""

CHAT = "chat"
"""Where it keeps the address that the chat in this browser has: random, known to nobody else."""


def account_of(request: HttpRequest | Request) -> Person | None:
    """The shopper who is logged in, as whom she logged in: under this is kept what she says and does."""
    return getattr(request.user, "person", None)


def person_of(request: HttpRequest | Request) -> Person | None:
    """The shopper who is logged in, as the one she was found to be."""
    person = account_of(request)
    return root_of(person) if person else None


def chatting_as(request: HttpRequest | Request) -> Person | None:
    """As whom this browser chats: somebody of whom we know no more than that, until she logs in."""
    value = request.session.get(CHAT, "")
    point = ContactPoint.objects.filter(kind=ContactPoint.Kind.CHAT, value=value).select_related("person__root").first()
    return root_of(point.person) if point else None


def wait_for_code(request: HttpRequest | Request, login_code: LoginCode) -> None:
    """Remember in this browser which code it asked for."""
    request.session[PENDING] = login_code.public_id


def pending_code(request: HttpRequest | Request) -> LoginCode | None:
    """The code that this browser asked for last."""
    asked = request.session.get(PENDING, "")
    return LoginCode.objects.select_related("contact_point__person", "journey").filter(public_id=asked).first()


def open_session(request: HttpRequest, person: Person, *, at: datetime) -> None:
    """Make this browser hers, under a new session key; what it waited for is over."""
    login(request, person.user, backend=BACKEND)
    request.session.pop(PENDING, None)
    request.session[PROVED_AT] = at.isoformat()


def close_session(request: HttpRequest) -> None:
    """End the tie between her and this browser; what was still to be told to her is told to nobody."""
    list(messages.get_messages(request))
    kiosk = request.session.get(KIOSK)
    logout(request)
    if kiosk:
        request.session[KIOSK] = kiosk


def is_fresh(request: HttpRequest, *, at: datetime) -> bool:
    """Whether she proved just now who she is: a tablet that lies about logged in must not give everything out."""
    proved_at = parse_datetime(request.session.get(PROVED_AT, ""))
    return proved_at is not None and at - FRESH < proved_at <= at
