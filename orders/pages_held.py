"""Selling a cart that a member of the staff holds: in a store by its code, and on the desk in the same way."""

from collections.abc import Sequence

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.carts import edits, live, offers, staffed
from commerce.carts.models import Cart, HandOff
from commerce.channels.models import Location, SalesChannel
from commerce.customers.models import Person
from commerce.rest.authentication import actor_of
from commerce.rest.selling import channel_of
from inventory.pages_store import own_store, scanned_or_found
from inventory.window import in_language
from orders import till_cart
from orders.forms import Checkout
from orders.pages import asks_for_part, bought, brought_part, filled_in, offer, unfinished
from orders.pages_known import cart_slot, give_cart, known_here, leave, who_handed
from orders.pages_till import basket_of, code_of, keep_basket, selling_channel
from orders.tenders import CARD_TERMINAL, CASH
from orders.ways import Choice

AT_THE_TILL = [
    Choice(CASH, gettext_lazy("Cash"), gettext_lazy("Counted at the till.")),
    Choice(CARD_TERMINAL, gettext_lazy("Card"), gettext_lazy("On the terminal here.")),
]


def found_for(request: HttpRequest) -> dict[str, object]:
    """What a search on a cart's page found."""
    query, language = request.GET.get("add", "")[:80].strip(), get_language() or "es"
    found = scanned_or_found(query) if query else []
    return {"query": query, "found": [(one, in_language(one.product, "title", language)) for one in found]}


def context_of(request: HttpRequest, store: Location, *, since: int = 0) -> dict[str, object]:
    """What the store's page of a cart shows."""
    found = staffed.cart_in(request, cart_slot(store))
    return {
        "store": store,
        "tab": "cart",
        "here": reverse("store-cart", args=[store.code]),
        "shown": staffed.priced(request, found[0], since=since) if found else None,
        "scope": found[1] if found else "",
        "her": known_here(request, store),
        "what": "cart",
    }


@never_cache
def store_cart(request: HttpRequest, code: str) -> HttpResponse:
    """The cart that a customer handed over by her code, or that was begun here for her."""
    context = context_of(request, own_store(request, code)) | found_for(request)
    return render(request, "orders/store_cart.html", context)


@never_cache
def store_cart_live(request: HttpRequest, code: str) -> HttpResponse:
    """The cart, if it is not as the page has it: asked once a second."""
    store = own_store(request, code)

    def show(since: int) -> HttpResponse:
        return render(request, "carts/staffed_live.html", context_of(request, store, since=since))

    return live.answer(request, staffed.tag_in(request, cart_slot(store)), show)


@never_cache
def store_cart_act(request: HttpRequest, code: str, what: str) -> HttpResponse:
    """Take a cart up, edit it, give it on, put it aside: then the next customer finds nothing of hers."""
    store = own_store(request, code)
    if what == "leave":
        leave(request, store)
    here = reverse("store-cart", args=[store.code])
    return staffed.act(
        request,
        what,
        slot=cart_slot(store),
        sales_channel=selling_channel(store),
        here=here,
        template="orders/store_cart_code.html",
        store=store,
        tab="cart",
        back=here,
    )


@never_cache
def store_cart_checkout(request: HttpRequest, code: str) -> HttpResponse:
    """Take the money for a cart at the counter, at the price it has everywhere."""
    store = own_store(request, code)
    cart = staffed.needed(request, cart_slot(store), HandOff.Scope.PAY)
    her = who_handed(request, cart_slot(store)) or known_here(request, store)
    if her and cart.person and cart.person.root_pk != her.root_pk:  # the cart of another customer
        her = None
    response = check_out_held(
        request,
        cart,
        her=her,
        tenders=AT_THE_TILL,
        sold_in=selling_channel(store),
        home=reverse("store-cart", args=[store.code]),
        template="orders/store_cart_checkout.html",
        store=store,
        tab="cart",
    )
    if request.method == "POST" and response.status_code == 302:
        leave(request, store)
    return response


def send_home(request: HttpRequest, code: str) -> HttpResponse:
    """What was scanned is paid here and brought home: from now on it is a cart, with a checkout of its own."""
    store, at = own_store(request, code), clock.now()
    basket = basket_of(request, store)
    if not basket:
        return redirect("store-sell", code=code)
    by, channel = actor_of(request), channel_of(request)
    with transaction.atomic():
        till_cart.forget(request, store, at=at)  # what was taken off by hand is not the next customer's
        lines = till_cart.lines_for(basket)
        cart = edits.open_cart(sales_channel=selling_channel(store), lines=lines, by=by, at=at)
        if typed := code_of(request, store):
            offers.enter(cart, typed=typed, by=by, channel=channel, at=at)
    request.session.pop(cart_slot(store), None)
    request.session[staffed.BEGUN + cart_slot(store)] = cart.public_id
    if her := known_here(request, store):
        give_cart(request, store, her)
    keep_basket(request, store, {})
    return redirect("store-cart-checkout", code=code)


def check_out_held(
    request: HttpRequest,
    cart: Cart,
    *,
    her: Person | None = None,
    tenders: Sequence[Choice],
    sold_in: SalesChannel,
    home: str,
    template: str,
    **context: object,
) -> HttpResponse:
    """Ask what a checkout needs, for a cart that somebody of the staff holds.

    Whose cart it is stays unsaid, unless she showed who she is: then what she told us once is filled in.
    """
    if cart.status == Cart.Status.CHECKING_OUT:
        return unfinished(request, cart, home=home)
    at = clock.now()
    form = Checkout(request.POST or None, known=filled_in(her), at=at)
    if request.method == "POST" and (
        order := bought(request, cart, form, person=her, tenders=tenders, sold_in=sold_in, at=at)
    ):
        if not order.number:
            raise Http404
        messages.success(request, _("Order %(number)s is placed.") % {"number": order.number})
        return redirect(home)
    if asks_for_part(request):
        return brought_part(request, cart, her, at=at)
    facts = offer(cart, her, said=request.POST, at=at) | {"form": form, "tenders": tenders, "here": home} | context
    return render(request, template, facts, status=422 if form.errors else 200)
