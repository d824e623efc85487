"""Giving an order's money back, on a page for staff."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.approvals.deciding import limits_of
from commerce.approvals.models import Approval
from commerce.naming import named
from commerce.pages import refusal
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.problems import Problem
from commerce.rest.selling import channel_of
from commerce.templatetags.shop import money
from orders import refunding
from orders.forms import TypedAmount
from orders.reach import order_for
from orders.refunds import refunds_of


class Refunding(forms.Form):
    """How much, and why."""

    def __init__(self, *args: object, currency: str, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["amount"] = TypedAmount(currency=currency, label=gettext_lazy("Amount"))

    reason = forms.ChoiceField(choices=[(reason.value, named(reason.value)) for reason in refunding.REASONS])


@never_cache
def refund_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """What was paid and how, what went back already, and how much more goes back now."""
    order, role = order_for(request, public_id), role_of(request)
    form = Refunding(request.POST or None, currency=order.currency)
    if request.method == "POST" and form.is_valid():
        try:
            asked = refunding.refund(
                order,
                amount=form.cleaned_data["amount"],
                reason=form.cleaned_data["reason"],
                role=role,
                by=actor_of(request),
                channel=channel_of(request),
                at=clock.now(),
            )
        except Problem as problem:
            form.add_error(None, refusal(problem))
        else:
            messages.success(request, said(asked, order.currency))
            return redirect("order-refund", public_id=public_id)
    context = {
        "order": order,
        "form": form,
        "reasons": [(reason.value, named(reason.value)) for reason in refunding.REASONS],
        "refundable": refunding.refundable(order),
        "payments": refunding.refundable_payments(order),
        "refunds": refunds_of(order),
        "alone": limits_of(refunding.KIND, role)[0],
        "waiting": Approval.objects.filter(kind=refunding.KIND, subject=order.public_id, status="open"),
    }
    return render(request, "orders/refund.html", context, status=422 if form.errors else 200)


def said(asked: refunding.Asked, currency: str) -> str:
    """What became of it, for who asked."""
    if asked.approval:
        return _("This waits for a second person.")
    return _("%(amount)s goes back.") % {"amount": money(sum(part.amount for part in asked.refunds), currency)}
