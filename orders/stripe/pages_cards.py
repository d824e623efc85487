"""Her kept cards in her account: having one kept, the wait on the way to Stripe and back, and removing one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.customers.api import person_or_404
from commerce.customers.people import people_of
from commerce.rest.authentication import actor_of
from orders.stripe import card_pages, kept_cards
from orders.stripe.models import CardPage

Status = CardPage.Status


def keep(request: HttpRequest) -> HttpResponse:
    """On to a page of Stripe's on which a card is kept."""
    page = card_pages.ask(person_or_404(request), by=actor_of(request), channel="web", at=clock.now())
    return redirect("account-card-page", public_id=page.public_id)


def remove(request: HttpRequest, public_id: str) -> HttpResponse:
    """Keep a card no more."""
    hers = kept_cards.cards_for(person_or_404(request)).select_related("customer__person")
    card = get_object_or_404(hers, public_id=public_id)
    kept_cards.remove(card, by=actor_of(request), channel="web", at=clock.now())
    messages.success(request, _("Removed."))
    return redirect("account")


@never_cache
def wait(request: HttpRequest, public_id: str) -> HttpResponse:
    """To Stripe's page as soon as it stands; coming back, on to the account as soon as it is known what came of it."""
    person = person_or_404(request)
    hers = CardPage.objects.select_related("customer__journey").filter(customer__person__in=people_of(person))
    page, at = get_object_or_404(hers, public_id=public_id), clock.now()
    came_back, waits = "back" in request.GET, page.status == Status.WAITING and page.expires_at > at
    if waits and page.url and not came_back:
        return redirect(page.url)
    if not waits:
        if page.status == Status.KEPT:
            messages.success(request, _("Your card is kept at our payment service."))
        else:
            messages.error(request, _("No card was kept."))
        return redirect("account")
    if came_back:
        kept_cards.look_soon(page.customer, at=at)
    shown = render(request, "stripe/card_page.html", {"page": page, "came_back": came_back})
    shown["Refresh"] = "1"
    return shown
