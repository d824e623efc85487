"""Returns at the counter: found by what the shopper shows, taken in, looked at and settled in one go."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.carts.pages import valid
from commerce.channels.models import Location
from commerce.customers import disclosure
from commerce.customers.addresses import kind_of
from commerce.customers.people import find_all_by_contact
from commerce.ids import fold
from commerce.rest.authentication import actor_of
from commerce.rest.problems import Problem
from commerce.rest.selling import channel_of, sales_channel_of
from inventory.pages_store import own_store
from orders.lookup import one_order
from orders.models import Order
from orders.returns import receiving, settling, starting, undoing
from orders.returns.bought import purchase_of
from orders.returns.models import Return, ReturnLine
from orders.returns.pages import Outcome, article, back_of, choices_of
from orders.returns.reach import purchase_for, return_for
from orders.returns.unreceipted import Brought, take_without_receipt, who_bought
from orders.returns.wording import CONDITIONS, OUTCOMES, REASONS, STATUSES
from orders.tenders import AT_THE_COUNTER

OPEN = (Return.Status.REQUESTED, Return.Status.RECEIVED, Return.Status.INSPECTED)


class Shown(forms.Form):
    """What the shopper shows or says: the code of a return, the code of a receipt, or a number and an address."""

    shown = forms.CharField(max_length=300)
    address = forms.CharField(max_length=254, required=False)


class WithoutReceipt(forms.Form):
    """Who brings something without a receipt, what it is, and what she wants for it."""

    who = forms.CharField(max_length=254)
    what = forms.CharField(max_length=60)
    quantity = forms.IntegerField(min_value=1, max_value=9999)
    reason = forms.ChoiceField(choices=ReturnLine.Reason.choices)
    outcome = forms.ChoiceField(choices=Return.Outcome.choices)


class NobodyKnown(Problem):
    """Nobody ever gave this address."""

    code = "address_of_nobody"
    status = 422


class Looked(forms.Form):
    """The condition of so many units of a line."""

    line = forms.IntegerField(min_value=1, max_value=9999)
    quantity = forms.IntegerField(min_value=1, max_value=9999)
    condition = forms.ChoiceField(choices=ReturnLine.Condition.choices)


class Settled(forms.Form):
    """What she wants now, and how she pays what a replacement costs more."""

    outcome = forms.ChoiceField(choices=Return.Outcome.choices)
    tender = forms.ChoiceField(choices=[("", ""), *((name, name) for name in AT_THE_COUNTER)], required=False)


@never_cache
def returns(request: HttpRequest, code: str) -> HttpResponse:
    """What is expected here and what lies here; what a shopper shows leads to its page."""
    store = own_store(request, code)
    if request.method == "POST" and request.POST.get("step") == "unreceipted":
        return without_receipt(request, store)
    if request.method == "POST":
        return find(request, code)
    rows = Return.objects.filter(location=store, status__in=OPEN).select_related("order").order_by("pk")
    context = {
        "store": store,
        "tab": "returns",
        "reasons": REASONS.items(),
        "outcomes": OUTCOMES.items(),
        "expected": [(one, STATUSES[one.status]) for one in rows.prefetch_related("lines")],
    }
    return render(request, "returns/store.html", context)


def find(request: HttpRequest, code: str) -> HttpResponse:
    """The page of what a shopper shows; raises WrongSecondProof."""
    said = valid(Shown(request.POST))
    shown = said["shown"].strip().rstrip("/").rpartition("/")[2]  # a receipt's code is an address of ours
    announced = Return.objects.filter(code=fold(shown), till_key=None).first()
    if announced:
        return redirect("store-return", code=code, public_id=return_for(request, announced.public_id).public_id)
    if order := Order.objects.filter(public_id=shown).first():
        return redirect("store-return-take", code=code, public_id=order.public_id)
    if not said["address"]:
        messages.error(request, _("We know nothing of this code. Try the order number with her email or phone."))
        return redirect("store-returns", code=code)
    stamp: dict[str, Any] = {"by": actor_of(request), "channel": channel_of(request), "at": clock.now()}
    order = one_order(kind_of(said["address"]), said["address"], number=shown, locations=None, **stamp)
    return redirect("store-return-take", code=code, public_id=order.public_id)


def without_receipt(request: HttpRequest, store: Location) -> HttpResponse:
    """Take in what somebody brings who is known by an address; raises NobodyKnown, UnknownSku, NotReturnable.

    Of several who gave it, as guests do, it is she who bought this; else whoever has proved that it is hers.
    """
    said, at = valid(WithoutReceipt(request.POST)), clock.now()
    stamp: dict[str, Any] = {"by": actor_of(request), "channel": channel_of(request), "at": at}
    found = find_all_by_contact(kind_of(said["who"]), said["who"])
    if not found:
        raise NobodyKnown("nobody ever gave this address")
    brought = Brought(article(said["what"]), said["quantity"], said["reason"])
    person = who_bought(found, brought, at=at)
    disclosure.note(person, what="return", by=stamp["by"], at=at)
    with transaction.atomic():
        returned = take_without_receipt(
            person,
            brought=brought,
            outcome=said["outcome"],
            location=store,
            sales_channel=sales_channel_of(request),
            **stamp,
        )
        receiving.receive(returned, location=store, **stamp)
    return redirect("store-return", code=store.code, public_id=returned.public_id)


@never_cache
def take(request: HttpRequest, code: str, public_id: str) -> HttpResponse:
    """What of a purchase may come back; what is ticked is announced and taken in at once.

    What she began on the web or with an agent is filled in: she says nothing twice (CO-01).
    """
    store, order = own_store(request, code), purchase_for(request, public_id)
    if request.method == "POST":
        stamp: dict[str, Any] = {"by": actor_of(request), "channel": channel_of(request), "at": clock.now()}
        returned = starting.announce(
            order,
            back=back_of(request),
            way=Return.Way.STORE,
            outcome=valid(Outcome(request.POST))["outcome"],
            location=store,
            sales_channel=sales_channel_of(request),
            **stamp,
        )
        receiving.receive(returned, location=store, **stamp)
        return redirect("store-return", code=code, public_id=returned.public_id)
    started = order.returns.filter(status=Return.Status.STARTED).first()
    context = {"store": store, "tab": "returns", "order": order, "started": started, "free_choice": True}
    context |= choices_of(purchase_of(order), started=started)
    return render(request, "returns/store_take.html", context)


@never_cache
def one_return(request: HttpRequest, code: str, public_id: str) -> HttpResponse:
    """One return, and the step that comes next."""
    store, returned = own_store(request, code), return_for(request, public_id)
    if request.method == "POST":
        step(request, store, returned)
        return redirect("store-return", code=code, public_id=returned.public_id)
    context = {
        "store": store,
        "tab": "returns",
        "returned": returned,
        "status": STATUSES[returned.status],
        "lines": [
            (line, REASONS.get(line.reason, ""), CONDITIONS.get(line.condition, ""))
            for line in returned.lines.select_related("order_line")
        ],
        "conditions": CONDITIONS.items(),
        "outcomes": OUTCOMES.items(),
        "owed": max(returned.replacement.total - returned.total, 0) if returned.replacement else 0,
    }
    return render(request, "returns/store_return.html", context)


def step(request: HttpRequest, store: Any, returned: Return) -> None:
    """Take one step: receive, inspect, settle, undo. Raises what the use cases raise."""
    stamp: dict[str, Any] = {"by": actor_of(request), "channel": channel_of(request), "at": clock.now()}
    match request.POST.get("step"):
        case "receive":
            receiving.receive(returned, location=store, **stamp)
        case "inspect":
            rows = zip(*(request.POST.getlist(name) for name in ("line", "quantity", "condition")), strict=False)
            said = [valid(Looked(dict(zip(("line", "quantity", "condition"), row, strict=True)))) for row in rows]
            found = [receiving.Found(one["line"], one["quantity"], one["condition"]) for one in said]
            receiving.inspect(returned, found=found, **stamp)
        case "settle":
            settling.settle(returned, **valid(Settled(request.POST)), **stamp)
            messages.success(request, _("Done."))
        case "undo":
            undoing.undo(returned, **stamp)
        case _:
            raise Http404
