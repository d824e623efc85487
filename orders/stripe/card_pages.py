"""Having a card kept without paying: a row first, then a page at Stripe's, opened by a worker under that row's id."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from commerce.customers.models import Person
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.models import Task
from commerce.timeline.record import record
from commerce.timeline.tasks import done, entry_of, hold, outward
from orders.stripe import card_gateway, gateway, kept_cards
from orders.stripe.asking import PAGE_LASTS
from orders.stripe.happenings import CardPageAsked
from orders.stripe.looking import PAUSE
from orders.stripe.models import CardPage, Customer

Status = CardPage.Status


class NoCardsKept(Problem):
    """This shop takes no cards, so none can be kept."""

    code = "no_cards_kept"


@transaction.atomic
def ask(person: Person, *, by: Actor, channel: str, at: datetime) -> CardPage:
    """Open a page on which she has a card kept; asked again, the one that stands. Raises NoCardsKept."""
    if not settings.STRIPE_API_KEY:
        raise NoCardsKept("cards cannot be kept at the moment")
    customer = kept_cards.customer_for(person, keeps_card=True, at=at)
    customer = Customer.objects.select_for_update(no_key=True, of=("self",)).get(pk=customer.pk if customer else 0)
    if standing := customer.pages.filter(status=Status.WAITING, expires_at__gt=at).first():
        return standing
    customer.pages.filter(status=Status.WAITING).update(status=Status.ENDED)
    page = CardPage.objects.create(customer=customer, created_at=at, expires_at=at + PAGE_LASTS)
    kept_cards.look_soon(customer, at=at + PAUSE, rings=False)
    asked = CardPageAsked(customer.person.public_id, page.public_id)
    record(customer.journey_id, asked, by=by, channel=channel, at=at)
    return page


@outward
def open_page(task: Task, *, at: datetime) -> None:
    """Open a page that was asked for. One that Stripe refuses has ended; so has one that nobody waits for any more."""
    page = CardPage.objects.select_related("customer__person").get(public_id=entry_of(task).data["page"])
    customer = page.customer
    if page.status != Status.WAITING or page.page:
        return
    changes: dict[str, str] = {"status": Status.ENDED}
    if page.expires_at > at and customer.ended_at is None:
        try:
            opened = card_gateway.open_card_page(
                page=page.public_id,
                customer=kept_cards.at_stripe(customer),
                language=customer.person.language or settings.LANGUAGE_CODE,
                back=settings.PUBLIC_URL + reverse("account-card-page", args=[page.public_id]) + "?back",
            )
            changes = {"page": opened.reference, "url": opened.url}
        except gateway.Failed:
            kept_cards.look_soon(customer, at=at)  # she may be gone at Stripe, and then is made anew
    with transaction.atomic():
        hold(task)
        CardPage.objects.filter(pk=page.pk, status=Status.WAITING).update(**changes)
        done(task, at=at)
