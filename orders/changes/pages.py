"""Changing what was ordered, on a page: the units, then what that costs and whence it comes, then done."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.pages import refusal
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.doors import SHOPPERS
from commerce.rest.problems import Problem
from commerce.rest.selling import channel_of
from orders.changes import editing
from orders.models import Order
from orders.reach import order_for
from orders.tenders import AT_THE_COUNTER, PAYMENT_LINK


@never_cache
def change_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask for other units, show what they cost, and change the order when that was seen."""
    order = order_for(request, public_id)
    context: dict[str, Any] = {"order": order, "error": "", "seen": None, "by_staff": role_of(request) not in SHOPPERS}
    if request.method == "POST":
        try:
            units = typed_units(request, order)
            stamp: dict[str, Any] = {"by": actor_of(request), "channel": channel_of(request), "at": clock.now()}
            if request.POST.get("step") == "confirm":
                total, tender = request.POST.get("expected_total", ""), tender_of(request)
                if not total.isascii() or not total.isdigit() or len(total) > 15:
                    raise Http404
                editing.edit(order, units, expected_total=int(total), tender=tender, **stamp)
                messages.success(request, _("The order was changed."))
                return redirect("order", public_id=public_id)
            context["seen"] = editing.preview(order, units, **stamp)
        except Problem as problem:
            context["error"] = refusal(problem)
    typed = request.POST if request.method == "POST" else {}
    lines = order.lines.filter(variant__isnull=False)
    context["lines"] = [(line, typed.get(line.public_id, str(line.quantity))) for line in lines]
    return render(request, "orders/change.html", context, status=422 if context["error"] else 200)


def typed_units(request: HttpRequest, order: Order) -> dict[int, int]:
    """Variant → units as they were typed; raises Http404 for what no form of ours sends."""
    units: dict[int, int] = {}
    for line in order.lines.filter(variant__isnull=False):
        typed = request.POST.get(line.public_id, str(line.quantity))
        if not typed.isascii() or not typed.isdigit() or len(typed) > 6 or int(typed) > 9999:
            raise Http404
        units[line.variant_id or 0] = int(typed)
    return units


def tender_of(request: HttpRequest) -> str:
    """How the rest is paid: a shopper is sent a link, staff may have taken the money."""
    said = request.POST.get("tender", PAYMENT_LINK)
    if role_of(request) in SHOPPERS or said not in AT_THE_COUNTER:
        return PAYMENT_LINK
    return said
