"""Doors of machines open with and without a slash at their end: a redirect would lose what a POST carries."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.urls import is_valid_path

MACHINES = ("/api/v1/", "/hooks/")


class SlashMiddleware:
    """Reads an address of a machine that lacks its last slash as if it had it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Add the slash where only then there is a door."""
        path = request.path_info
        if (
            path.startswith(MACHINES)
            and not path.endswith("/")
            and not is_valid_path(path)
            and is_valid_path(f"{path}/")
        ):
            request.path_info, request.path = f"{path}/", f"{request.path}/"
        return self.get_response(request)
