"""The page on which a second person decides."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce.approvals.api import MOST, approvals_for, decide
from commerce.approvals.deciding import limits_of
from commerce.approvals.models import Approval
from commerce.pages import refusal
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.problems import Problem


@never_cache
def waiting(request: HttpRequest) -> HttpResponse:
    """What waits, and whether the reader may agree to it."""
    mine, role = str(actor_of(request)), role_of(request)
    found = list(approvals_for(request).filter(status=Approval.Status.OPEN).order_by("asked_at", "pk")[:MOST])
    limits = {kind: limits_of(kind, role) for kind in {approval.kind for approval in found}}
    rows = []
    for approval in found:
        _alone, agrees = limits[approval.kind]
        may = approval.asked_by != mine and (agrees is None or approval.amount <= agrees)
        rows.append((approval, may, approval.asked_by == mine))
    return render(request, "approvals/waiting.html", {"rows": rows})


def decided(request: HttpRequest, public_id: str) -> HttpResponse:
    """Yes or no."""
    granted = request.POST.get("granted") == "1"
    try:
        decide(request, public_id, granted=granted)
    except Problem as problem:
        messages.error(request, refusal(problem))
    else:
        messages.success(request, _("Done.") if granted else _("It was not granted."))
    return redirect("approvals")
