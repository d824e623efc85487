"""A tablet that stands in a store for everybody: nothing of one person's visit is there for the next.

A visit is the browser's session: cart, wishes, chat, log-in, what is still to be told. On a kiosk it ends with the
button, at log-out, or by itself when nobody has touched the screen for two minutes, and the session with it. Pages that
ask again by themselves are no touch. No page is kept by the browser, so that the way back shows nothing either.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import rotate_token
from django.utils import translation
from django.utils.dateparse import parse_datetime

from commerce import clock
from commerce.customers.sessions import KIOSK, close_session

IDLE = timedelta(minutes=2)
MARGIN = 3
"""Seconds after which a page that was left lying looks for itself whether the visit is over."""

POLLS = frozenset({"cart-live", "chat-news"})


def is_kiosk(request: HttpRequest) -> bool:
    """Whether everybody uses this browser; whoever sends no session is not asked for one."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES and KIOSK in request.session


def start(request: HttpRequest, *, store: str, at: datetime) -> None:
    """Make this browser a kiosk of a store; whoever set it up is logged out."""
    close_session(request)
    request.session[KIOSK] = {"store": store, "touched_at": at.isoformat()}


def stop(request: HttpRequest) -> None:
    """Make this browser an ordinary one again."""
    request.session.pop(KIOSK, None)


def end_visit(request: HttpRequest, *, at: datetime) -> None:
    """Let nothing of this visit pass to the next; the browser stays a kiosk."""
    close_session(request)
    rotate_token(request)
    request.COOKIES.pop(settings.LANGUAGE_COOKIE_NAME, None)
    translation.activate(translation.get_language_from_request(request))
    touch(request, at=at)


def touch(request: HttpRequest, *, at: datetime) -> None:
    """Somebody stands before the screen."""
    request.session[KIOSK] = request.session[KIOSK] | {"touched_at": at.isoformat()}


def is_over(request: HttpRequest, *, at: datetime) -> bool:
    """Whether nobody has touched the screen for too long."""
    touched_at = parse_datetime(request.session[KIOSK]["touched_at"])
    return touched_at is None or at - touched_at >= IDLE


class KioskMiddleware:
    """Ends visits on kiosks by themselves, before anything of the last one is looked at."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        was_left = is_kiosk(request) and is_over(request, at=clock.now())
        response = self.get_response(request)
        if was_left and settings.LANGUAGE_COOKIE_NAME not in response.cookies:  # unless the first touch chose one
            forget_language(response)
        if is_kiosk(request):
            response.headers["Cache-Control"] = "no-store"
            response.headers["Refresh"] = f"{int(IDLE.total_seconds()) + MARGIN}; url=/"
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponse | None:
        """The view itself; or the way to the first page, for a page of the last visit that asks for news."""
        if not is_kiosk(request):
            return None
        at, name = clock.now(), request.resolver_match.view_name if request.resolver_match else ""
        if is_over(request, at=at):
            end_visit(request, at=at)
            if name in POLLS:
                return HttpResponse(status=204, headers={"HX-Redirect": "/"})
        elif name not in POLLS:
            touch(request, at=at)
        return None


def forget_language(response: HttpResponseBase) -> None:
    """The next one reads the shop's own language."""
    response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
