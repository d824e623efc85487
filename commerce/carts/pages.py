"""The cart, as a shopper sees and changes it; every form works without a script."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.carts import edits, live, offers, restoring
from commerce.carts.api import variant_of
from commerce.carts.hands import SHOPPERS, hand_of, who_words
from commerce.carts.held import held, need
from commerce.carts.models import Cart, HandOff
from commerce.carts.showing import lines_in, price, tag, tag_of
from commerce.carts.visits import cart_of, keep, put_in
from commerce.carts.wishes import wishes_of
from commerce.catalog.models import Picture, Variant
from commerce.catalog.pictures import picture_of
from commerce.customers.sessions import person_of
from commerce.ids import digest, public_id
from commerce.pages import by_htmx
from commerce.pricing.prices import NoOffer
from commerce.promotions.taking import Reason
from commerce.promotions.uses import GUESSES
from commerce.quotes.reckoning import Quote, QuotedLine, Wanted
from commerce.quotes.tags import price_tags
from commerce.rest.authentication import actor_of
from commerce.rest.limits import knock
from commerce.rest.selling import channel_of

WHY_NOT = {
    Reason.SWITCHED_OFF: gettext_lazy("it is not valid any more"),
    Reason.NOT_YET: gettext_lazy("it has not begun yet"),
    Reason.ENDED: gettext_lazy("it has ended"),
    Reason.USED_UP: gettext_lazy("it was used already"),
    Reason.NOT_YOURS: gettext_lazy("it was given to somebody else"),
    Reason.OTHER_CHANNEL: gettext_lazy("it is for another channel"),
    Reason.OTHER_PLACE: gettext_lazy("it is for another store"),
    Reason.OTHER_GROUP: gettext_lazy("it is for other customers"),
    Reason.NEEDS_PERSON: gettext_lazy("it is for a first purchase; please log in"),
    Reason.NEEDS_APPROVAL: gettext_lazy("it waits for a second person's approval"),
    Reason.NOT_FIRST: gettext_lazy("it is for a first purchase"),
    Reason.TOO_FEW_UNITS: gettext_lazy("there are too few units in the cart"),
    Reason.GIFT_NOT_IN_BASKET: gettext_lazy("put the gift into the cart, and it is free"),
    Reason.BLOCKED_BY_GROUP: gettext_lazy("another offer of its kind applies"),
    Reason.DOES_NOT_COMBINE: gettext_lazy("it does not go together with other offers"),
    Reason.OTHER_CURRENCY: gettext_lazy("it is for another currency"),
    Reason.NO_GOODS: gettext_lazy("nothing in the cart takes part"),
    Reason.BELOW_MINIMUM: gettext_lazy("the cart does not reach its minimum"),
    Reason.OTHER_IS_BETTER: gettext_lazy("another offer takes more off"),
    Reason.TAKES_NOTHING_OFF: gettext_lazy("it takes nothing off"),
}


WHY_NO_OFFER = {
    "goods_differ": gettext_lazy("it is for exactly its goods, in exactly its numbers"),
    "used": gettext_lazy("a purchase was made with it"),
    "ended": gettext_lazy("it has ended"),
    "not_yours": gettext_lazy("it was made for somebody else"),
}


class Added(forms.Form):
    """What the product page's form says."""

    sku = forms.CharField(max_length=60)
    quantity = forms.IntegerField(min_value=1, max_value=edits.MAX_UNITS)


class Changed(forms.Form):
    """A quantity that was typed, or one of the buttons beside it; `had` is the quantity that was shown."""

    sku = forms.CharField(max_length=60)
    quantity = forms.IntegerField(min_value=0, max_value=edits.MAX_UNITS)
    step = forms.IntegerField(min_value=-1, max_value=1, required=False)
    had = forms.IntegerField(min_value=0, required=False)
    version = forms.IntegerField(min_value=1)
    shown = forms.CharField(max_length=22, required=False)


class Code(forms.Form):
    """A code of a promotion or an offer; without one the promotion's, or the `offer`, is taken off."""

    code = forms.CharField(max_length=4000, required=False)
    offer = forms.BooleanField(required=False)
    version = forms.IntegerField(min_value=1)


@dataclass(frozen=True)
class ShownLine:
    """A line with its product's picture."""

    quoted: QuotedLine
    handle: str
    picture: str
    by: str = ""
    """Who changed it last, in words; empty where it was the viewer or another shopper."""
    lowest: int | None = None
    """One unit's lowest price of the 30 days before, where the line says that it was reduced."""


@dataclass(frozen=True)
class ShownCart:
    """A cart as the pages show it: priced, with what can no longer be bought apart."""

    cart: Cart
    quote: Quote
    lines: list[ShownLine]
    unavailable: list[NoOffer]
    refused: list[tuple[str, Any, int]]
    obstacle: Any
    """Why its offer does not hold, if it has one."""
    key: str
    """Of this one time that it was shown: what its buttons do happens once."""
    told: Sequence[str] = ()
    """What others did since the viewer looked last, in words."""

    @property
    def headers(self) -> str:
        """What the page sends along when it asks for changes."""
        return json.dumps({"If-None-Match": tag_of(self.cart)})

    @property
    def units(self) -> int:
        """How many things lie in it."""
        return sum(line.quoted.quantity for line in self.lines)


def shown(cart: Cart, *, at: datetime, language: str, told: Sequence[str] = ()) -> ShownCart:
    """Price a cart for a page, in five queries for any number of lines, and one more for the names of the staff.

    Four more where a line is reduced: what it cost before must be said beside it.
    """
    wanted = lines_in(cart)
    priced = price(cart, [Wanted(variant, quantity) for variant, quantity, _ in wanted], at=at, language=language)
    quote = priced.quote
    ids = [line.variant_id for line in quote.lines]
    pictures = Prefetch("product__pictures", Picture.objects.select_related("variant"))
    variants = Variant.objects.select_related("product").prefetch_related(pictures).in_bulk(ids)
    editors = {variant: actor for variant, _, actor in wanted if actor.partition(":")[0] not in SHOPPERS}
    words = who_words(editors.values())
    by = {variant: words[actor] for variant, actor in editors.items()}
    reduced = [line.variant_id for line in quote.lines if line.discount]
    tags = price_tags(reduced, sales_channel=cart.sales_channel, at=at, location_id=cart.location_id) if reduced else {}
    lowest = {variant: tag.lowest for variant, tag in tags.items()}
    lines = [
        shown_line(line, variants[line.variant_id], by=by.get(line.variant_id, ""), lowest=lowest.get(line.variant_id))
        for line in quote.lines
    ]
    refused = [
        (r.coupon or r.name, WHY_NOT[Reason(r.reason)], r.missing if r.reason == Reason.BELOW_MINIMUM else 0)
        for r in quote.refused
    ]
    why_not = WHY_NO_OFFER.get(priced.obstacle, "")
    return ShownCart(cart, quote, lines, priced.missing, refused, why_not, public_id(), told)


def shown_line(line: QuotedLine, variant: Variant, *, by: str, lowest: int | None) -> ShownLine:
    """A line with what a page needs besides."""
    picture = picture_of(variant, variant.product.pictures.all())
    return ShownLine(line, variant.product.handle, picture.source if picture else "", by, lowest)


@never_cache
def cart_page(request: HttpRequest) -> HttpResponse:
    """What lies in the cart and costs here and now; only its part of the page where a script asked for it."""
    return show_cart(request, since=0)


def show_cart(request: HttpRequest, *, since: int) -> HttpResponse:
    """The cart, with what others did to it after a version."""
    cart, language = cart_of(request).first(), get_language() or "es"
    told = live.told(cart, request, since=since) if cart else ()
    priced = shown(cart, at=clock.now(), language=language, told=told) if cart else None
    taken = held(request)
    context: dict[str, Any] = {"shown": priced, "scope": taken[1] if taken else ""}
    if not by_htmx(request):
        context["wishes"] = wishes_of(request)
    return render(request, "carts/part.html" if by_htmx(request) else "carts/page.html", context)


@never_cache
def cart_live(request: HttpRequest) -> HttpResponse:
    """The cart if it is not as the page has it; asked once a second, so it costs next to nothing while it is."""
    found = cart_of(request).values_list("version", "status").first()
    now = tag(*found) if found else live.NO_CART
    return live.answer(request, now, lambda since: show_cart(request, since=since))


def valid(form: forms.Form) -> dict[str, Any]:
    """What a form of ours says; forms that no page of ours sends are not found."""
    if not form.is_valid():
        raise Http404
    return form.cleaned_data


def add(request: HttpRequest) -> HttpResponse:
    """Put something into the cart."""
    form = Added(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please give a quantity from 1 to 9,999."))
        return redirect("cart")
    put_in(request, [(variant_of(form.cleaned_data["sku"]), form.cleaned_data["quantity"])], at=clock.now())
    messages.success(request, _("It is in the cart."))
    return redirect("cart")


def change(request: HttpRequest) -> HttpResponse:
    """Say how many units of something lie in the cart."""
    need(request, HandOff.Scope.EDIT)
    change_line(get_object_or_404(cart_of(request)), request)
    return show_cart(request, since=live.version_seen(request)) if by_htmx(request) else redirect("cart")


def change_line(cart: Cart, request: HttpRequest) -> None:
    """Do what the form beside a line says, for whoever edits the cart.

    One more is one more, whatever others do meanwhile; any other quantity is meant as it was typed.
    """
    said = valid(Changed(request.POST))
    facts = {
        "variant": get_object_or_404(Variant, sku=said["sku"]),
        "seen_version": said["version"],
        "hand": hand_of(request),
        "by": actor_of(request),
        "channel": channel_of(request),
        "at": clock.now(),
    }
    adds = said["step"] == 1 and said["had"] == said["quantity"]
    quantity = 1 if adds else max(said["quantity"] + (said["step"] or 0), 0)
    if said["shown"]:  # the same button of the same page, pressed twice, is one edit
        facts["key"] = f"{said['shown']}:{'+' if adds else ''}{quantity}:{digest(said['sku'])[:32]}"
    (edits.add if adds else edits.set_quantity)(cart, quantity=quantity, **facts)


def code(request: HttpRequest) -> HttpResponse:
    """Put a promotion code on the cart, or take it off."""
    need(request, HandOff.Scope.EDIT)
    change_code(get_object_or_404(cart_of(request)), request)
    return redirect("cart")


def change_code(cart: Cart, request: HttpRequest) -> None:
    """Do what the form of the promotion code says, for whoever edits the cart."""
    said, by, channel, at = valid(Code(request.POST)), actor_of(request), channel_of(request), clock.now()
    if said["code"]:
        knock(GUESSES, request)
    enter_or_remove(cart, said, by=by, channel=channel, at=at)


def enter_or_remove(cart: Cart, said: dict[str, Any], **who: Any) -> None:
    """Put the code of a form on a cart, or take off what stands there."""
    if said["code"]:
        offers.enter(cart, typed=said["code"], seen_version=said["version"], **who)
    elif said["offer"]:
        offers.remove(cart, seen_version=said["version"], **who)
    else:
        edits.remove_coupon(cart, seen_version=said["version"], **who)


def restore(request: HttpRequest, secret: str) -> HttpResponse:
    """A link from a message: looking changes nothing (mail programs look, too), the button brings the cart back."""
    at = clock.now()
    if request.method != "POST":
        restoring.behind(secret, at=at)
        page = render(request, "carts/restore.html")
        page.headers["Referrer-Policy"] = "no-referrer"
        return page
    cart = restoring.restore(
        secret, person=person_of(request), by=actor_of(request), channel=channel_of(request), at=at
    )
    keep(request, cart)
    messages.success(request, _("Here is your cart, as you left it."))
    return redirect("cart")
