"""Cases for the shopper: a form that ends in a key, not in an address to write to, and the page of each case."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.card_numbers import NOTICE
from commerce.customers.sessions import person_of
from commerce.links import links
from commerce.naming import named
from commerce.pages import refusal
from commerce.photos.photos import NotAPhoto, PhotoTooLarge, take_in
from commerce.rest.authentication import actor_of
from commerce.rest.limits import Limit, network_address, spend
from commerce.telling import tell
from notifications.cases.letters import LINK, link_to
from notifications.cases.reach import cases_of
from notifications.cases.showing import READ_ALONG, pictures_of, shown
from notifications.pages import page
from notifications.pictures import Pictures, jpeg
from orders.cases.models import Case, Kind
from orders.cases.opening import open_case
from orders.reach import order_for

OPENED_PER_PLACE = Limit("cases opened", 10, within=timedelta(hours=1))


class Incident(forms.Form):
    """What went wrong, in her words, with pictures if she has some."""

    kind = forms.ChoiceField(choices=[(value, value) for value in Kind.values])
    request = forms.CharField(max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))
    photos = Pictures(required=False)


@never_cache
def new_case(request: HttpRequest, order: str) -> HttpResponse:
    """Say what is wrong with an order; the answer is the key and every step, on a page of its own."""
    found, at = order_for(request, order), clock.now()
    if found.person is None:
        raise Http404
    form = Incident(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        spend(OPENED_PER_PLACE, network_address(request))
        try:
            with transaction.atomic():
                case = open_case(
                    form.cleaned_data["kind"],
                    person=found.person,
                    order=found,
                    request=form.cleaned_data["request"],
                    photos=[take_in(file, at=at).pk for file in form.cleaned_data["photos"]],
                    by=actor_of(request),
                    channel="web",
                    at=at,
                )
        except (NotAPhoto, PhotoTooLarge) as problem:  # what she typed stays
            form.add_error("photos", refusal(problem))
        else:
            messages.success(request, _("Your case is %(key)s. You need not tell it again.") % {"key": case.key})
            if case.request != form.cleaned_data["request"]:
                messages.warning(request, NOTICE)
            return redirect("case-link", link_to(case, at=at))
    standing = found.cases.filter(status=Case.Status.OPEN).first()
    context = {
        "order": found,
        "form": form,
        "kinds": [(value, named(value)) for value in Kind.values],
        "standing": standing,
    }
    return render(request, "notifications/case_new.html", context, status=422 if form.errors else 200)


@never_cache
def own_case(request: HttpRequest, public_id: str) -> HttpResponse:
    """One of her cases, in her account."""
    person = person_of(request)
    if person is None:
        raise Http404
    return page(
        request, "notifications/case.html", context_of(get_object_or_404(cases_of(person), public_id=public_id))
    )


@never_cache
def case_by_link(request: HttpRequest, secret: str) -> HttpResponse:
    """A case behind the link that was sent about it."""
    link = links.find(LINK, secret, at=clock.now())
    case = get_object_or_404(Case.objects.select_related(*READ_ALONG), public_id=link.subject)
    base = reverse("case-link", args=[secret])
    return page(request, "notifications/case.html", context_of(case) | {"photo_base": f"{base}photos/"})


def case_photo(request: HttpRequest, secret: str, public_id: str) -> HttpResponse:
    """A picture of a case, behind the link to it."""
    link = links.find(LINK, secret, at=clock.now())
    return jpeg(get_object_or_404(pictures_of(Case.objects.get(public_id=link.subject)), public_id=public_id))


def context_of(case: Case) -> dict[str, object]:
    """What her page of a case shows."""
    whole = shown(case, language=get_language() or "es", to_staff=False)
    return {
        "shown": whole,
        "case": case,
        "zone": case.person.timezone,
        "story": [(entry, tell(entry)) for entry in whole.entries],
    }
