"""Errors as RFC 9457 problem details with a stable code, for people and machines alike."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback


class Problem(Exception):
    """A refusal that a caller can act on. Rooms raise subclasses, with a sentence that a person may read.

    `code` is stable; `status` is what HTTP calls it; `facts` are further members of the answer (such as a new total).
    """

    code = "refused"
    status = 409

    def __init__(self, detail: str, **facts: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts


def handler(problem: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every error of ours in one shape."""
    headers: dict[str, str] = {}
    facts: dict[str, Any] = {}
    match problem:
        case Problem():
            status_code, code, detail, facts = problem.status, problem.code, problem.detail, problem.facts
        case exceptions.ValidationError():
            status_code, code, detail = 400, "invalid", "the request has invalid fields"
            facts = {"errors": problem.get_full_details()}
        case exceptions.APIException():
            status_code, code, detail = problem.status_code, problem.default_code, str(problem.detail)
            if header := getattr(problem, "auth_header", None):
                headers["WWW-Authenticate"] = header
            if wait := getattr(problem, "wait", None):
                headers["Retry-After"] = str(int(wait))
        case Http404():
            status_code, code, detail = 404, "not_found", "there is nothing here"
        case PermissionDenied():
            status_code, code, detail = 403, "permission_denied", "you may not do this"
        case OperationalError() if "lock timeout" in str(problem) or "deadlock" in str(problem):
            status_code, code, detail = 503, "busy", "others are changing the same thing; please try again"
            headers["Retry-After"] = "1"
        case _:
            return None
    set_rollback()
    body = {
        "type": f"about:blank#{code}",
        "title": title_of(status_code),
        "status": status_code,
        "code": code,
        "detail": detail,
    }
    return Response(body | facts, status=status_code, headers=headers)


def title_of(code: int) -> str:
    """The short name of an HTTP status."""
    names = {getattr(status, name): name.split("_", 2)[2] for name in dir(status) if name.startswith("HTTP_")}
    return names.get(code, "error").replace("_", " ").capitalize()
