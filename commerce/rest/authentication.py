"""Who calls the API: a person or staff member by session, a machine by its device key."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from rest_framework import authentication, exceptions
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from commerce.channels.models import Device
from commerce.ids import digest
from commerce.timeline.actors import VISITOR, Actor


class SessionAuthentication(authentication.SessionAuthentication):
    """A person or a member of the staff who has logged in, guarded by Django's CSRF token.

    A visitor has no token, but her session holds her cart and her log-in code: so what a browser sends for another
    site's page is refused for her, too. Machines send none of these headers.
    """

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        """Who has logged in, or nobody; raises PermissionDenied for a write that another site's page makes."""
        known = super().authenticate(request)
        if known is None and request.method not in SAFE_METHODS and is_from_another_site(request):
            raise exceptions.PermissionDenied("the page of another site may not do this")
        return known

    def authenticate_header(self, request: Request) -> str:
        """Makes DRF answer 401 instead of 403 to somebody who has not logged in."""
        return "Session"


def is_from_another_site(request: Request) -> bool:
    """Whether a browser says that somebody else's page sent this."""
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        return True
    ours = {f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS}
    return request.headers.get("Origin", settings.PUBLIC_URL) not in ours


class DeviceKeyAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer <key>` of a till or another machine."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Device] | None:
        header = request.headers.get("Authorization", "")
        if not header.startswith("Bearer "):
            return None
        device = (
            Device.objects.select_related("location")
            .filter(key_digest=digest(header.removeprefix("Bearer ").strip()), revoked_at__isnull=True)
            .first()
        )
        if device is None:
            raise exceptions.AuthenticationFailed("this device key is not known, or was revoked")
        return AnonymousUser(), device

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def actor_of(request: HttpRequest | Request) -> Actor:
    """The caller of an API or page as the timeline names it."""
    device = getattr(request, "auth", None)
    if isinstance(device, Device):
        return Actor("device", device.public_id)
    if not request.user.is_authenticated:
        return VISITOR
    if hasattr(request.user, "staff_member"):
        return Actor("staff", str(request.user.staff_member.pk))
    if hasattr(request.user, "person"):
        return Actor("person", request.user.person.public_id)
    return Actor("user", str(request.user.pk))
