"""A store's shared tablet: set up by its staff, used by everybody, left with a button."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from commerce import clock
from commerce.customers import kiosk
from inventory.pages_store import own_store


def set_up(request: HttpRequest, code: str, what: str) -> HttpResponse:
    """Make this browser a kiosk, or an ordinary one again."""
    store = own_store(request, code)
    if what == "start":
        kiosk.start(request, store=store.code, at=clock.now())
        return redirect("home")
    if what != "stop":
        raise Http404
    kiosk.stop(request)
    messages.success(request, _("This tablet is no kiosk any more."))
    return redirect("store", code=store.code)


def leave(request: HttpRequest) -> HttpResponse:
    """The visit is over."""
    if kiosk.is_kiosk(request):
        kiosk.end_visit(request, at=clock.now())
    response = redirect("home")
    kiosk.forget_language(response)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
