"""Bringing something back, as a shopper or the agent who helps her says it: one question after the other."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.carts.pages import valid
from commerce.catalog.models import Variant
from commerce.channels.models import Location
from commerce.pages import refusal
from commerce.rest.authentication import actor_of
from commerce.rest.problems import Problem
from commerce.rest.selling import channel_of, sales_channel_of
from orders.changes.api import UnknownSku
from orders.changes.pages import log_in_first
from orders.models import Order
from orders.returns import starting
from orders.returns.bought import Purchase, purchase_of
from orders.returns.models import Return, ReturnLine
from orders.returns.policy import in_force, in_words
from orders.returns.reach import purchase_for
from orders.returns.wording import OUTCOMES, REASONS, STATUSES, WAYS, why_not

GOODS = ("line", "quantity", "reason", "wants")
STEPS = ("goods", "outcome", "way", "confirm")


@dataclass(frozen=True)
class Said:
    """What she said of a line before: nothing yet, by default."""

    quantity: int = 0
    reason: str = ""
    wants: str = ""


class Goods(forms.Form):
    """How many units of a line come back, why, and what she wants for them if it is an exchange for something else."""

    line = forms.CharField(max_length=22)
    quantity = forms.IntegerField(min_value=0, max_value=9999, required=False)
    reason = forms.ChoiceField(choices=ReturnLine.Reason.choices)
    wants = forms.CharField(max_length=60, required=False)


class Outcome(forms.Form):
    """What she wants for it."""

    outcome = forms.ChoiceField(choices=Return.Outcome.choices)


class Way(forms.Form):
    """How it comes: "post", or the code of a store."""

    way = forms.CharField(max_length=30)


def policy_page(request: HttpRequest) -> HttpResponse:
    """The policy that holds for what is bought now."""
    policy = in_force(clock.now())
    context = {"policy": policy, "words": in_words(policy, language=get_language() or "es")}
    return render(request, "returns/policy.html", context)


@never_cache
def return_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """What may come back, and the question at which this return stands, whoever answered those before."""
    try:
        order = purchase_for(request, public_id)
    except Http404:
        if request.user.is_authenticated or not Order.objects.filter(public_id=public_id).exists():
            raise
        return redirect_to_login(request.path)
    if turned_away := log_in_first(request, order, at=clock.now()):
        return turned_away
    started = order.returns.filter(status=Return.Status.STARTED).first()
    error = ""
    if request.method == "POST":
        try:
            take_answer(request, order, started)
            return redirect("order-return", public_id=public_id)
        except Problem as problem:
            error = refusal(problem)
    return render(request, "returns/return.html", shown(order, error=error), status=422 if error else 200)


def take_answer(request: HttpRequest, order: Order, started: Return | None) -> None:
    """Take the answer to one question; raises what the use cases raise."""
    stamp: dict[str, Any] = {"by": actor_of(request), "channel": channel_of(request), "at": clock.now()}
    match request.POST.get("step"):
        case "goods":
            back = back_of(request)
            starting.start(order, back=back, sales_channel=sales_channel_of(request), **stamp)
        case "outcome" if started:
            starting.answer(started, outcome=valid(Outcome(request.POST))["outcome"])
        case "way" if started:
            starting.answer(started, **way_of(valid(Way(request.POST))["way"]))
        case "confirm" if started:
            starting.request(started, **stamp)
            messages.success(request, _("Thank you. Bring or send it with the code below."))
        case "undo" if started:
            starting.cancel(started, **stamp)
        case "cancel":
            announced = order.returns.filter(public_id=request.POST.get("return", "")).first()
            if announced is None:
                raise Http404
            starting.cancel(announced, **stamp)
        case _:
            raise Http404


def back_of(request: HttpRequest) -> list[starting.Back]:
    """What the form says comes back: four fields for each line. Raises UnknownSku."""
    rows = zip(*(request.POST.getlist(name) for name in GOODS), strict=False)
    said = [valid(Goods(dict(zip(GOODS, row, strict=True)))) for row in rows]
    return [
        starting.Back(one["line"], one["quantity"], one["reason"], wanted(one["wants"]))
        for one in said
        if one["quantity"]
    ]


def wanted(sku: str) -> Variant | None:
    """What she wants instead; nothing where it is the same again. Raises UnknownSku."""
    return article(sku) if sku.strip() else None


def article(shown: str) -> Variant:
    """What is sold under a SKU or a barcode; raises UnknownSku."""
    known = Q(sku__iexact=shown.strip()) | Q(barcode=shown.strip())
    found = Variant.objects.filter(known, is_active=True).order_by("pk").first()
    if found is None:
        raise UnknownSku("nothing is sold under this number", sku=shown.strip())
    return found


def way_of(said: str) -> dict[str, Any]:
    """The way that was chosen; raises Http404 where no store has that code."""
    if said == Return.Way.POST:
        return {"way": Return.Way.POST}
    store = Location.objects.filter(code=said, kind=Location.Kind.STORE, is_active=True).first()
    if store is None:
        raise Http404
    return {"way": Return.Way.STORE, "location": store}


def shown(order: Order, *, error: str) -> dict[str, Any]:
    """What the page shows: the policy of this purchase, the offers, and where the return stands."""
    purchase = purchase_of(order)
    started = order.returns.filter(status=Return.Status.STARTED).first()
    step = starting.open_question(started) if started else "goods"
    announced = order.returns.exclude(status__in=[Return.Status.STARTED, Return.Status.CANCELED])
    return {
        "order": order,
        "error": error,
        "step": step,
        "steps": [(name, STEPS.index(name) < STEPS.index(step)) for name in STEPS],
        "started": started,
        "started_lines": list(started.lines.select_related("order_line")) if started else [],
        "stores": Location.objects.filter(kind=Location.Kind.STORE, is_active=True).order_by("name"),
        "answered": {
            "outcome": OUTCOMES.get(started.outcome, "") if started else "",
            "way": WAYS.get(started.way, "") if started else "",
        },
        "announced": [(one, STATUSES[one.status]) for one in announced.prefetch_related("lines").order_by("-pk")],
    } | choices_of(purchase)


def others_of(purchase: Purchase) -> dict[str, list[Variant]]:
    """For each line the other sizes and colors of what was bought."""
    bought = [line.variant_id for line in purchase.lines]
    kin = Variant.objects.filter(product__variants__in=bought, is_active=True).select_related("product").distinct()
    of_product: dict[int, list[Variant]] = {}
    for variant in kin.order_by("product", "position", "pk"):
        of_product.setdefault(variant.product_id, []).append(variant)
    product_of = {variant.pk: variant.product_id for kin in of_product.values() for variant in kin}
    return {
        line.line: [
            other
            for other in of_product.get(product_of.get(line.variant_id or 0, 0), ())
            if other.pk != line.variant_id
        ]
        for line in purchase.lines
    }


def said_of(started: Return | None) -> dict[str, Said]:
    """For each line what a return that was started says of it."""
    said: dict[str, Said] = {}
    for line in started.lines.select_related("order_line", "wants") if started else ():
        if line.order_line:
            before = said.get(line.order_line.public_id, Said())
            wants = line.wants.sku if line.wants else ""
            said[line.order_line.public_id] = Said(before.quantity + line.quantity, line.reason, wants)
    return said


def choices_of(purchase: Purchase, *, started: Return | None = None) -> dict[str, Any]:
    """What a form lets her choose: the goods, the reasons, the outcomes; and the policy in words.

    What she answered before, where a return was started, is chosen in it.
    """
    others, said = others_of(purchase), said_of(started)
    outcomes = [(code, words) for code, words in OUTCOMES.items() if code in purchase.policy.outcomes]
    return {
        "offers": [
            (offer, why_not(offer), others[offer.line], said.get(offer.line, Said()))
            for offer in purchase.offers(at=clock.now())
        ],
        "reasons": REASONS.items(),
        "outcomes": outcomes,
        "chosen": (started.outcome if started else "") or (outcomes[0][0] if outcomes else ""),
        "policy": purchase.policy,
        "words": in_words(purchase.policy, language=get_language() or "es"),
    }
