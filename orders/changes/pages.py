"""Changing what was ordered, or all of it taken back, on a page: first what that costs or gives back, then done."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.catalog.models import Variant
from commerce.channels.models import Location
from commerce.pages import refusal
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.doors import SHOPPERS, STAFF
from commerce.rest.problems import Problem
from commerce.rest.selling import channel_of
from orders import cancel
from orders.changes import editing
from orders.changes.api import UnknownSku
from orders.models import Order
from orders.private_links import may_change
from orders.reach import order_for
from orders.tenders import AT_THE_COUNTER, PAYMENT_LINK


@never_cache
def change_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask for other units, or for the end of it; show what that costs or gives back, and do it when that was seen."""
    order, at = order_to_change(request, public_id), clock.now()
    if turned_away := log_in_first(request, order, at=at):
        return turned_away
    context: dict[str, Any] = {"order": order, "error": "", "seen": None, "by_staff": role_of(request) not in SHOPPERS}
    if request.method == "POST":
        stamp: dict[str, Any] = {"by": actor_of(request), "channel": channel_of(request), "at": at}
        try:
            match request.POST.get("step"):
                case "confirm":
                    change(request, order, **stamp)
                    messages.success(request, _("The order was changed."))
                    return redirect("order", public_id=public_id)
                case "cancel":
                    cancel.cancel(order, **stamp)
                    messages.success(request, _("The order is canceled."))
                    return redirect("order", public_id=public_id)
                case "look-at-end":
                    context["goes_back"], context["ends"] = cancel.preview(order, **stamp), True
                case _:
                    context["seen"] = editing.preview(order, typed_units(request, order), **stamp)
        except Problem as problem:
            context["error"] = refusal(problem)
    context["sku"], context["sku_units"] = request.POST.get("sku", ""), request.POST.get("sku_units", "")
    typed = request.POST if request.method == "POST" else {}
    lines = order.lines.filter(variant__isnull=False)
    if seen := context["seen"]:
        context["places"] = Location.objects.filter(code__in=seen.locations).order_by("pk")
    context["lines"] = [(line, typed.get(line.public_id, str(line.quantity))) for line in lines]
    return render(request, "orders/change.html", context, status=422 if context["error"] else 200)


def log_in_first(request: HttpRequest, order: Order, *, at: datetime) -> HttpResponse | None:
    """The log-in, for who may be she whose order it is; nothing for who may change it. Raises Http404."""
    if may_change(request, order, at=at):
        return None
    if request.user.is_authenticated:
        raise Http404
    return redirect_to_login(request.path)


def order_to_change(request: HttpRequest, public_id: str) -> Order:
    """An order that was placed, and of staff one that they may see; raises Http404."""
    placed = Order.objects.exclude(status=Order.Status.DRAFT).select_related("person__root", "sales_channel")
    order = get_object_or_404(placed, public_id=public_id)
    if role_of(request) in STAFF:
        order_for(request, public_id)
    return order


def change(request: HttpRequest, order: Order, **stamp: Any) -> None:
    """Change it at the total that was shown; raises Http404 for what no form of ours sends."""
    total = request.POST.get("expected_total", "")
    if not total.isascii() or not total.isdigit() or len(total) > 15:
        raise Http404
    units = typed_units(request, order)
    editing.edit(order, units, expected_total=int(total), tender=tender_of(request), **stamp)


def typed_units(request: HttpRequest, order: Order) -> dict[int, int]:
    """Variant → units as they were typed; raises Http404 for what no form of ours sends, UnknownSku."""
    units: dict[int, int] = {}
    for line in order.lines.filter(variant__isnull=False):
        units[line.variant_id or 0] = number_of(request.POST.get(line.public_id, str(line.quantity)))
    if sku := request.POST.get("sku", "").strip():
        found = Variant.objects.filter(sku=sku, is_active=True).first()
        if found is None:
            raise UnknownSku(f"nothing has the SKU {sku}", sku=sku)
        units[found.pk] = units.get(found.pk, 0) + number_of(request.POST.get("sku_units") or "1")
    return units


def number_of(typed: str) -> int:
    """How many units somebody typed; raises Http404 for what no form of ours sends."""
    if not typed.isascii() or not typed.isdigit() or len(typed) > 6 or int(typed) > 9999:
        raise Http404
    return int(typed)


def tender_of(request: HttpRequest) -> str:
    """How the rest is paid: a shopper is sent a link, staff may have taken the money."""
    said = request.POST.get("tender", PAYMENT_LINK)
    if role_of(request) in SHOPPERS or said not in AT_THE_COUNTER:
        return PAYMENT_LINK
    return said
