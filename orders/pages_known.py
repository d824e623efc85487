"""Who stands at the counter: an address and a second fact say it, or the code that she made of her own cart.

Then what she told us once is filled in, in the store as on the web. That she was served is written down; it ends with
the button, with the sale, or by itself.
"""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from commerce import clock
from commerce.carts import owners, staffed
from commerce.carts.models import HandOff
from commerce.carts.pages import valid
from commerce.carts.showing import usable_cart_of
from commerce.channels.models import Location
from commerce.customers import serving
from commerce.customers.addresses import kind_of
from commerce.customers.models import Person, Serving
from commerce.customers.people import are_one, find_all_by_contact, root_of
from commerce.rest.authentication import actor_of
from commerce.rest.selling import channel_of
from inventory.pages_store import own_store
from orders.lookup import proof_of, try_fact

PAGES = {"sell": "store-sell", "cart": "store-cart", "reservations": "store-reservations"}


class Said(forms.Form):
    """An address of hers, and what else she knows."""

    address = forms.CharField(max_length=254)
    proof = forms.CharField(max_length=20)


def slot_of(store: Location) -> str:
    """Where a clerk's session keeps whom she serves in a store."""
    return f"known:{store.code}"


def cart_slot(store: Location) -> str:
    """Where a clerk's session keeps the cart of a store's page."""
    return f"held:{store.code}"


def known_here(request: HttpRequest, store: Location) -> Person | None:
    """Whom the clerk serves at this moment, if she showed who she is."""
    public_id = request.session.get(slot_of(store))
    person = Person.objects.select_related("root").filter(public_id=public_id).first() if public_id else None
    if person and serving.current(person, by=actor_of(request), at=clock.now()):
        return root_of(person)
    request.session.pop(slot_of(store), None)
    return None


def who_handed(request: HttpRequest, slot: str) -> Person | None:
    """Who made the code of the cart in hand, if she was logged in and it is her own: that is the second fact."""
    shared = (
        HandOff.objects.select_related("cart__person__root").filter(public_id=request.session.get(slot, "")).first()
    )
    if shared is None or shared.cart.person is None:
        return None
    kind, _of, public_id = shared.made_by.partition(":")
    maker = Person.objects.filter(public_id=public_id).first() if kind == "person" else None
    if not are_one(maker, shared.cart.person):
        return None
    person, by, at = root_of(shared.cart.person), actor_of(request), clock.now()
    if not serving.current(person, by=by, at=at):
        proof, reason = Serving.Proof.CART, Serving.Reason.ORDER
        serving.begin(person, proof=proof, reason=reason, by=by, channel=channel_of(request), at=at)
    return person


def identify(request: HttpRequest, code: str, what: str) -> HttpResponse:
    """Say who stands here, or that she is gone; `what` is the page to go back to."""
    store, by, at = own_store(request, code), actor_of(request), clock.now()
    back = redirect(PAGES.get(what, "store-sell"), code=store.code)
    if "done" in request.POST:
        leave(request, store)
        return back
    said = valid(Said(request.POST))
    kind = kind_of(said["address"])
    try_fact(said["address"], kind=kind, by=by)
    for person in find_all_by_contact(kind, said["address"]):
        if proof := proof_of(person, said["proof"]):
            channel = channel_of(request)
            serving.begin(person, proof=proof, reason=Serving.Reason.ORDER, by=by, channel=channel, at=at)
            request.session[slot_of(store)] = person.public_id
            give_cart(request, store, person)
            messages.success(request, _("What she told us once is filled in."))
            return back
    messages.error(request, _("Nobody with this address has an order with this number, or a pickup with this code."))
    return back


def give_cart(request: HttpRequest, store: Location, person: Person) -> None:
    """A cart that was begun for her on the store's page is hers; one that she has elsewhere is left as it is."""
    found = staffed.cart_in(request, cart_slot(store))
    if found and found[1] == HandOff.Scope.PAY and found[0].person_id is None and usable_cart_of(person) is None:
        by, channel = actor_of(request), channel_of(request)
        owners.claim(found[0], person=person, by=by, channel=channel, at=clock.now())


def leave(request: HttpRequest, store: Location) -> None:
    """She is gone: the next customer finds nothing of hers."""
    if person := known_here(request, store):
        serving.end(person, by=actor_of(request), channel=channel_of(request), at=clock.now())
    request.session.pop(slot_of(store), None)
