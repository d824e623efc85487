"""Who may knock at which door: one table over all addresses, default deny.

The table speaks of doors only. Which objects somebody may reach behind a door is scoped in the door's own query:
what lies outside one's stores is a 404.
"""

from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from commerce.channels.models import Device, Role
from commerce.rest.doors import DOORS, PERSON, VISITOR


def role_of(request: HttpRequest | Request) -> str:
    """What the caller is: visitor, person (a logged-in shopper), or a role of the staff."""
    device = getattr(request, "auth", None)
    if isinstance(device, Device):
        return device.role
    if not request.user.is_authenticated:
        return VISITOR
    if request.user.is_superuser:
        return Role.BACK_OFFICE
    staff = getattr(request.user, "staff_member", None)
    return staff.role if staff else PERSON


def location_ids(request: HttpRequest | Request) -> set[int] | None:
    """The locations that a caller from the staff is bound to; None means all of them."""
    device = getattr(request, "auth", None)
    if isinstance(device, Device):
        return {device.location_id} if device.location_id else None
    staff = getattr(request.user, "staff_member", None)
    if role_of(request) in (Role.BACK_OFFICE, Role.AGENT):
        return None
    return set(staff.locations.values_list("pk", flat=True)) if staff else set()


def allowed(door: str, method: str, role: str) -> bool:
    """Whether the table opens a door for a role."""
    method = {"HEAD": "GET"}.get(method, method)
    return role in DOORS.get(door, {}).get(method, ())


class Rule(BasePermission):
    """The table, for the API: 405 where nobody has that method, 401 or 403 where the caller has not."""

    def has_permission(self, request: Request, view: object) -> bool:
        """Whether the caller may knock at all."""
        door = request.resolver_match.view_name if request.resolver_match else ""
        if request.method == "OPTIONS" or request.method not in DOORS.get(door, {}):
            return request.method in ("OPTIONS", "HEAD") or door in DOORS
        return allowed(door, request.method or "", role_of(request))


class AccessMiddleware:
    """The table, for pages: somebody unknown is asked to log in, somebody else finds nothing there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponseBase | None:
        """Opens the door or not, before the view runs."""
        match = request.resolver_match
        if match is None or hasattr(view, "cls"):  # the API's views check for themselves, after authenticating
            return None
        door = f"{match.app_name}:*" if match.app_name else match.view_name
        method = request.method or ""
        if method not in DOORS.get(door, {}) and method != "HEAD" and door in DOORS:
            return HttpResponse(status=405)
        role = role_of(request)
        if allowed(door, method, role):
            return None
        if role == VISITOR and any(DOORS.get(door, {}).values()):
            return redirect_to_login(request.get_full_path())
        raise Http404
