"""What the API's description adds to what the views say: who calls, who may, and how a request is refused."""

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from django.urls import URLPattern, get_resolver
from django.utils.translation import get_language
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from commerce.rest.doors import DOORS, VISITOR
from commerce.rest.errors import MEDIA_TYPE

REFUSALS = {
    400: "The body, a field or a parameter is wrong; `errors` names it.",
    401: "Nobody has logged in, or the key is not known.",
    403: "This caller may not do this.",
    404: "There is nothing here, or it is not the caller's.",
    409: "It cannot be done as things stand now.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "It is understood, and refused.",
    429: "Too often; `Retry-After` says how long to wait.",
    503: "Others are changing the same thing; nothing happened, and trying again is safe.",
}
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="A random key of the caller's own: the same request with the same key happens once.",
)
PROBLEM = {
    "type": "object",
    "description": "An error as RFC 9457 words it; further members say what a caller needs to go on.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "stable; made for programs"},
        "detail": {"type": "string", "description": "a sentence that a person may read"},
        "errors": {"type": "object", "description": "field or parameter → what is wrong with it"},
        "retry_after": {"type": "integer", "description": "seconds"},
    },
    "required": ["type", "title", "status", "code", "detail"],
}


class DeviceKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The key of a till or another machine."""

    target_class = "commerce.rest.authentication.DeviceKeyAuthentication"
    name = "deviceKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The session of somebody who has logged in; visitors may call what is open to them without one."""

    target_class = "commerce.rest.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A cookie."""
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class DoorSchema(AutoSchema):
    """Describes a view together with the door that it stands behind."""

    def get_override_parameters(self) -> list[Any]:
        """What the view's `query` takes; and the key that makes a request safe to repeat, where one is heeded."""
        query = getattr(self.view, "query", None)
        parameters = [query] if query and self.method == "GET" else []
        if getattr(getattr(self.view, self.method.lower()), "idempotent", False):
            parameters.append(IDEMPOTENCY_KEY)
        return parameters

    def get_operation(self, *arguments: Any) -> dict[str, Any] | None:
        """An operation, with who may, and every way in which it is refused."""
        operation: dict[str, Any] | None = super().get_operation(*arguments)
        if operation is None:
            return None
        roles = DOORS.get(door_names().get(type(self.view), ""), {}).get(self.method, frozenset())
        said = operation.get("description", "")
        operation["description"] = f"{said}\n\nFor: {', '.join(sorted(roles))}.".strip()
        problem = ResolvedComponent(name="Problem", type=ResolvedComponent.SCHEMA, object="Problem", schema=PROBLEM)
        self.registry.register_on_missing(problem)
        content = {MEDIA_TYPE: {"schema": problem.ref}}
        if VISITOR in roles:
            operation["security"].append({})
        for status in self.refusals(operation):
            operation["responses"].setdefault(str(status), {"description": REFUSALS[status], "content": content})
        return operation

    def refusals(self, operation: dict[str, Any]) -> Iterator[int]:
        """The statuses with which a request may be refused here."""
        yield from (400, 401, 403, 503)
        if "parameters" in operation:
            yield 404
        if self.method != "GET":
            yield from (409, 422, 429)
        if "requestBody" in operation:
            yield from (404, 413, 415)


@cache
def door_names() -> dict[type, str]:
    """The name in the table of doors, by the class of a view."""
    return dict(walk(get_resolver().url_patterns))


def walk(patterns: list[Any]) -> Iterator[tuple[type, str]]:
    """Every view of the API below these addresses, with its name."""
    for entry in patterns:
        if not isinstance(entry, URLPattern):
            yield from walk(entry.url_patterns)
        elif hasattr(entry.callback, "cls"):
            yield entry.callback.cls, entry.name or ""


class Description(SchemaGenerator):
    """The description, made once in each language: it is the same for everybody, and takes a second to make."""

    def get_schema(self, request: Request | None = None, public: bool = False) -> dict[str, Any]:
        """What the API's doors are."""
        return described(get_language() or settings.LANGUAGE_CODE)


@lru_cache(maxsize=len(settings.LANGUAGES))
def described(language: str) -> dict[str, Any]:
    """The description in the language that is in force."""
    return dict(SchemaGenerator().get_schema(public=True))
