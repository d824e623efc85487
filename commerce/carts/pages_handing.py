"""Going on with a cart elsewhere: the page that shows the code and the QR, and the page that takes them."""

from datetime import datetime

import segno
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.carts import handing, held
from commerce.carts.models import Cart, HandOff
from commerce.carts.visits import cart_of
from commerce.rest.authentication import actor_of
from commerce.rest.limits import network_address, spend
from commerce.rest.selling import channel_of


class Given(forms.Form):
    """For what the code is given."""

    scope = forms.ChoiceField(choices=HandOff.Scope.choices, required=False)


class Typed(forms.Form):
    """A code, as somebody heard it."""

    code = forms.CharField(max_length=20)


def give(
    request: HttpRequest, cart: Cart, *, scope: str, template: str, at: datetime, **context: object
) -> HttpResponse:
    """Make a code for a cart and show it, this once; nobody gives more than she has."""
    form = Given(request.POST)
    wanted = (form.cleaned_data["scope"] if form.is_valid() else "") or scope
    handing.need(scope, wanted)
    spend(held.MADE, network_address(request))
    handed = handing.hand_off(cart, scope=wanted, by=actor_of(request), channel=channel_of(request), at=at)
    address = settings.PUBLIC_URL + reverse("cart-take-link", args=[handed.secret])
    code = segno.make(address, error="m", micro=False)
    facts = {
        "handed": handed,
        "grouped": f"{handed.code[:3]} {handed.code[3:]}",
        "spelled": handing.spelled(handed.code, get_language() or "es"),
        "address": address,
        "qr": code.svg_data_uri(scale=5, border=2, dark="#1b2733", light="#fff"),
        "minutes": int(handing.LASTS.total_seconds() // 60),
    }
    return render(request, template, facts | context)


@never_cache
def hand_off(request: HttpRequest) -> HttpResponse:
    """Show the code of this visit's cart."""
    cart = get_object_or_404(cart_of(request))
    return give(request, cart, scope=held.scope_in(request), template="carts/hand_off.html", at=clock.now())


def end(request: HttpRequest) -> HttpResponse:
    """Stop sharing: codes are useless, and other hands have lost the cart."""
    held.need(request, HandOff.Scope.PAY)
    handing.end(get_object_or_404(cart_of(request)), at=clock.now())
    messages.success(request, _("Nobody else has this cart now."))
    return redirect("cart")


@never_cache
def take(request: HttpRequest) -> HttpResponse:
    """Type the code that another device or a clerk shows."""
    form = Typed(request.POST or None)
    if form.is_valid():
        held.take_here(request, code=form.cleaned_data["code"], at=clock.now())
        return redirect("cart")
    return render(request, "carts/take.html", {"form": form})


@never_cache
def take_link(request: HttpRequest, secret: str) -> HttpResponse:
    """What the QR leads to: looking changes nothing, the button takes the cart up. The address is told to nobody."""
    at = clock.now()
    if request.method == "POST":
        held.take_here(request, secret=secret, at=at)
        response: HttpResponse = redirect("cart")
    elif handing.look_at(secret, holds=request.session.get(held.HELD, ""), at=at):
        response = redirect("cart")
    else:
        response = render(request, "carts/take_link.html")
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def leave(request: HttpRequest) -> HttpResponse:
    """Back to this browser's own cart."""
    request.session.pop(held.HELD, None)
    return redirect("cart")
