"""What a store prepares and hands over, and what its staff may tell somebody who calls."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.carts.pages import valid
from commerce.channels.models import Location
from commerce.customers import disclosure
from commerce.customers.addresses import kind_of
from commerce.rest.access import location_ids
from commerce.rest.authentication import actor_of
from commerce.rest.selling import channel_of
from inventory.pages_store import own_store
from orders import pickups, rerouting, sending, shipments
from orders.delivery import booking
from orders.delivery.models import Booking
from orders.lifecycle import IN_OUR_HANDS, TO_PICK
from orders.lookup import one_order, ready_times, try_fact
from orders.models import Fulfillment
from orders.picking import picking_list
from orders.sourced import why_here

Way = Fulfillment.Status
TAKEN = "take:"
MOST_UNITS = 999_999


class Proof(forms.Form):
    """What is said at the counter: the code, or the order's number and the name."""

    code = forms.CharField(max_length=20, required=False)
    order_number = forms.CharField(max_length=20, required=False)
    name = forms.CharField(max_length=120, required=False)


class Parcel(forms.Form):
    """Who takes a parcel, and under which number."""

    carrier = forms.CharField(max_length=30)
    tracking_number = forms.CharField(max_length=60)


class Carrier(forms.Form):
    """Who is asked to take a parcel."""

    carrier = forms.CharField(max_length=30)


class Question(forms.Form):
    """The email or phone number that somebody gives, and what else she knows of her order."""

    address = forms.CharField(max_length=254)
    proof = forms.CharField(max_length=20, required=False)


def fulfillments_here(store: Location) -> QuerySet[Fulfillment]:
    """What leaves from this store, with what staff see of it."""
    mine = Fulfillment.objects.filter(Q(location=store) | Q(comes_from=store))
    return mine.select_related("order__person", "order__sales_channel", "address", "location", "comes_from")


@never_cache
def to_do(request: HttpRequest, code: str) -> HttpResponse:
    """What is to be prepared, the most urgent first, and what waits to be handed over."""
    store = own_store(request, code)
    open_parts = (
        fulfillments_here(store)
        .filter(status__in=IN_OUR_HANDS)
        .prefetch_related("lines__order_line", Prefetch("bookings", Booking.objects.defer("label").order_by("-pk")))
        .order_by("promised_for", "pk")
    )
    parts = list(open_parts)
    people = [part.order.person_id for part in parts]
    disclosure.note_each(people, what="pickups of a store", by=actor_of(request), at=clock.now())
    context = {
        "store": store,
        "tab": "pickups",
        "to_prepare": [
            part for part in parts if part.status in TO_PICK and store == (part.comes_from or part.location)
        ],
        "coming": [part for part in parts if part.comes_from and part.location == store and part.status != Way.READY],
        "ready": [part for part in parts if part.status == Way.READY and part.location == store],
        "why": why_here(parts),
        "books": bool(settings.CARRIER_API_BASE),
    }
    return render(request, "orders/pickups.html", context)


@never_cache
def picking(request: HttpRequest, code: str) -> HttpResponse:
    """What to take from the shelves, each article once, for the most urgent orders."""
    store = own_store(request, code)
    page = request.GET.get("page", "1")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 5 else 1
    context = {"store": store, "tab": "pickups", "list": picking_list(store, page=max(number, 1))}
    return render(request, "orders/picking.html", context)


def step(request: HttpRequest, code: str, public_id: str, what: str) -> HttpResponse:
    """One step of a fulfillment: pick, cannot-find, send, ready, collect, book, hand-over."""
    store = own_store(request, code)
    part = get_object_or_404(fulfillments_here(store), public_id=public_id)
    stamp: dict[str, Any] = {"by": actor_of(request), "channel": channel_of(request), "at": clock.now()}
    match what:
        case "pick":
            pickups.start_picking(part, **stamp)
        case "cannot-find":
            others = rerouting.cannot_find(part, **stamp)
            messages.success(request, _("Others take over.") if others else _("Nobody has it. The shopper is told."))
        case "send":
            sending.send(part, **stamp)
            messages.success(request, _("It is on its way to the store."))
        case "ready":
            pickups.mark_ready(part, **stamp)
            messages.success(request, _("The shopper is told that it is ready."))
        case "collect":
            pickups.collect(part, **valid(Proof(request.POST)), lines=taken(request), **stamp)
            messages.success(request, _("Handed over."))
        case "book":
            made = booking.ask(part, **valid(Carrier(request.POST)), **stamp)
            told = _("Parcel %(number)s is booked.") if made.tracking_number else _("The carrier is asked.")
            messages.success(request, told % {"number": made.tracking_number})
        case "hand-over":
            shipments.hand_over(part, **valid(Parcel(request.POST)), **stamp)
            messages.success(request, _("Handed over."))
        case _:
            raise Http404
    return redirect("store-pickups", code=code)


def taken(request: HttpRequest) -> dict[str, int] | None:
    """What she takes of a pickup, SKU → units, where the page names any; nothing named is all of it."""
    named = [name for name in request.POST if name.startswith(TAKEN)]
    if not named:
        return None
    form = forms.Form(request.POST)
    form.fields = {name: forms.IntegerField(min_value=0, max_value=MOST_UNITS) for name in named}
    return {name.removeprefix(TAKEN): units for name, units in valid(form).items() if units}


@never_cache
def look_up(request: HttpRequest, code: str) -> HttpResponse:
    """Somebody calls and gives an address: the ready time and no more, until she knows the order's number or code.

    The question is sent as a form, so that no address stands in an address bar or log.
    """
    store = own_store(request, code)
    context: dict[str, Any] = {"store": store, "tab": "look-up"}
    form = Question(request.POST or None)
    if request.method == "POST" and form.is_valid():
        address, proof = form.cleaned_data["address"], form.cleaned_data["proof"].strip()
        kind = kind_of(address)
        asked: dict[str, Any] = {
            "locations": location_ids(request),
            "by": actor_of(request),
            "channel": channel_of(request),
            "at": clock.now(),
        }
        context |= {"address": address, "asked": True}
        if proof:
            try_fact(address, kind=kind, by=asked["by"])
            said = {"number": proof} if proof.isdigit() else {"code": proof}
            order = one_order(kind, address, **said, **asked)
            context |= {
                "order": order,
                "lines": order.lines.all(),
                "parts": order.fulfillments.select_related("location"),
            }
        else:
            context["parts"] = ready_times(kind, address, **asked)
    return render(request, "orders/look_up.html", context)
