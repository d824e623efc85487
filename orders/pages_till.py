"""Selling in a store on a phone or tablet: scan, see the price, take the money, done."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from commerce import clock
from commerce.carts.models import Cart
from commerce.carts.pages import WHY_NO_OFFER, Changed, valid
from commerce.carts.pages_discounts import reasons
from commerce.catalog.models import Variant
from commerce.channels.models import Location
from commerce.customers.models import ContactPoint
from commerce.customers.people import find_by_contact
from commerce.ids import public_id
from commerce.pages import refusal
from commerce.promotions.uses import GUESSES, CodeEnded, UnknownCode
from commerce.quotes.reckoning import Quote, Wanted
from commerce.rest.authentication import actor_of
from commerce.rest.limits import knock
from commerce.templatetags.shop import money, named
from inventory.pages_store import own_store, scanned_or_found
from inventory.window import in_language
from orders import till_cart, till_codes, till_tenders
from orders.credits import ledger
from orders.credits.models import Credit
from orders.forms import TypedAmount
from orders.pages import filled_in
from orders.pages_known import known_here, leave
from orders.selling import selling_channel
from orders.tenders import CARD_TERMINAL, CASH
from orders.till_codes import Coded
from orders.till_facts import TillFact, TillLine
from orders.till_tenders import Split, split
from orders.told_twice import insist

TENDERS = [(CASH, gettext_lazy("Cash")), (CARD_TERMINAL, gettext_lazy("Card"))]


class Paid(forms.Form):
    """How it was paid, the total that the customer was told, and her email if she likes.

    Without a tender, only what is left to be paid is shown.
    """

    tender = forms.ChoiceField(choices=TENDERS, required=False)
    expected_total = forms.IntegerField(min_value=0)
    key = forms.CharField(max_length=22)
    email = forms.CharField(max_length=254, required=False)
    gift_card = forms.CharField(max_length=40, required=False)
    credit_proof = forms.CharField(max_length=20, required=False)
    in_cash = TypedAmount(required=False)


def basket_of(request: HttpRequest, store: Location) -> dict[str, int]:
    """What was scanned in this browser and not paid yet: SKU → units."""
    return dict(request.session.get(f"till:{store.code}", {}))


def keep_basket(request: HttpRequest, store: Location, basket: Mapping[str, int]) -> None:
    """Remember what was scanned; with the last of it go its code and what was taken off by hand."""
    kept = request.session[f"till:{store.code}"] = {sku: units for sku, units in basket.items() if units > 0}
    if not kept:
        keep_code(request, store, "")
        till_cart.forget(request, store, at=clock.now())
        request.session.pop(kept_slot(store), None)


def kept_slot(store: Location) -> str:
    """Where a clerk's session keeps which reservations are handed over with this basket."""
    return f"till-kept:{store.code}"


def code_of(request: HttpRequest, store: Location) -> str:
    """The code that was typed for this basket."""
    return str(request.session.get(f"till-code:{store.code}", ""))


def keep_code(request: HttpRequest, store: Location, typed: str) -> None:
    """Remember a code, or forget it."""
    request.session[f"till-code:{store.code}"] = typed


def priced(basket: Mapping[str, int], store: Location, *, typed: str = "", behind: Cart | None = None) -> Coded:
    """What the basket costs in this store now; raises NotForSale, NoSalesChannel."""
    ids = dict(Variant.objects.filter(sku__in=basket).values_list("sku", "pk"))
    wanted = [Wanted(ids[sku], units) for sku, units in basket.items() if sku in ids]
    return till_codes.priced(
        wanted,
        typed=typed,
        sales_channel=selling_channel(store),
        store=store,
        behind=behind,
        at=clock.now(),
        language=get_language() or "",
    )


def with_code(request: HttpRequest, store: Location) -> Coded:
    """The basket of this browser with its code; one that is no good any more is forgotten."""
    basket, typed = basket_of(request, store), code_of(request, store)
    behind = till_cart.cart_behind(request, store)
    try:
        return priced(basket, store, typed=typed, behind=behind)
    except (UnknownCode, CodeEnded) as problem:
        keep_code(request, store, "")
        messages.error(request, refusal(problem))
        return priced(basket, store, behind=behind)


def sell(request: HttpRequest, code: str) -> HttpResponse:
    """The basket and its price. What is scanned goes in at once; words show what they find."""
    store, query = own_store(request, code), request.GET.get("q", "")[:80].strip()
    if request.method == "POST":
        return scan(request, store)
    found = scanned_or_found(query) if query else []
    return show(
        request,
        store,
        query=query,
        found=[(variant, in_language(variant.product, "title", get_language() or "es")) for variant in found],
    )


def show(request: HttpRequest, store: Location, **more: Any) -> HttpResponse:
    """The page of the till."""
    coded = with_code(request, store) if basket_of(request, store) else None
    context = {
        "store": store,
        "tab": "sell",
        "coded": coded,
        "quote": coded and coded.quote,
        "why_not": WHY_NO_OFFER.get(coded.obstacle, "") if coded else "",
        "tenders": TENDERS,
        "reasons": reasons(),
        "her": (her := known_here(request, store)),
        "what": "sell",
        "known": filled_in(her),
        "key": public_id(),
    }
    return render(request, "orders/sell.html", context | more)


def scan(request: HttpRequest, store: Location) -> HttpResponse:
    """Put one unit of the one thing that was meant into the basket; else show what might have been."""
    query = request.POST.get("q", "")[:80].strip()
    found = scanned_or_found(query) if query else []
    if len(found) != 1:
        return redirect(f"{request.path}?{urlencode({'q': query})}")
    basket, sku = basket_of(request, store), found[0].sku
    keep_basket(request, store, basket | {sku: basket.get(sku, 0) + 1})
    return redirect(request.path)


def put(request: HttpRequest, code: str) -> HttpResponse:
    """Say how many units of something lie in the basket."""
    store, said = own_store(request, code), valid(Changed(request.POST))
    get_object_or_404(Variant, sku=said["sku"], is_active=True)
    units = max(said["quantity"] + (said["step"] or 0), 0)
    keep_basket(request, store, basket_of(request, store) | {said["sku"]: units})
    return redirect("store-sell", code=code)


def enter_code(request: HttpRequest, code: str) -> HttpResponse:
    """Price the basket with a code of a promotion or an offer; without one, as things are."""
    store, typed = own_store(request, code), request.POST.get("code", "")[:4000].strip()
    if typed:
        knock(GUESSES, request)
        till_codes.read(typed, at=clock.now())
    keep_code(request, store, typed)
    return redirect("store-sell", code=code)


def take_money(request: HttpRequest, code: str) -> HttpResponse:
    """Write the sale down, at the price the customer was told; or show first what of it is left to be paid."""
    store, said = own_store(request, code), valid(Paid(request.POST))
    at, by = clock.now(), actor_of(request)
    if not basket_of(request, store):
        return redirect("store-sell", code=code)
    coded = with_code(request, store)
    agreed = coded.quote
    if agreed.total != said["expected_total"]:
        messages.error(request, _("The price has changed. Please look at the new total and confirm once more."))
        return redirect("store-sell", code=code)
    buyer = known_here(request, store)
    if buyer is None and said["email"]:
        buyer = find_by_contact(ContactPoint.Kind.EMAIL, said["email"])
    owed: list[Credit] = [ledger.find_gift_card(said["gift_card"], at=at)] if said["gift_card"] else []
    if proof := said["credit_proof"]:
        owed.append(till_tenders.hers(buyer, proof=proof, currency=agreed.currency, by=by, at=at))
    paid = split(agreed.total, owed=owed, in_cash=said["in_cash"] or 0, tender=said["tender"])
    if not said["tender"]:
        return show(request, store, said=request.POST, parts=paid.tenders)
    sale = TillFact(
        key=f"page:{said['key']}",
        kind="sale",
        occurred_at=at,
        location=store.pk,
        lines=lines_of(agreed),
        person=buyer.pk if buyer else None,
        tender=said["tender"],
        kept=tuple(request.session.get(kept_slot(store), ())),
    )
    sold: dict[str, Any] = {"sales_channel": selling_channel(store), "by": by, "at": at}
    insist(lambda: till_tenders.sell(sale, paid, coded, **sold))
    request.session.pop(till_cart.slot_of(store), None)
    keep_basket(request, store, {})
    leave(request, store)
    messages.success(request, _("Sold: %(total)s.") % {"total": in_parts(paid, agreed)})
    return redirect("store-sell", code=code)


def in_parts(paid: Split, agreed: Quote) -> str:
    """A total, and the parts it was paid in where there are several."""
    total = money(agreed.total, agreed.currency)
    parts = " + ".join(f"{named(part.tender)} {money(part.amount, agreed.currency)}" for part in paid.tenders)
    return f"{total} = {parts}" if len(paid.tenders) > 1 else total


def lines_of(agreed: Quote) -> tuple[TillLine, ...]:
    """A quote's lines as a receipt has them."""
    return tuple(
        TillLine(i, line.variant_id, line.sku, line.title, line.quantity, line.unit_price, line.discount, line.total)
        for i, line in enumerate(agreed.lines, start=1)
    )
