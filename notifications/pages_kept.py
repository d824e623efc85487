"""Keeping something in a store for who is on the phone, or a place in line with her cart."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from commerce import clock
from commerce.carts.pages import valid
from commerce.carts.showing import usable_cart_of
from commerce.catalog.models import Variant
from commerce.channels.models import Location
from commerce.customers.models import Person
from commerce.customers.people import people_of
from commerce.rest.authentication import actor_of
from commerce.rest.selling import channel_of
from inventory import reservations
from inventory.models import Reservation
from inventory.pages_reservations import Keeping, Wish, keep_for, line_up, shown, standing
from inventory.reservations import MOST_UNITS
from notifications.gate import person_named


def of_person(person: Person) -> Q:
    """What is hers, whoever she was when she asked, and what her cart waits for."""
    return Q(person__in=people_of(person)) | Q(cart__person__in=people_of(person))


def kept_for(person: Person, *, at: datetime) -> dict[str, Any]:
    """What the desk shows of it, and the stores that can keep something."""
    return {
        "kept": shown(standing(of_person(person)), at=at),
        "stores": Location.objects.filter(is_active=True, offers_pickup=True).order_by("name"),
        "most_units": MOST_UNITS,
    }


def desk_kept(request: HttpRequest, public_id: str, what: str) -> HttpResponse:
    """Keep it for her, put her in line, or release what is kept."""
    person = person_named(public_id)
    back = redirect(f"{request.path.split('/kept/')[0]}/#kept")
    match what:
        case "keep":
            keep_for(person, valid(Keeping(request.POST)), request=request)
            messages.success(request, _("It is kept for her."))
        case "line":
            said, cart = valid(Wish(request.POST)), usable_cart_of(person)
            if cart is None:
                messages.error(request, _("Put it into her cart first: the line is for carts."))
                return back
            line_up(cart, get_object_or_404(Variant, sku=said["sku"], is_active=True), said, request=request)
            messages.success(request, _("She stands in line."))
        case "release":
            of_hers = Reservation.objects.filter(pk__in=[one.pk for one in standing(of_person(person))])
            kept = get_object_or_404(of_hers.select_related("stock"), public_id=request.POST.get("reservation", ""))
            reservations.let_go(kept, by=actor_of(request), channel=channel_of(request), at=clock.now())
            messages.success(request, _("It is for others again."))
        case _:
            raise Http404
    return back
