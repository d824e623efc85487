"""Who may knock at which door: one table over all addresses, default deny.

The table speaks of doors only. Which objects somebody may reach behind a door is scoped in the door's own query:
what lies outside one's stores is a 404.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import resolve_url
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from commerce.channels import second_factor
from commerce.channels.models import Device, Location, Role
from commerce.rest.doors import DOORS, PERSON, VISITOR
from commerce.rest.problems import MACHINES

LOGIN = {True: "account_login", False: "staff_login"}
"""Where an unknown caller is sent: shoppers have a log-in of their own."""


def role_of(request: HttpRequest | Request) -> str:
    """What the caller is: visitor, person (a logged-in shopper), or a role of the staff."""
    device = getattr(request, "auth", None)
    if isinstance(device, Device):
        return device.role
    if not request.user.is_authenticated:
        return VISITOR
    staff = getattr(request.user, "staff_member", None)
    role = Role.BACK_OFFICE if request.user.is_superuser else staff.role if staff else PERSON
    if role == PERSON or second_factor.is_passed(request.user, role, session=getattr(request, "session", {})):
        return str(role)
    return VISITOR  # a password alone opens what everybody may see


def location_ids(request: HttpRequest | Request) -> set[int] | None:
    """The locations that a caller from the staff is bound to; None means all of them."""
    device = getattr(request, "auth", None)
    if isinstance(device, Device):
        return {device.location_id} if device.location_id else None
    match role_of(request):
        case Role.BACK_OFFICE | Role.AGENT:
            return None
        case Role.STORE | Role.WAREHOUSE:
            return set(Location.objects.filter(staffmember__user=request.user.pk).values_list("pk", flat=True))
        case _:
            return set()


def door_of(request: HttpRequest | Request) -> str:
    """The name under which an address stands in the table; all of the admin is one door."""
    match = request.resolver_match
    if match is None:
        return ""
    return f"{match.app_name}:*" if match.app_name else match.view_name


def allowed(door: str, method: str, role: str) -> bool:
    """Whether the table opens a door for a role."""
    return role in DOORS.get(door, {}).get(as_listed(method), ())


def as_listed(method: str) -> str:
    """A method as the table names it: who may GET may ask for the HEAD of it."""
    return "GET" if method == "HEAD" else method


class Rule(BasePermission):
    """The table, for the API: 405 where nobody has that method, 401 or 403 where the caller has not."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the caller may knock at all; raises MethodNotAllowed."""
        door, method = door_of(request), request.method or ""
        if door in DOORS and as_listed(method) not in DOORS[door]:
            raise MethodNotAllowed(method)
        return allowed(door, method, role_of(request))


class AccessMiddleware:
    """The table, for pages: somebody unknown is asked to log in, somebody else finds nothing there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # PostgreSQL takes no NUL, and no address of ours has one. (The API's fields name it where it stands.)
        if "\0" in request.path_info:
            raise Http404
        if "%00" in request.META.get("QUERY_STRING", "") and not request.path_info.startswith(MACHINES):
            raise BadRequest("a parameter contains a NUL character")
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponseBase | None:
        """Opens the door or not, before the view runs."""
        if request.resolver_match is None or hasattr(view, "cls"):  # the API asks Rule, after authenticating
            return None
        door, method = door_of(request), request.method or ""
        methods = DOORS.get(door, {})
        if methods and as_listed(method) not in methods:
            return HttpResponseNotAllowed(methods)
        role = role_of(request)
        if allowed(door, method, role):
            return None
        if role == VISITOR and methods:
            is_for_shoppers = any(PERSON in roles for roles in methods.values())
            return redirect_to_login(request.get_full_path(), resolve_url(LOGIN[is_for_shoppers]))
        raise Http404
