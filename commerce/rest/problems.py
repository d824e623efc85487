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
    body: dict[str, Any]
    match problem:
        case Problem():
            body = {"status": problem.status, "code": problem.code, "detail": problem.detail} | problem.facts
        case exceptions.ValidationError():
            body = {"status": 400, "code": "invalid", "detail": "the request has invalid fields"}
            body["errors"] = problem.get_full_details()
        case exceptions.APIException():
            body = {"status": problem.status_code, "code": problem.default_code, "detail": str(problem.detail)}
            if header := getattr(problem, "auth_header", None):
                headers["WWW-Authenticate"] = header
            if wait := getattr(problem, "wait", None):
                headers["Retry-After"] = str(int(wait))
        case Http404():
            body = {"status": 404, "code": "not_found", "detail": "there is nothing here"}
        case PermissionDenied():
            body = {"status": 403, "code": "permission_denied", "detail": "you may not do this"}
        case OperationalError() if "lock timeout" in str(problem) or "deadlock" in str(problem):
            body = {"status": 503, "code": "busy", "detail": "others are changing the same thing; please try again"}
            headers["Retry-After"] = "1"
        case _:
            return None
    set_rollback()
    body.update(type=f"about:blank#{body['code']}", title=title_of(int(body["status"])))
    return Response(body, status=body["status"], headers=headers)


def title_of(code: int) -> str:
    """The short name of an HTTP status."""
    names = {getattr(status, name): name.split("_", 2)[2] for name in dir(status) if name.startswith("HTTP_")}
    return names.get(code, "error").replace("_", " ").capitalize()
