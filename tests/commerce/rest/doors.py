"""Every address of the house with what stands behind it, read from the URL conf, and callers of every role."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from commerce import clock
from commerce.channels.models import Device, Location, Role
from commerce.ids import digest
from commerce.rest.doors import DOORS, PERSON, VISITOR
from tests import factories

DEVICE = "device"
ROLES = (VISITOR, PERSON, *Role.values, DEVICE)
SAMPLES = {"int": "1", "uuid": "00000000-0000-4000-8000-000000000000", "public_id": "2" * 22}


@dataclass(frozen=True)
class Door:
    """One address: the name it has in the table, a path that leads to it, the path as described, and its view."""

    name: str
    path: str
    described: str
    view: Callable[..., Any]

    @property
    def is_api(self) -> bool:
        """Whether a view of DRF answers."""
        return hasattr(self.view, "cls")

    def methods_for(self, role: str) -> list[str]:
        """What the table lets a role do here."""
        return [method for method, roles in DOORS.get(self.name, {}).items() if role in roles]


def walk(resolver: URLResolver, before: str = "/", namespace: str = "") -> Iterator[Door]:
    """Every address below a resolver."""
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from walk(entry, route, entry.namespace or namespace)
        elif isinstance(entry, URLPattern):
            name = f"{namespace}:*" if namespace else entry.name or ""
            yield Door(name, ARGUMENT.sub(sample, route), ARGUMENT.sub(r"{\2}", route), entry.callback)


ARGUMENT = re.compile(r"<(?:(\w+):)?(\w+)>")


def sample(argument: re.Match[str]) -> str:
    """Something believable in place of an argument."""
    return SAMPLES.get(argument[1], "unknown")


DOORS_FOUND = list(walk(get_resolver()))
OWN_DOORS = [door for door in DOORS_FOUND if not door.name.endswith(":*")]
API_DOORS = [door for door in OWN_DOORS if door.path.startswith("/api/v1/")]


CLIENT = Client(raise_request_exception=False)
"""One for all requests: the first one loads the middleware, which takes longer than everything after it."""


class Callers:
    """A client for every role, each with a log-in or key of its own; staff of stores is bound to one location."""

    def __init__(self, at: Location) -> None:
        factories.sales_channel("web", locations=(at,))
        shopper = factories.person(user=User.objects.create_user(f"shopper of {at.code}"))
        self.sessions = {PERSON: self.log_in(shopper.user)}
        self.key = f"key of {at.code}"
        for role in Role.values:
            self.sessions[role] = self.log_in(factories.staff(role, at))
        Device.objects.create(
            name="till 1", role=Role.STORE, location=at, key_digest=digest(self.key), created_at=clock.now()
        )

    @staticmethod
    def log_in(user: User) -> str:
        """The session cookie of a log-in."""
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client.cookies["sessionid"].value

    def call(self, role: str, method: str, path: str, **options: Any) -> HttpResponse:
        """The answer to one request; whatever it did is undone, so that every request finds the same house."""
        CLIENT.cookies.clear()
        if role in self.sessions:
            CLIENT.cookies["sessionid"] = self.sessions[role]
        if role == DEVICE:
            options["headers"] = {"Authorization": f"Bearer {self.key}"} | options.get("headers", {})
        before = transaction.savepoint()
        try:
            return CLIENT.generic(method, path, **options)
        finally:
            transaction.savepoint_rollback(before)
