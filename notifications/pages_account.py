"""The shopper's own page: her orders, what she agreed to, where and how she likes to hear from us."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.carts.visits import count
from commerce.customers import consent, profile
from commerce.customers.api import account_or_404, addresses_of, person_or_404
from commerce.customers.models import Consent, ContactPoint, Person, Taste
from commerce.customers.people import people_of
from commerce.rest.authentication import actor_of
from commerce.timeline.record import open_journey
from notifications.tastes import tastes_of
from orders.delivery.slots import windows_of
from orders.models import Fulfillment, Order
from orders.stripe.kept_cards import cards_for

LATEST = 50
OFFERED = {"email": "email", "phone": "sms", "whatsapp": "whatsapp"}
"""Kind of address she has → the contact channel that she can choose for it."""

PURPOSES = {
    Consent.Purpose.REMINDER: gettext_lazy("Remind me of a cart I left behind"),
    Consent.Purpose.MARKETING: gettext_lazy("Tell me about news and offers"),
    Consent.Purpose.SURVEY: gettext_lazy("Ask me how it was"),
    Consent.Purpose.RESTOCK: gettext_lazy("Tell me when something I asked about is back"),
}


class About(forms.Form):
    """Her name, and how and when she likes to hear from us."""

    given_name = forms.CharField(max_length=60, required=False)
    family_name = forms.CharField(max_length=80, required=False)
    language = forms.ChoiceField(choices=settings.LANGUAGES)
    preferred_contact_channel = forms.ChoiceField(
        choices=[("", ""), *((channel, channel) for channel in OFFERED.values())], required=False
    )
    since = forms.TimeField(required=False)
    until = forms.TimeField(required=False)


class NewAddress(forms.Form):
    """Where things can be sent."""

    label = forms.CharField(max_length=40, required=False, label=gettext_lazy("Name of the address"))
    recipient = forms.CharField(max_length=120, label=gettext_lazy("Name"))
    street = forms.CharField(max_length=120, label=gettext_lazy("Street and number"))
    postal_code = forms.CharField(max_length=12, label=gettext_lazy("Postal code"))
    city = forms.CharField(max_length=60, label=gettext_lazy("Town"))


@never_cache
def account(request: HttpRequest, *, address: NewAddress | None = None) -> HttpResponse:
    """Everything of hers on one page."""
    person = person_or_404(request)
    orders = (
        Order.objects.filter(person__in=people_of(person))
        .exclude(status=Order.Status.DRAFT)
        .prefetch_related(Prefetch("fulfillments", Fulfillment.objects.select_related("location")), "lines")
        .order_by("-created_at", "-pk")[:LATEST]
    )
    shown = list(orders)
    windows = windows_of(part for order in shown for part in order.fulfillments.all() if part.kind == "shipment")
    context = {
        "person": person,
        "orders": shown,
        "windows": list(windows.items()),
        "units": count(request),
        "channels": channels_of(person),
        "switches": switches(person),
        "addresses": list(addresses_of(person)),
        "cards": list(cards_for(person)),
        "may_keep_card": bool(settings.STRIPE_API_KEY),
        "form": address or NewAddress(initial={"recipient": str(person) if person.given_name else ""}),
        "languages": settings.LANGUAGES,
        "tastes": tastes_of(person, at=clock.now()),
        "taste_kinds": Taste.Kind.choices,
    }
    return render(request, "notifications/account.html", context, status=422 if address else 200)


def channels_of(person: Person) -> list[str]:
    """The contact channels she has an address for."""
    kinds = set(ContactPoint.objects.filter(person__in=people_of(person)).values_list("kind", flat=True))
    return [channel for kind, channel in OFFERED.items() if kind in kinds]


def switches(person: Person) -> list[tuple[Any, list[tuple[str, str, bool]]]]:
    """What she can agree to: each purpose with its contact channels, the names of their switches, and which are on."""
    on, channels = {(c.purpose, c.contact_channel) for c in consent.latest(person) if c.granted}, channels_of(person)
    return [
        (words, [(channel, f"{purpose}:{channel}", (purpose, channel) in on) for channel in channels])
        for purpose, words in PURPOSES.items()
    ]


def choose(request: HttpRequest) -> HttpResponse:
    """Keep the switches that she turned; those she left alone are no new choice."""
    person = person_or_404(request)
    turned = [
        (name, channel, name in request.POST)
        for _words, row in switches(person)
        for channel, name, was_on in row
        if (name in request.POST) != was_on
    ]
    if turned:
        keep_choices(turned, request)
    messages.success(request, _("We will keep to it."))
    return redirect("account")


@transaction.atomic
def keep_choices(turned: list[tuple[str, str, bool]], request: HttpRequest) -> None:
    """Write down the choices of one visit, on a journey of their own."""
    at = clock.now()
    journey = open_journey(at=at)
    for name, channel, granted in turned:
        consent.say(
            account_or_404(request),
            contact_channel=channel,
            purpose=name.partition(":")[0],
            granted=granted,
            method="account",
            journey=journey,
            by=actor_of(request),
            channel="web",
            at=at,
        )


def change(request: HttpRequest) -> HttpResponse:
    """Keep her name, her language, and how and when she likes to hear from us."""
    person, form = person_or_404(request), About(request.POST)
    if not form.is_valid() or bool(form.cleaned_data["since"]) != bool(form.cleaned_data["until"]):
        messages.error(request, _("Please give both hours, such as 18:00 and 20:00, or none."))
        return redirect("account")
    said = form.cleaned_data
    since, until = said.pop("since"), said.pop("until")
    said["preferred_hours"] = [since.strftime("%H:%M"), until.strftime("%H:%M")] if since else None
    profile.change(person, fields=said, entered_in="web", at=clock.now())
    with translation.override(said["language"]):
        messages.success(request, _("Kept."))
    response = redirect("account")
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, said["language"], samesite="Lax")
    return response


def add_address(request: HttpRequest) -> HttpResponse:
    """Keep an address, or say what it lacks."""
    form = NewAddress(request.POST)
    if not form.is_valid():
        return account(request, address=form)
    profile.add_address(account_or_404(request), entered_in="web", at=clock.now(), **form.cleaned_data)
    messages.success(request, _("Kept."))
    return redirect("account")


def remove_address(request: HttpRequest, pk: int) -> HttpResponse:
    """Offer an address no more."""
    profile.remove_address(get_object_or_404(addresses_of(person_or_404(request)), pk=pk), at=clock.now())
    messages.success(request, _("Removed."))
    return redirect("account")
