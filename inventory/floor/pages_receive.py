"""Goods that a supplier brings: of a purchase order or of none, scanned or typed, and booked under a delivery note."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db.models import Count, F, Min, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.carts.pages import valid
from commerce.channels.models import Location
from commerce.rest.authentication import actor_of
from inventory import incoming
from inventory.floor import tally
from inventory.floor.tally import Said, Tally
from inventory.models import Incoming
from inventory.pages_store import looked_up, own_store

JOB = "receive"


class Note(forms.Form):
    """The number of the delivery note, and the purchase order it is of."""

    reference = forms.CharField(max_length=40)
    order = forms.CharField(max_length=60, required=False)


@never_cache
def receive(request: HttpRequest, code: str) -> HttpResponse:
    """What is ordered, and what was scanned of a delivery; sent with “book” it is on the shelf."""
    store, at = own_store(request, code), clock.now()
    asked = request.POST if request.method == "POST" else request.GET
    order = asked.get("order", "")[:60].replace("\0", "").strip()
    job = f"{JOB}:{order}"
    before = tally.kept(request, store, job)
    if request.method == "POST":
        heard = tally.listen(request, before, at=at)
        tally.keep(request, store, job, heard.tally)
        here = {"order": order} if order else {}
        if request.POST.get("do") == "all":
            missing = {sku: ordered - came for sku, (ordered, came) in ordered_of(store, order).items()}
            tally.keep(request, store, job, {sku: Said(units, at) for sku, units in missing.items()})
        elif request.POST.get("do") == "book":
            book(request, store, heard.tally)
            tally.keep(request, store, job, {})
            here = {}
        return redirect(address(store, here | ({"q": heard.query} if heard.query else {})))
    ordered = ordered_of(store, order) if order else {}
    context: dict[str, Any] = {
        "store": store,
        "tab": "receive",
        "orders": [] if order else orders_of(store),
        "order": order,
        "rows": [
            (row, ordered.get(row.variant.sku))
            for row in tally.rows_of(
                dict.fromkeys(ordered) | {sku: said.units for sku, said in before.items()}, get_language() or "es"
            )
        ],
        **looked_up(request),
    }
    return render(request, "floor/receive.html", context)


def address(store: Location, query: dict[str, str]) -> str:
    """This page again."""
    page = reverse("store-receive", args=[store.code])
    return f"{page}?{urlencode(query)}" if query else page


def book(request: HttpRequest, store: Location, said: Tally) -> None:
    """Book what was said to have come; told again under the same delivery note it changes nothing."""
    note = valid(Note(request.POST))
    goods = tally.goods_of(said)
    if not goods:
        messages.error(request, _("Nothing is on the list yet."))
        return
    new = incoming.arrive(
        goods,
        location_id=store.pk,
        reference=note["order"],
        reason=note["reference"],
        key=f"receipt:{store.pk}:{note['reference']}",
        by=actor_of(request),
        at=clock.now(),
    )
    if new:
        messages.success(request, _("%(units)s units are on the shelf.") % {"units": sum(goods.values())})
    else:
        messages.warning(request, _("This delivery note was booked before; nothing was changed."))


def lines_from_suppliers(store: Location) -> QuerySet[Incoming]:
    """What suppliers still owe this place."""
    return Incoming.objects.filter(stock__location=store, ended_at__isnull=True, source__isnull=True)


def orders_of(store: Location) -> list[Any]:
    """The purchase orders that are open here, the earliest first."""
    lines = lines_from_suppliers(store).values("reference")
    sums = lines.annotate(
        articles=Count("pk"), units=Sum(F("quantity") - F("received")), expected_at=Min("expected_at")
    )
    return list(sums.order_by(F("expected_at").asc(nulls_last=True), "reference")[:50])


def ordered_of(store: Location, order: str) -> dict[str, tuple[int, int]]:
    """SKU → how much was ordered under a number, and how much of it has come."""
    lines = lines_from_suppliers(store).filter(reference=order).order_by("pk")
    return {
        sku: (ordered, came) for sku, ordered, came in lines.values_list("stock__variant__sku", "quantity", "received")
    }
