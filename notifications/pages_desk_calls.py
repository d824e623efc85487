"""The calls that are owed, on the desk: for agents who call instead of the warehouse."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.rest.authentication import actor_of
from orders.api_delivery import owed
from orders.models import Fulfillment
from orders.pages_calls import keep_outcome, with_windows


@never_cache
def desk_calls(request: HttpRequest) -> HttpResponse:
    """Everybody who is to be called, or written to where there is no phone, the most urgent first."""
    found = owed(Fulfillment.objects.values_list("public_id", flat=True), by=actor_of(request), at=clock.now())
    calls = with_windows(found, lambda part: reverse("desk-call", args=[part]), at=clock.now())
    return render(request, "notifications/desk_calls.html", {"calls": calls})


def desk_call(request: HttpRequest, part: str) -> HttpResponse:
    """A window was agreed, or nobody answered."""
    whole = Fulfillment.objects.select_related("order__person", "order__sales_channel", "address", "location")
    keep_outcome(request, get_object_or_404(whole, public_id=part))
    return redirect("desk-calls")
