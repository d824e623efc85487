"""Holding an order back and letting it go, on a page for staff: why, whose matter it is, and until when."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.naming import named
from commerce.pages import refusal
from commerce.rest.authentication import actor_of
from commerce.rest.problems import Problem
from commerce.rest.selling import channel_of
from orders.changes import holding
from orders.models import OrderHold
from orders.reach import order_for


class NewHold(forms.Form):
    """Why it is held back, whose matter that is, and until when."""

    kind = forms.ChoiceField(choices=OrderHold.Kind.choices)
    owner = forms.CharField(max_length=60, required=False)
    due_at = forms.DateTimeField()


class Release(forms.Form):
    """Which hold was decided."""

    kind = forms.ChoiceField(choices=OrderHold.Kind.choices)


@never_cache
def holds_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """The holds of an order, those that are over too; a form for another, and a button for each that stands."""
    order, at, error = order_for(request, public_id), clock.now(), ""
    is_release = request.POST.get("step") == "release"
    form: forms.Form = Release(request.POST) if is_release else NewHold(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said, by = form.cleaned_data, actor_of(request)
        stamp: dict[str, Any] = {"by": by, "channel": channel_of(request), "at": at}
        try:
            if is_release:
                holding.release(order, kind=said["kind"], **stamp)
                messages.success(request, _("It is not held for that any more."))
            else:
                owner = said["owner"] or str(by)
                holding.put_on_hold(order, kind=said["kind"], owner=owner, due_at=said["due_at"], **stamp)
                messages.success(request, _("Nobody prepares it until that is decided."))
            return redirect("order-holds", public_id=public_id)
        except Problem as problem:
            error = refusal(problem)
    context = {
        "order": order,
        "holds": order.holds.order_by("released_at", "-pk"),
        "form": form,
        "kinds": [(value, named(value)) for value in OrderHold.Kind.values],
        "error": error,
        "now": at,
    }
    return render(request, "orders/holds.html", context, status=422 if error or form.errors else 200)
