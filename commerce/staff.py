"""The log-in of the staff: a name and a password, and not many tries."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode

from commerce.pages import HOMES
from commerce.rest.access import role_of
from commerce.rest.limits import Limit, forgive, network_address, spend
from commerce.staff_factor import is_pending

# Whoever guesses from one place is stopped soon; a name that many places guess at, later, so that nobody can lock a
# colleague out with ten requests.
TRIES_OF_ONE = Limit("staff log-in by name and place", 10, within=timedelta(minutes=15))
TRIES_FROM_PLACE = Limit("staff log-in by place", 60, within=timedelta(minutes=15))
TRIES_AT_NAME = Limit("staff log-in by name", 100, within=timedelta(hours=1))


class StaffLogin(LoginView):
    """Asks for a name and a password, then leads to where this role works."""

    template_name = "staff_login.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Whoever has given the password and not the code yet is asked for that."""
        if is_pending(request):
            return redirect(f"{resolve_url('staff_factor')}?{urlencode({'next': self.get_redirect_url()})}")
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Try a password; raises TooManyRequests."""
        spend(TRIES_FROM_PLACE, network_address(request))
        spend(TRIES_AT_NAME, name_of(request))
        spend(TRIES_OF_ONE, f"{name_of(request)} {network_address(request)}")
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """The right password: earlier slips are forgotten."""
        forgive(TRIES_OF_ONE, f"{name_of(self.request)} {network_address(self.request)}")
        return super().form_valid(form)

    def get_default_redirect_url(self) -> str:
        """Where this member of staff works."""
        return HOMES.get(role_of(self.request), "/")


def name_of(request: HttpRequest) -> str:
    """The name that was typed."""
    return request.POST.get("username", "").strip().lower()
