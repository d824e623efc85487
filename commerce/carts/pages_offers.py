"""The page of a signed quote: to be printed, shown at a till, or opened on a phone and bought."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.carts import offers
from commerce.carts.visits import cart_of, keep, open_empty
from commerce.quotes import signed
from commerce.quotes.models import SignedQuote
from commerce.rest.authentication import actor_of
from commerce.rest.selling import channel_of


@never_cache
def offer(request: HttpRequest, public_id: str) -> HttpResponse:
    """What was promised, until when, and the picture that a till or a phone reads."""
    found = get_object_or_404(SignedQuote.objects.select_related("sales_channel", "location"), public_id=public_id)
    if request.method == "POST":
        return take(request, found)
    context = {
        "offer": found,
        "quote": found.quote,
        "picture": signed.picture_of(found),
        "has_ended": clock.now() >= found.valid_until,
    }
    return render(request, "carts/offer.html", context)


def take(request: HttpRequest, found: SignedQuote) -> HttpResponse:
    """Put the goods of an offer into the visit's cart, at its price."""
    at, cart = clock.now(), cart_of(request).first() or open_empty(request, at=clock.now())
    offers.put(cart, shown=found.code, by=actor_of(request), channel=channel_of(request), at=at)
    keep(request, cart)
    messages.success(request, _("Your cart has the price of the offer."))
    return redirect("cart")
