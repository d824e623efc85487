"""Asking on the product page to be told when something is back, and taking what is kept then."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from commerce import clock
from commerce.carts.visits import put_in
from commerce.catalog.models import Variant
from commerce.channels.models import Location
from commerce.customers.addresses import NotAnAddress, kind_of, normalize
from commerce.customers.sessions import person_of
from commerce.rest.authentication import actor_of
from commerce.rest.limits import knock
from commerce.rest.selling import channel_of, sales_channel_of
from inventory.alerts import asking
from inventory.window import in_language
from orders.api_alerts import ASKING
from orders.delivery.rates import check_reach

HOME = "home"


class Wish(forms.Form):
    """What she would be told of, where she could have it, and by which address."""

    sku = forms.CharField(max_length=60)
    where = forms.CharField(max_length=30)
    postal_code = forms.CharField(max_length=12, required=False)
    contact = forms.CharField(max_length=254, required=False)
    agrees = forms.BooleanField(error_messages={"required": gettext_lazy("Please tick that we may write to you.")})


def ask(request: HttpRequest, handle: str) -> HttpResponse:
    """Put her on the list, and back to the product."""
    form, at, person = Wish(request.POST), clock.now(), person_of(request)
    variant = get_object_or_404(Variant, sku=request.POST.get("sku", ""), product__handle=handle, is_active=True)
    back = f"{reverse('product', args=[handle])}?v={variant.sku}"
    if not form.is_valid():
        for problems in form.errors.values():
            messages.error(request, str(problems[0]))
        return redirect(back)
    said = form.cleaned_data
    typed = said["contact"].strip()
    kind = kind_of(typed)
    if not typed and person is None:
        messages.error(request, _("Please say by which email address or phone number we tell you."))
        return redirect(back)
    try:
        typed = normalize(kind, typed) if typed else ""
    except NotAnAddress:
        messages.error(request, _("This is no email address or phone number that we can write to."))
        return redirect(back)
    knock(ASKING, request)
    if said["where"] == HOME:
        if not said["postal_code"]:
            messages.error(request, _("Please say to which postal code it would be brought."))
            return redirect(back)
        check_reach(said["postal_code"])
    asking.ask(
        variant,
        location=None if said["where"] == HOME else get_object_or_404(Location, code=said["where"]),
        sales_channel=sales_channel_of(request),
        point=asking.address(person, **{kind: typed}, language=get_language() or "es", at=at),
        method="product page",
        by=actor_of(request),
        channel=channel_of(request),
        at=at,
    )
    messages.success(request, _("We tell you once it is back, and keep one for you for some hours."))
    return redirect(back)


def take(request: HttpRequest, secret: str) -> HttpResponse:
    """The link of the message: looking changes nothing (mail programs look, too), the button puts it into the cart."""
    at = clock.now()
    kept = asking.kept_for(secret, at=at)
    if request.method != "POST":
        variant = kept.stock.variant
        facts: dict[str, Any] = {
            "kept": kept,
            "variant": variant,
            "title": in_language(variant.product, "title", get_language() or "es"),
        }
        page = render(request, "orders/alert_take.html", facts)
        page.headers["Referrer-Policy"] = "no-referrer"
        return page
    asking.give_to(put_in(request, [(kept.stock.variant, 1)], at=at), kept)
    messages.success(request, _("It lies in your cart, and is kept for you for now."))
    return redirect("cart")
