"""The desk's page of one cart: taken up by the code that a caller says, or begun for somebody who is not known."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from commerce.carts import live, staffed
from commerce.carts.models import HandOff
from commerce.rest.selling import sales_channel_of
from orders.pages_held import check_out_held, found_for
from orders.pages_known import who_handed
from orders.ways import tenders_of_agent

SLOT = "held:desk"


def context_of(request: HttpRequest, *, since: int = 0) -> dict[str, object]:
    """What the desk's page of a cart shows."""
    found = staffed.cart_in(request, SLOT)
    return {
        "here": reverse("desk-held"),
        "shown": staffed.priced(request, found[0], since=since) if found else None,
        "scope": found[1] if found else "",
    }


@never_cache
def desk_held(request: HttpRequest) -> HttpResponse:
    """The cart whose code a caller said."""
    return render(request, "notifications/desk_held.html", context_of(request) | found_for(request))


@never_cache
def desk_held_live(request: HttpRequest) -> HttpResponse:
    """The cart, if it is not as the page has it: asked once a second."""

    def show(since: int) -> HttpResponse:
        return render(request, "carts/staffed_live.html", context_of(request, since=since))

    return live.answer(request, staffed.tag_in(request, SLOT), show)


@never_cache
def desk_held_act(request: HttpRequest, what: str) -> HttpResponse:
    """Take a cart up, edit it, give it on, put it aside."""
    here, channel = reverse("desk-held"), sales_channel_of(request)
    template = "notifications/desk_held_code.html"
    return staffed.act(request, what, slot=SLOT, sales_channel=channel, here=here, template=template, back=here)


@never_cache
def desk_held_checkout(request: HttpRequest) -> HttpResponse:
    """Order what lies in it, at the price it has everywhere."""
    cart = staffed.needed(request, SLOT, HandOff.Scope.PAY)
    who_handed(request, SLOT)
    if cart.person:  # who is known is served on her own page, with her addresses
        return redirect("desk-checkout", public_id=cart.person.public_id)
    return check_out_held(
        request,
        cart,
        tenders=tenders_of_agent(),
        sold_in=sales_channel_of(request),
        home=reverse("desk-held"),
        template="notifications/desk_held_checkout.html",
    )
