"""The warehouse's calls: it is here, when shall we bring it?"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.carts.pages import valid
from commerce.rest.authentication import actor_of
from commerce.rest.selling import channel_of
from inventory.pages_store import own_store
from inventory.promise import hand_over_at
from orders.api_delivery import owed
from orders.delivery import calls, slots
from orders.delivery.models import Slot
from orders.models import Fulfillment
from orders.pages_store import fulfillments_here


class Outcome(forms.Form):
    """What came of the call: a window of time, or nobody answered."""

    slot = forms.CharField(max_length=22, required=False)


@never_cache
def calls_page(request: HttpRequest, code: str) -> HttpResponse:
    """Who is to be called, the most urgent first, each with the windows that can be offered."""
    store, at = own_store(request, code), clock.now()
    parts = fulfillments_here(store).values_list("public_id", flat=True)
    listed = with_windows(
        owed(parts, by=actor_of(request), at=at), lambda part: reverse("store-call", args=[code, part]), at=at
    )
    return render(request, "orders/calls.html", {"store": store, "tab": "calls", "calls": listed})


def with_windows(
    found: Sequence[dict[str, Any]], address: Callable[[str], str], *, at: datetime
) -> list[dict[str, Any]]:
    """Calls that are owed, each with the windows that can be offered, and where its outcome is sent."""
    parts = Fulfillment.objects.filter(public_id__in=[call["fulfillment"] for call in found])
    leaves_at = {part.public_id: hand_over_at(part.location, at=at) for part in parts.select_related("location")}
    windows: dict[tuple[str, str, datetime], list[Slot]] = {}
    listed = []
    for call in found:
        where = (call["postal_code"], call["country"], leaves_at[call["fulfillment"]])
        if where not in windows:
            free = slots.open_slots(postal_code=where[0], country=where[1], after=where[2], at=at)
            windows[where] = list(free[: slots.MOST_SHOWN])
        listed.append(call | {"slots": windows[where], "address": address(call["fulfillment"])})
    return listed


def settle(request: HttpRequest, code: str, public_id: str) -> HttpResponse:
    """A window was agreed, or nobody answered."""
    store = own_store(request, code)
    keep_outcome(request, get_object_or_404(fulfillments_here(store), public_id=public_id))
    return redirect("store-calls", code=code)


def keep_outcome(request: HttpRequest, part: Fulfillment) -> None:
    """What came of a call."""
    said = valid(Outcome(request.POST))
    stamp: dict[str, Any] = {"by": actor_of(request), "channel": channel_of(request), "at": clock.now()}
    if said["slot"]:
        slots.agree(part, slots.find_for(part, said["slot"]), **stamp)
        messages.success(request, _("Agreed. She sees it in her account."))
    else:
        calls.tried(part.public_id, **stamp)
        messages.success(request, _("We will try again later."))
