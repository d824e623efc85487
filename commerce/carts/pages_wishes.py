"""Saving for later, on the cart's page."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from commerce import clock
from commerce.carts import edits, wishes
from commerce.carts.api import variant_of
from commerce.carts.hands import hand_of
from commerce.carts.held import need
from commerce.carts.models import HandOff
from commerce.carts.pages import valid
from commerce.carts.visits import cart_of, put_in
from commerce.catalog.models import Variant
from commerce.rest.authentication import actor_of
from commerce.rest.selling import channel_of


class Named(forms.Form):
    """Which of the things."""

    sku = forms.CharField(max_length=60)


def put_aside(request: HttpRequest) -> HttpResponse:
    """Out of the cart, onto the list: both, or neither where the cart is being paid for."""
    need(request, HandOff.Scope.EDIT)
    cart = get_object_or_404(cart_of(request))
    line = get_object_or_404(cart.lines.select_related("variant"), variant__sku=valid(Named(request.POST))["sku"])
    at = clock.now()
    stamp: dict[str, Any] = {"by": actor_of(request), "channel": channel_of(request), "at": at}
    with transaction.atomic():
        edits.set_quantity(cart, variant=line.variant, quantity=0, hand=hand_of(request), **stamp)
        wishes.save(request, line.variant, quantity=max(line.quantity, 1), at=at)
    messages.success(request, _("Saved for later."))
    return redirect("cart")


def take_back(request: HttpRequest) -> HttpResponse:
    """Off the list, into the cart."""
    wish = get_object_or_404(wishes.wishes_of(request), variant__sku=valid(Named(request.POST))["sku"])
    put_in(request, [(variant_of(wish.variant.sku), wish.quantity)], at=clock.now())
    wishes.forget(request, wish.variant)
    messages.success(request, _("It is in the cart."))
    return redirect("cart")


def forget(request: HttpRequest) -> HttpResponse:
    """Off the list."""
    wishes.forget(request, get_object_or_404(Variant, sku=valid(Named(request.POST))["sku"]))
    return redirect("cart")
