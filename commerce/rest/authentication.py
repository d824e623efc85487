"""Who calls the API: a person or staff member by session, a machine by its device key."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from commerce.channels.models import Device
from commerce.ids import digest
from commerce.timeline.actors import VISITOR, Actor


class SessionAuthentication(authentication.SessionAuthentication):
    """DRF's own, but anonymous writes are CSRF-checked as well: a visitor's cart is worth protecting, too."""

    def authenticate_header(self, request: Request) -> str:
        """Makes DRF answer 401 instead of 403 to somebody who has not logged in."""
        return "Session"


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
