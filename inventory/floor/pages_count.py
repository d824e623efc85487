"""Counting shelves, and saying why units are missing."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.carts.pages import valid
from commerce.channels.models import Location
from commerce.ids import public_id
from commerce.rest.authentication import actor_of
from commerce.rest.fields import check_meant
from inventory import ledger
from inventory.floor import shrinkage, tally
from inventory.floor.shrinkage import What
from inventory.floor.tally import Tally
from inventory.ledger import Count, count_key
from inventory.pages_store import LOCAL, looked_up, own_store, searched
from inventory.to_count import suggested

JOB = "count"
SUGGESTED = 12
WHY = {
    "negative": gettext_lazy("below zero"),
    "in_doubt": gettext_lazy("in doubt"),
    "never_counted": gettext_lazy("never counted"),
    "moved_since": gettext_lazy("moved while it was counted"),
    "disputed": gettext_lazy("often differs"),
}


class Taken(forms.Form):
    """When it was counted, if not as it was typed, and why it differs, if she knows; or why units are gone."""

    taken_at = forms.DateTimeField(required=False, input_formats=LOCAL, validators=[check_meant])
    reason = forms.CharField(max_length=40, required=False)
    what = forms.ChoiceField(choices=What.choices, required=False)
    key = forms.CharField(max_length=22, required=False)


@never_cache
def count(request: HttpRequest, code: str) -> HttpResponse:
    """What is worth counting, and the list of what was counted; sent with “book” the shelves have it."""
    store, at, language = own_store(request, code), clock.now(), get_language() or "es"
    before = tally.kept(request, store, JOB)
    if request.method == "POST":
        heard = tally.listen(request, before, at=at)
        tally.keep(request, store, JOB, heard.tally)
        if request.POST.get("do") == "book":
            tally.keep(request, store, JOB, book(request, store, heard.tally, at=at))
        elif request.POST.get("do") == "write-off":
            tally.keep(request, store, JOB, write_off(request, store, heard.tally, at=at))
        return redirect(searched(request.path, heard.query))
    context = {
        "store": store,
        "tab": "count",
        "rows": tally.rows_of({sku: said.units for sku, said in before.items()}, language),
        "suggested": [
            (one, WHY.get(one.why, one.why)) for one in suggested(store.pk, most=SUGGESTED) if one.sku not in before
        ],
        "reasons": shrinkage.reasons(language),
        "whats": What.choices,
        "key": public_id(),
        **looked_up(request),
    }
    return render(request, "floor/count.html", context)


def book(request: HttpRequest, store: Location, said: Tally, *, at: datetime) -> Tally:
    """Book counts, each of the instant when it was typed, or all of the time that was said; returns what is left."""
    form = valid(Taken(request.POST))
    together = form["taken_at"] and form["taken_at"].replace(tzinfo=ZoneInfo(store.timezone))
    if together and together > at:
        messages.error(request, _("This time lies in the future."))
        return said
    reason = shrinkage.reason_named(form["reason"]).code if form["reason"] else ""
    variants = tally.variants_of(said)
    counts = []
    for sku, one in said.items():
        if one.units is not None and sku in variants:
            when, variant = together or one.at, variants[sku].pk
            key = count_key(store.pk, variant, when)
            counts.append(Count(variant, store.pk, one.units, when, key=key, reason=reason))
    if not counts:
        messages.error(request, _("Nothing is on the list yet."))
        return said
    booked = ledger.count(counts, by=actor_of(request), at=at)
    tell(request, booked)
    return {sku: one for sku, one in said.items() if one.units is None}


def tell(request: HttpRequest, booked: list[ledger.Counted]) -> None:
    """Say what the counts found, and which of them are to be looked at again."""
    differing = [found for found in booked if found.difference]
    text = ngettext("%(n)s shelf counted, %(differ)s differ.", "%(n)s shelves counted, %(differ)s differ.", len(booked))
    messages.success(request, text % {"n": len(booked), "differ": len(differing)})
    if moved := sum(found.moved > 0 for found in booked):
        text = ngettext(
            "%(n)s shelf has moved since it was counted: please look again.",
            "%(n)s shelves have moved since they were counted: please look again.",
            moved,
        )
        messages.warning(request, text % {"n": moved})


def write_off(request: HttpRequest, store: Location, said: Tally, *, at: datetime) -> Tally:
    """The units on the list are gone, or damaged, for a reason; returns the list that is left."""
    form, goods = valid(Taken(request.POST)), tally.goods_of(said)
    if not goods:
        messages.error(request, _("Nothing is on the list yet."))
        return said
    shrinkage.write_off(
        goods,
        location_id=store.pk,
        reason=form["reason"],
        what=form["what"] or What.GONE,
        key=form["key"],
        by=actor_of(request),
        at=at,
    )
    said_of = (
        _("%(units)s units are damaged.") if form["what"] == What.DAMAGED else _("%(units)s units are written off.")
    )
    messages.success(request, said_of % {"units": sum(goods.values())})
    return {}
