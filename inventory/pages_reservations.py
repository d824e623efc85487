"""Keeping a thing in a store for her, and her place in line for the last ones: asked for on the product's page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commerce import clock
from commerce.carts.held import need
from commerce.carts.models import Cart, HandOff
from commerce.carts.pages import valid
from commerce.carts.showing import wanted_in
from commerce.carts.visits import cart_of, put_in
from commerce.catalog.models import Variant
from commerce.channels.models import Location
from commerce.customers.models import Person
from commerce.customers.people import people_of
from commerce.customers.sessions import person_of
from commerce.rest.authentication import actor_of
from commerce.rest.limits import knock
from commerce.rest.selling import channel_of
from inventory import reservations
from inventory.api_reservations import KEEPING, find, store
from inventory.models import Reservation, Stock
from inventory.reservations import LIVE, MOST_UNITS, Turn, turn_of
from inventory.window import in_language


class Wish(forms.Form):
    """What, where and how many."""

    sku = forms.CharField(max_length=60)
    location = forms.CharField(max_length=30)
    quantity = forms.IntegerField(min_value=1, max_value=MOST_UNITS)


class Keeping(Wish):
    """And until when, by the store's own clock."""

    until = forms.TimeField()


@dataclass(frozen=True)
class Shown:
    """A reservation with its place in line, if it waits."""

    reservation: Reservation
    turn: Turn | None
    title: str


def shown(found: Iterable[Reservation], *, at: datetime) -> list[Shown]:
    """Reservations as people read of them."""
    language = get_language() or "es"
    return [
        Shown(
            one,
            turn_of(one, at=at) if one.status == Reservation.Status.WAITING else None,
            in_language(one.stock.variant.product, "title", language),
        )
        for one in found
    ]


def standing(whose: Q) -> list[Reservation]:
    """What is kept or waited for, the oldest first."""
    whole = Reservation.objects.select_related("stock__variant__product", "stock__location", "person__root")
    return list(whole.filter(whose, status__in=LIVE).order_by("pk"))


def next_time(said: Any, *, location: Location, at: datetime) -> datetime:
    """When the store's clock says this time next: today, or tomorrow."""
    here = at.astimezone(ZoneInfo(location.timezone))
    until = here.replace(hour=said.hour, minute=said.minute, second=0, microsecond=0)
    return until if until > here else until + timedelta(days=1)


def keep_for(person: Person, said: Mapping[str, Any], *, request: HttpRequest) -> Reservation:
    """Keep what a form says for somebody; raises what reservations.keep() raises."""
    location, at = store(said["location"]), clock.now()
    return reservations.keep(
        get_object_or_404(Variant, sku=said["sku"], is_active=True),
        location=location,
        quantity=said["quantity"],
        until=next_time(said["until"], location=location, at=at),
        person=person,
        by=actor_of(request),
        channel=channel_of(request),
        at=at,
    )


def line_up(cart: Cart, variant: Variant, said: Mapping[str, Any], *, request: HttpRequest) -> Reservation:
    """Stand in line with a cart; raises what reservations.stand_in_line() raises."""
    made, _turn = reservations.stand_in_line(
        cart,
        variant=variant,
        location=store(said["location"]),
        quantity=said["quantity"],
        by=actor_of(request),
        channel=channel_of(request),
        at=clock.now(),
    )
    return made


def keep(request: HttpRequest, handle: str) -> HttpResponse:
    """Keep it for her in a store; who has not said who she is logs in first."""
    person = person_of(request)
    if person is None:
        return redirect(f"/account/login/?{urlencode({'next': f'/p/{handle}/'})}")
    said = valid(Keeping(request.POST))
    get_object_or_404(Variant, sku=said["sku"], product__handle=handle)
    knock(KEEPING, request)
    made = keep_for(person, said, request=request)
    messages.success(request, _("It is kept for you."))
    return redirect("reservation", public_id=made.public_id)


def wait(request: HttpRequest, handle: str) -> HttpResponse:
    """A place in line with the visit's cart, in which the thing lies then."""
    said = valid(Wish(request.POST))
    variant = get_object_or_404(Variant, sku=said["sku"], product__handle=handle, is_active=True)
    knock(KEEPING, request)
    cart = cart_of(request).first()
    if cart:
        need(request, HandOff.Scope.EDIT)
    if cart is None or variant.pk not in {want.variant_id for want in wanted_in(cart)}:
        cart = put_in(request, [(variant, said["quantity"])], at=clock.now())
    made = line_up(cart, variant, said, request=request)
    messages.success(request, _("You stand in line."))
    return redirect("reservation", public_id=made.public_id)


def reservation(request: HttpRequest, public_id: str) -> HttpResponse:
    """Where it stands now; its address is its key, and tells nothing of who she is."""
    [one] = shown([find(public_id)], at=clock.now())
    page = render(request, "inventory/reservation.html", {"one": one, "reservation": one.reservation})
    page.headers["Referrer-Policy"] = "same-origin"
    return page


def release(request: HttpRequest, public_id: str) -> HttpResponse:
    """She does not want it any more."""
    reservations.let_go(find(public_id), by=actor_of(request), channel=channel_of(request), at=clock.now())
    messages.success(request, _("It is for others again."))
    return redirect("reservation", public_id=public_id)


def on_product_page(request: HttpRequest, variant: Variant, *, lacking: list[int], at: datetime) -> dict[str, Any]:
    """What she has kept or waits for of this, and the stores that have none for whose last ones a line makes sense."""
    whose, person, cart = Q(), person_of(request), cart_of(request).first()
    if person:
        whose |= Q(person__in=people_of(person))
    if cart:
        whose |= Q(cart=cart)
    held = Stock.objects.filter(variant=variant, location__in=lacking, held__gt=0) if lacking else Stock.objects.none()
    return {
        "mine": shown(standing(whose & Q(stock__variant=variant)), at=at) if whose else [],
        "in_line_at": set(held.values_list("location_id", flat=True)),
        "most_units": MOST_UNITS,
        "may_keep": person is not None,
    }
