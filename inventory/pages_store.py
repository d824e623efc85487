"""The staff's page in a store: scan or search, and see what is here, what is elsewhere, and why."""

from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from commerce import clock
from commerce.catalog.models import Picture, Product, Variant
from commerce.catalog.pictures import picture_of
from commerce.catalog.search import find_by_words
from commerce.channels.models import Location, SalesChannel
from commerce.quotes.tags import price_tags
from commerce.rest.access import location_ids
from inventory import explaining
from inventory.models import Stock
from inventory.nearby import point_of
from inventory.picture import drawn
from inventory.places import nearest, own_place
from inventory.promise import outlook
from inventory.window import in_language

MOVED = {
    "received": _("received"),
    "sold": _("sold"),
    "shipped": _("shipped"),
    "collected": _("collected"),
    "returned": _("returned"),
    "transferred_out": _("transferred out"),
    "transferred_in": _("transferred in"),
    "counted": _("counted"),
    "adjusted": _("adjusted"),
    "damaged": _("damaged"),
    "corrected": _("corrected"),
}
LOCAL = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")
"""How a browser sends an instant that was chosen."""
MOST = 12
"""How many variants a search shows; a scan finds one."""


def own_stores(request: HttpRequest) -> QuerySet[Location]:
    """The places where this member of staff works; the back office works everywhere."""
    places = Location.objects.filter(is_active=True).exclude(kind=Location.Kind.TRANSIT)
    bound_to = location_ids(request)
    return places if bound_to is None else places.filter(pk__in=bound_to)


def own_store(request: HttpRequest, code: str) -> Location:
    """One of her places; any other is not found."""
    return get_object_or_404(own_stores(request), code=code)


def stores(request: HttpRequest) -> HttpResponse:
    """Her store at once, or the choice among hers."""
    places = list(own_stores(request))
    if len(places) == 1:
        return redirect("store", code=places[0].code)
    return render(request, "inventory/stores.html", {"stores": places})


def store(request: HttpRequest, code: str) -> HttpResponse:
    """What was scanned or searched for: price, units here, and units at every other place."""
    here, at, language = own_store(request, code), clock.now(), get_language() or "es"
    query = request.GET.get("q", "")[:80].strip()
    variants = scanned_or_found(query) if query else []
    places = list(Location.objects.filter(is_active=True).exclude(kind=Location.Kind.TRANSIT))
    looked = outlook([variant.pk for variant in variants], locations=places, at=at)
    seen = {one.location: one for one in looked}
    others, point = [place for place in places if place != here], point_of(here)
    near = nearest(others, point) if point else [(place, None) for place in others]
    channel = SalesChannel.objects.filter(Q(locations=here) | Q(kind="web")).order_by("-kind", "pk").first()
    ids = [variant.pk for variant in variants]
    tags = price_tags(ids, sales_channel=channel, location_id=here.pk, at=at, language=language) if channel else {}
    results = [
        {
            "variant": variant,
            "title": in_language(variant.product, "title", language),
            "picture": picture_of(variant, variant.product.pictures.all()),
            "tag": tags.get(variant.pk),
            "here": seen[here].now.get(variant.pk, 0),
            "coming": seen[here].expected.get(variant.pk, ()),
            "elsewhere": [(place, seen[place].now.get(variant.pk, 0), km) for place, km in near],
        }
        for variant in variants
    ]
    return render(request, "inventory/store.html", {"store": here, "tab": "stock", "query": query, "results": results})


def scanned_or_found(query: str) -> list[Variant]:
    """The variant whose barcode or SKU was scanned; otherwise those of the products that answer best."""
    query = query.replace("\0", "")
    pictures = Prefetch("product__pictures", Picture.objects.select_related("variant"))
    variants = Variant.objects.filter(is_active=True).select_related("product").prefetch_related(pictures)
    if exact := list(variants.filter(Q(barcode=query) | Q(sku__iexact=query))):
        return exact
    best = [product.pk for product in find_by_words(Product.objects.all(), query)[:MOST]]
    of_best = variants.filter(product__in=best).order_by("position")
    return sorted(of_best, key=lambda variant: best.index(variant.product_id))[:MOST]


def looked_up(request: HttpRequest) -> dict[str, Any]:
    """For a page's context: what it was asked for, and what fits that, each with its title."""
    query, language = request.GET.get("q", "")[:80].strip(), get_language() or "es"
    found = scanned_or_found(query) if query else []
    return {"query": query, "found": [(each, in_language(each.product, "title", language)) for each in found]}


def searched(page: str, query: str) -> str:
    """A page again, with what was searched for where it is not one thing."""
    return f"{page}?{urlencode({'q': query})}" if query else page


class AsOf(forms.Form):
    """An instant of the past, by the store's own clock, and when we knew what we are asked for."""

    at = forms.DateTimeField(required=False, input_formats=LOCAL)
    known_at = forms.DateTimeField(required=False, input_formats=LOCAL)


def explain(request: HttpRequest, code: str, sku: str) -> HttpResponse:
    """Why so many units can be sold here: the counters, and every hold, allocation and movement behind them.

    As of now, or of an instant; by all that we know today, or by what we knew at another one.
    """
    here = own_place(request, code)
    variant = get_object_or_404(Variant.objects.select_related("product"), sku=sku)
    shelf = Stock.objects.filter(variant=variant, location=here).first()
    form, now = AsOf(request.GET), clock.now()
    asked = form.cleaned_data if form.is_valid() else {}
    at, known_at = (
        moment and min(moment.replace(tzinfo=ZoneInfo(here.timezone)), now)
        for moment in (asked.get("at"), asked.get("known_at"))
    )
    why = explaining.explain(shelf, at=at or now, known_at=known_at) if shelf else None
    context = {
        "store": here,
        "tab": "stock",
        "variant": variant,
        "title": in_language(variant.product, "title", get_language() or "es"),
        "stock": shelf,
        "form": form,
        "is_past": bool(at or known_at),
        "at": at or now,
        "known_at": known_at,
        "why": why,
        "kinds": [(kind, MOVED.get(kind.kind, kind.kind)) for kind in why.kinds] if why else [],
        "holds": [(hold, why.owners.get(hold.demand)) for hold in why.holds] if why else [],
        "allocations": [(kept, why.owners.get(kept.demand)) for kept in why.allocations] if why else [],
        "coming": sum(max(line.quantity - line.received, 0) for line in why.arrivals) if why else 0,
        "held": sum(hold.quantity for hold in why.holds) if why else 0,
        "allocated": sum(allocation.quantity for allocation in why.allocations) if why else 0,
        "picture": drawn(why.latest, on_hand=why.on_hand, at=at or now) if why else None,
        "buffer": why.buffer_reason if why and why.buffer else None,
        "movements": [(moved, MOVED.get(moved.kind, moved.kind)) for moved in why.latest] if why else [],
    }
    return render(request, "inventory/explain.html", context)
