"""What a store keeps for people, and who stands in line there: kept, handed over by a sale, and released."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.carts.pages import valid
from commerce.customers import disclosure
from commerce.rest.authentication import actor_of
from commerce.rest.selling import channel_of
from inventory import reservations
from inventory.models import Reservation
from inventory.pages_reservations import keep_for, shown, standing
from inventory.pages_store import own_store
from inventory.reservations import MOST_UNITS
from orders.pages_known import known_here
from orders.pages_till import basket_of, keep_basket, kept_slot


class Keeping(forms.Form):
    """What is kept here for who stands at the counter, and until when."""

    sku = forms.CharField(max_length=60)
    quantity = forms.IntegerField(min_value=1, max_value=MOST_UNITS)
    until = forms.TimeField()


@never_cache
def reserved(request: HttpRequest, code: str) -> HttpResponse:
    """What is kept here and who waits, the oldest first; a clerk keeps something for a customer she knows."""
    store, at = own_store(request, code), clock.now()
    her = known_here(request, store)
    if request.method == "POST":
        if her is None:
            messages.error(request, _("Say first for whom: a customer we know."))
        else:
            keep_for(her, valid(Keeping(request.POST)) | {"location": store.code}, request=request)
            messages.success(request, _("It is kept for her."))
        return redirect("store-reservations", code=code)
    found = standing(Q(stock__location=store))
    people = [one.person_id for one in found if one.person_id]
    disclosure.note_each(people, what="what a store keeps", by=actor_of(request), at=at)
    context: dict[str, Any] = {
        "store": store,
        "tab": "reservations",
        "what": "reservations",
        "her": her,
        "all": shown(found, at=at),
        "most_units": MOST_UNITS,
    }
    return render(request, "orders/reserved.html", context)


def step(request: HttpRequest, code: str, public_id: str, what: str) -> HttpResponse:
    """Hand it over (its sale at the till takes it), or release it."""
    store = own_store(request, code)
    whole = Reservation.objects.select_related("stock__variant")
    one = get_object_or_404(whole, public_id=public_id, stock__location=store)
    match what:
        case "sell" if one.status == Reservation.Status.KEPT:
            basket, sku, slot = basket_of(request, store), one.stock.variant.sku, kept_slot(store)
            handed_over = request.session.get(slot, [])
            if public_id not in handed_over:
                keep_basket(request, store, basket | {sku: basket.get(sku, 0) + one.quantity})
                request.session[slot] = [*handed_over, public_id]
            return redirect("store-sell", code=code)
        case "release":
            reservations.let_go(one, by=actor_of(request), channel=channel_of(request), at=clock.now())
            messages.success(request, _("It is for others again."))
        case "sell":
            raise reservations.ReservationEnded("this reservation is over")
        case _:
            raise Http404
    return redirect("store-reservations", code=code)
