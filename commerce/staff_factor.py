"""The second step of the staff's log-in: set up the authenticator app, or type its code. Without it a password opens
nothing, at any door: commerce.rest.access.role_of takes such a session for a visitor's.
"""

from datetime import timedelta

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce.channels import second_factor as factors
from commerce.channels.models import SecondFactor
from commerce.pages import HOMES
from commerce.rest.access import role_of
from commerce.rest.doors import STAFF
from commerce.rest.limits import Limit, forgive, spend

TRIES = Limit("second factors", 5, within=timedelta(minutes=5))
TRIES_A_DAY = Limit("second factors in a day", 30, within=timedelta(days=1))


def is_pending(request: HttpRequest) -> bool:
    """Whether somebody of the staff has given her password, and not the code that her session lacks."""
    is_staff = request.user.is_superuser or hasattr(request.user, "staff_member")
    return request.user.is_authenticated and is_staff and role_of(request) not in STAFF


@never_cache
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask for the app's code, or have the app set up; then on to where she wanted to go.

    The app runs on real time, so this page does, too, whatever the shop's movable clock says.
    """
    user, at = request.user, timezone.now()
    if not user.is_authenticated or not (user.is_superuser or hasattr(user, "staff_member")):
        return redirect("staff_login")
    factor = factors.factor_of(user)
    if request.method != "POST":
        return asked(request, factor or factors.begin(user, at=at))
    for limit in (TRIES, TRIES_A_DAY):
        spend(limit, str(user.pk))
    code = request.POST.get("code", "")[:40]
    if factor is None:
        factor = factors.begin(user, at=at)
        codes = factors.confirm(factor, code, at=at)
        if codes:
            passed(request)
            context = {"codes": codes, "next": wanted(request)}
            return render(request, "staff_recovery.html", context)
    elif factors.take(factor, code, at=at) or factors.recover(factor, code, at=at):
        passed(request)
        return redirect(wanted(request))
    return asked(request, factor, error=_("This code does not fit, or was used. Please wait for the next one."))


def asked(request: HttpRequest, factor: SecondFactor, *, error: str = "") -> HttpResponse:
    """The page; with the app's QR code if it is to be set up."""
    context = {"factor": factor, "error": error, "next": request.POST.get("next") or request.GET.get("next", "")}
    if factor.confirmed_at is None:
        context |= {
            "qr": segno.make(factors.address_for_app(factor), micro=False).svg_data_uri(scale=5),
            "secret": factors.secrets_of(factor)[0],
        }
    return render(request, "staff_factor.html", context, status=422 if error else 200)


def passed(request: HttpRequest) -> None:
    """This session has shown both, under a new key."""
    request.session.cycle_key()
    request.session[factors.PASSED] = timezone.now().isoformat()
    forgive(TRIES, str(request.user.pk))


def wanted(request: HttpRequest) -> str:
    """Where she wanted to go, if it is a place of ours; else where her role works."""
    place = request.POST.get("next", "")
    if place and url_has_allowed_host_and_scheme(place, {request.get_host()}, require_https=request.is_secure()):
        return place
    return HOMES.get(role_of(request), resolve_url("home"))
