"""Transfers as the people of both places see them: put together, sent, received, and closed with what is missing."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.carts.pages import valid
from commerce.channels.models import Location
from commerce.ids import public_id
from commerce.rest.authentication import actor_of
from inventory.floor import carrying, shrinkage, tally
from inventory.floor.models import Transfer
from inventory.floor.tally import Said
from inventory.pages_store import looked_up, own_store, searched

Status = Transfer.Status
LATEST = 20
STATUSES: dict[str, Any] = {
    Status.DRAFT: gettext_lazy("draft"),
    Status.IN_TRANSIT: gettext_lazy("on the road"),
    Status.PARTLY_RECEIVED: gettext_lazy("partly received"),
    Status.RECEIVED: gettext_lazy("received"),
    Status.CANCELED: gettext_lazy("canceled"),
}


class Whither(forms.Form):
    """Where a new transfer goes, and the number of its paper, if it has one."""

    destination = forms.CharField(max_length=30)
    reference = forms.CharField(max_length=40, required=False)


class Closing(forms.Form):
    """Why the rest never came."""

    reason = forms.CharField(max_length=40)


class Delivery(forms.Form):
    """Makes one arrival happen once."""

    key = forms.CharField(max_length=22)


def other_places(store: Location) -> list[Location]:
    """Where goods may go from here."""
    places = Location.objects.filter(is_active=True).exclude(kind=Location.Kind.TRANSIT)
    return list(places.exclude(pk=store.pk).order_by("name"))


@never_cache
def transfers(request: HttpRequest, code: str) -> HttpResponse:
    """The transfers from and to this store; a form begins a new one."""
    store = own_store(request, code)
    if request.method == "POST":
        said = valid(Whither(request.POST))
        made = carrying.draft(
            {},
            source=store,
            destination=get_object_or_404(Location, code=said["destination"], is_active=True),
            reference=said["reference"],
            by=actor_of(request),
            at=clock.now(),
        )
        return redirect("store-transfer", code=code, public_id=made.public_id)
    rows = carrying.of_place({store.pk})
    open_ones = list(rows.filter(ended_at__isnull=True).order_by("-pk"))
    context = {
        "store": store,
        "tab": "transfers",
        "places": other_places(store),
        "groups": [
            (_("Coming here"), worded(one for one in open_ones if one.destination == store and one.sent_at)),
            (_("Being put together"), worded(one for one in open_ones if one.source == store and not one.sent_at)),
            (_("On the road from here"), worded(one for one in open_ones if one.source == store and one.sent_at)),
            (_("Over"), worded(rows.filter(ended_at__isnull=False).order_by("-ended_at")[:LATEST])),
        ],
    }
    return render(request, "floor/transfers.html", context)


def worded(rows: Any) -> list[tuple[Transfer, Any]]:
    """Transfers, each with its status in words."""
    return [(one, STATUSES[one.status]) for one in rows]


@never_cache
def transfer(request: HttpRequest, code: str, public_id: str) -> HttpResponse:
    """One transfer, and what can be done with it here."""
    store = own_store(request, code)
    one = get_object_or_404(carrying.of_place({store.pk}), public_id=public_id)
    is_leaving, is_coming = one.source == store, one.destination == store
    if request.method == "POST":
        query = act(request, one, is_leaving=is_leaving, is_coming=is_coming)
        return redirect(searched(request.path, query))
    units = dict(one.lines.order_by("pk").values_list("variant__sku", "quantity"))
    came = carrying.came_of(one)
    language = get_language() or "es"
    reasons = shrinkage.reasons(language)
    context = {
        "store": store,
        "tab": "transfers",
        "transfer": one,
        "status": STATUSES[one.status],
        "is_draft": one.status == Status.DRAFT and is_leaving,
        "is_coming": is_coming and one.sent_at and not one.ended_at,
        "rows": [
            (row, came.get(row.variant.sku, 0), row.units - came.get(row.variant.sku, 0))
            for row in tally.rows_of(units, language)
            if row.units is not None
        ],
        "reasons": reasons,
        "why": dict(reasons).get(one.why_missing, one.why_missing),
        "key": new_key(),
        **looked_up(request),
    }
    return render(request, "floor/transfer.html", context)


def new_key() -> str:
    """What makes one arrival happen once."""
    return public_id()[:20]


def act(request: HttpRequest, one: Transfer, *, is_leaving: bool, is_coming: bool) -> str:
    """Take the step that was asked for; returns what was searched for, if that is not one thing.

    The list is the source's, the arrival the destination's: anybody else finds no such step.
    """
    do = request.POST.get("do", "")
    stamp: dict[str, Any] = {"by": actor_of(request), "at": clock.now()}
    if not (is_coming if do in ("arrive", "close") else is_leaving):
        raise Http404
    match do:
        case "":
            return write(request, one)
        case "send":
            write(request, one)
            carrying.leave(one, **stamp)
            messages.success(request, _("It is on the road."))
        case "cancel":
            carrying.cancel(one, at=stamp["at"])
            messages.success(request, _("It will not be sent."))
        case "arrive":
            key, goods = valid(Delivery(request.POST))["key"], typed_goods(request)
            if not goods:
                messages.error(request, _("Nothing is on the list yet."))
            elif carrying.arrive(one, goods, key=key[:20], **stamp):
                messages.success(request, _("%(units)s units are on the shelf.") % {"units": sum(goods.values())})
        case "close":
            lost = carrying.close(one, reason=valid(Closing(request.POST))["reason"], **stamp)
            messages.success(request, _("%(units)s units are written off.") % {"units": lost})
        case _:
            raise Http404
    return ""


def write(request: HttpRequest, one: Transfer) -> str:
    """Write a draft's list as it was typed and scanned; returns what was searched for, if that is not one thing."""
    at = clock.now()
    known = {sku: Said(units, at) for sku, units in one.lines.values_list("variant__sku", "quantity")}
    heard = tally.listen(request, known, at=at)
    variants = tally.variants_of(known | heard.tally)
    after = {sku: said.units or 0 for sku, said in heard.tally.items()}
    carrying.put(one, {variant.pk: after.get(sku, 0) for sku, variant in variants.items()})
    return heard.query


def typed_goods(request: HttpRequest) -> dict[int, int]:
    """What came, as it was typed."""
    return tally.goods_of(tally.listen(request, {}, at=clock.now()).tally)
