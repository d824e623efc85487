"""Every error in one shape: problem details for machines, pages for people."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from psycopg.errors import DeadlockDetected, LockNotAvailable, QueryCanceled
from rest_framework import exceptions
from rest_framework.response import Response

from commerce.rest.problems import MACHINES, Problem, details

MEDIA_TYPE = "application/problem+json"


def handler(problem: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every error of ours in one shape."""
    headers: dict[str, str] = {}
    match problem:
        case Problem():
            body = details(problem.status, problem.code, problem.detail, **problem.facts)
            if "retry_after" in problem.facts:
                headers["Retry-After"] = str(problem.facts["retry_after"])
        case exceptions.ValidationError():
            errors = problem.get_full_details()
            body = details(400, "invalid", "the request has invalid fields", errors=errors)
        case exceptions.APIException():
            body = details(problem.status_code, problem.default_code, str(problem.detail))
            if challenge := getattr(problem, "auth_header", None):
                headers["WWW-Authenticate"] = challenge
        case Http404():
            body = details(404, "not_found", "there is nothing here")
        case PermissionDenied():
            body = details(403, "permission_denied", "you may not do this")
        case OperationalError():
            body = unavailable(problem)
            headers["Retry-After"] = "1"
        case _:
            return None
    return Response(body, status=body["status"], headers=headers, content_type=MEDIA_TYPE)


def unavailable(problem: OperationalError) -> dict[str, Any]:
    """What a database that could not do it now means to the caller: nothing happened, and trying again is safe."""
    if isinstance(problem.__cause__, DeadlockDetected | LockNotAvailable | QueryCanceled):
        return details(503, "busy", "others are changing the same thing; please try again")
    return details(503, "unavailable", "the service cannot be reached for a moment; please try again")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler of requests that cannot be understood."""
    if request.path.startswith(MACHINES):
        return answer(details(400, "bad_request", "the request cannot be understood"))
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler of addresses that lead nowhere."""
    if request.path.startswith(MACHINES):
        return answer(details(404, "not_found", "there is nothing here"))
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler of our own faults."""
    if request.path.startswith(MACHINES):
        return answer(details(500, "error", "something is wrong on our side"))
    return defaults.server_error(request)


def answer(body: dict[str, Any]) -> HttpResponse:
    """An error as an answer, outside of DRF."""
    return JsonResponse(body, status=body["status"], content_type=MEDIA_TYPE)
