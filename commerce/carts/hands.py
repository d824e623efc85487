"""Whose hands are in a cart: which browser or device an edit came from, and how the others are told who it was."""

from collections.abc import Iterable
from operator import itemgetter
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.request import Request

from commerce.carts.happenings import (
    CartCouponApplied,
    CartCouponRemoved,
    CartQuoteApplied,
    CartQuoteRemoved,
    DiscountGiven,
    DiscountRemoved,
)
from commerce.carts.models import Cart
from commerce.channels.models import Device, StaffMember
from commerce.ids import digest
from commerce.timeline.models import Entry

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

OF_ITS_PRICE = (
    CartCouponApplied,
    CartCouponRemoved,
    CartQuoteApplied,
    CartQuoteRemoved,
    DiscountGiven,
    DiscountRemoved,
)
"""What changes what a cart costs, but none of its lines: told from the timeline, which knows who it was."""


def price_changes(cart: Cart, *, since: int) -> QuerySet[Entry]:
    """Codes, offers and discounts that came or went after a version, the latest first."""
    return Entry.objects.filter(
        journey=cart.journey_id,
        type__in=[change.type for change in OF_ITS_PRICE],
        data__cart=cart.public_id,
        data__version__gt=since,
    ).order_by("-number")


def edits_since(cart: Cart, version: int, *, hand: str, actor: str) -> list[dict[str, Any]]:
    """What was done to a cart after a version, and by whom; `own` says that it was the asker."""
    changes = list(price_changes(cart, since=version)[:LATEST])
    rows = cart.operations.filter(version__gt=version).select_related("variant").order_by("-version", "pk")[:LATEST]
    words = who_words([*(row.actor for row in rows), *(change.actor for change in changes)])
    of_its_price = [
        {
            "version": change.data["version"],
            "kind": change.type.partition(".")[2],
            "sku": "",
            "quantity": 0,
            "by": words[change.actor],
            "channel": change.channel,
            "own": change.actor == actor,
            "at": change.occurred_at,
        }
        for change in reversed(changes)
    ]
    of_its_lines = [
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
    return sorted(of_its_lines + of_its_price, key=itemgetter("version"))
