"""Whose hands are in a cart: which browser or device an edit came from, and how the others are told who it was."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.request import Request

from commerce.carts.models import Cart
from commerce.channels.models import Device, StaffMember
from commerce.ids import digest

SHOPPERS = ("visitor", "person")
"""Kinds of actors. A log-in that is nobody's, such as an administrator's, is the shop."""


def hand_of(request: HttpRequest | Request) -> str:
    """Which of several hands this is: the device, or the browser's session; nothing for a caller without either."""
    device = getattr(request, "auth", None)
    if isinstance(device, Device):
        return device.public_id
    session = getattr(request, "session", None)
    return digest(f"hand {session.session_key}")[:22] if session and session.session_key else ""


def who_words(actors: Iterable[str]) -> dict[str, str]:
    """Actors as those who share a cart are told: the shopper, a clerk by first name and store, a till by its name."""
    asked = set(actors)
    words = {actor: _("the shopper") for actor in asked if actor.partition(":")[0] in SHOPPERS}
    staff = {actor.partition(":")[2]: actor for actor in asked if actor.startswith("staff:")}
    if staff:
        members = StaffMember.objects.filter(pk__in=staff).select_related("user").prefetch_related("locations")
        words |= {staff[str(member.pk)]: staff_words(member) for member in members}
    devices = {actor.partition(":")[2]: actor for actor in asked if actor.startswith("device:")}
    if devices:
        rows = Device.objects.filter(public_id__in=devices).values_list("public_id", "name")
        words |= {devices[public_id]: name for public_id, name in rows}
    return {actor: words.get(actor, _("the shop")) for actor in asked}


def staff_words(member: StaffMember) -> str:
    """Somebody of the staff by her first name, and where she works."""
    name, places = member.user.first_name or member.user.username, list(member.locations.all())
    if len(places) == 1:
        return _("%(name)s at %(store)s") % {"name": name, "store": places[0].name}
    return _("%(name)s at the call center") % {"name": name} if member.role == "agent" else name


LATEST = 100


def edits_since(cart: Cart, version: int, *, hand: str) -> list[dict[str, Any]]:
    """What was done to a cart's lines after a version, and by whom; `own` says that it was the asker."""
    rows = cart.operations.filter(version__gt=version).select_related("variant").order_by("-version", "pk")[:LATEST]
    words = who_words(row.actor for row in rows)
    return [
        {
            "version": row.version,
            "kind": row.kind,
            "sku": row.variant.sku,
            "quantity": row.quantity,
            "by": words[row.actor],
            "channel": row.channel,
            "own": bool(hand) and row.hand == hand,
            "at": row.at,
        }
        for row in reversed(rows)
    ]
