"""Sending an order to another address, on a page: first what that costs and when it comes, then done."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.customers.models import PostalAddress
from commerce.customers.people import are_one, people_of
from commerce.customers.sessions import person_of
from commerce.pages import refusal
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.doors import SHOPPERS, STAFF
from commerce.rest.problems import Problem
from commerce.rest.selling import channel_of
from orders.changes import relocating
from orders.changes.pages import log_in_first, order_to_change, tender_of
from orders.models import Order

FIELDS = ("recipient", "street", "postal_code", "city", "phone")
NEEDED = FIELDS[:4]


class NewAddress(forms.Form):
    """One that we know of her, or a new one; the total is the one that was shown."""

    known = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    recipient = forms.CharField(max_length=120, required=False, label=gettext_lazy("Name"))
    street = forms.CharField(max_length=120, required=False, label=gettext_lazy("Street and number"))
    postal_code = forms.CharField(max_length=12, required=False, label=gettext_lazy("Postal code"))
    city = forms.CharField(max_length=60, required=False, label=gettext_lazy("Town"))
    phone = forms.CharField(max_length=40, required=False, label=gettext_lazy("Phone"))
    expected_total = forms.IntegerField(required=False, min_value=0, max_value=2**53)

    def clean(self) -> dict[str, Any]:
        """Names each field that a new address lacks."""
        said = super().clean() or {}
        for name in NEEDED if not said.get("known") else ():
            if not said.get(name) and name not in self.errors:
                self.add_error(name, _("This is needed for home delivery."))
        return said


@never_cache
def address_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask where it goes instead; show what that costs and when it comes, and do it when that was seen."""
    order, at = order_to_change(request, public_id), clock.now()
    if turned_away := log_in_first(request, order, at=at):
        return turned_away
    now, known = order.deliver_to, known_to(request, order)
    form = NewAddress(request.POST or None, initial={name: getattr(now, name) for name in FIELDS} if now else {})
    context: dict[str, Any] = {"error": "", "seen": None}
    if request.method == "POST" and form.is_valid():
        stamp: dict[str, Any] = {"by": actor_of(request), "channel": channel_of(request), "at": at}
        total = form.cleaned_data["expected_total"]
        try:
            address = chosen(form.cleaned_data, known)
            if request.POST.get("step") == "confirm" and total is not None:
                relocating.relocate(order, address=address, expected_total=total, tender=tender_of(request), **stamp)
                messages.success(request, _("It goes to the other address."))
                return redirect("order", public_id=public_id)
            context["seen"] = relocating.preview(order, address=address, **stamp)
        except Problem as problem:
            context["error"] = refusal(problem)
    by_staff = role_of(request) not in SHOPPERS
    context |= {"order": order, "form": form, "known": known, "by_staff": by_staff}
    return render(request, "orders/address.html", context, status=422 if form.errors or context["error"] else 200)


def known_to(request: HttpRequest, order: Order) -> QuerySet[PostalAddress]:
    """The other addresses of hers that who changes the order may choose: she herself, and staff; a link shows none."""
    is_trusted = role_of(request) in STAFF or are_one(person_of(request), order.person)
    if order.person is None or not is_trusted:
        return PostalAddress.objects.none()
    hers = PostalAddress.objects.filter(person__in=people_of(order.person), removed_at=None)
    return hers.exclude(pk=order.deliver_to_id or 0).order_by("-pk")


def chosen(said: dict[str, Any], known: QuerySet[PostalAddress]) -> PostalAddress:
    """The address that was chosen among those she may choose, else the one that was typed."""
    if said["known"] and (found := known.filter(pk=said["known"]).first()):
        return found
    return PostalAddress(country="ES", **{name: said[name] for name in FIELDS})
