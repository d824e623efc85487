"""What all pages share: the shop's look, and refusals told in the reader's language."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme

from commerce.channels.models import Role
from commerce.refusals import sentence
from commerce.rest.access import role_of
from commerce.rest.problems import Problem

HOMES: dict[str, str] = {
    Role.BACK_OFFICE: "/admin/",
    Role.STORE: "/store/",
    Role.WAREHOUSE: "/store/",
    Role.AGENT: "/desk/",
}


def look(request: HttpRequest) -> dict[str, Any]:
    """Context of every template: the shop's name, and where a member of staff works."""
    return {
        "shop_name": settings.SHOP_NAME,
        "staff_home": SimpleLazyObject(lambda: HOMES.get(role_of(request), "") if hasattr(request, "user") else ""),
    }


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without this browser's token: sent from elsewhere, or from a page that stood open for too long."""
    return render(request, "403.html", status=403)


def by_htmx(request: HttpRequest) -> bool:
    """Whether a part of a page was asked for, not a whole one."""
    return request.headers.get("HX-Request") == "true"


class RefusalMiddleware:
    """What a use case refused, as a page: so that no page needs a try.

    After a form was sent, the reader is back where she was, with the reason above; a link that is refused (expired,
    say) gets a page of its own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The answer to a refusal; anything else goes on as a fault of ours."""
        match exception:
            case Problem():
                text, status = refusal(exception), exception.status
            case OperationalError() if "lock timeout" in str(exception) or "deadlock" in str(exception):
                text, status = sentence("busy", "please try again", {}), 503
            case _:
                return None
        if request.method != "POST":
            return render(request, "problem.html", {"sentence": text, "back": "/"}, status=status)
        messages.error(request, text)
        if by_htmx(request):
            return HttpResponse(headers={"HX-Refresh": "true"})
        return redirect(came_from(request))


def refusal(problem: Problem) -> str:
    """What a use case refused, in the reader's language."""
    return sentence(problem.code, problem.detail, problem.facts)


def came_from(request: HttpRequest) -> str:
    """The page of ours on which a form was sent; the shop window if we cannot tell."""
    referer = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure())
    return referer if ours else "/"
