"""Cards that Stripe keeps for a shopper because she asked: which there are, removing one, forgetting all of them.

What is here of a card is what Stripe lists: webhooks, pages and the sweeper all end in the same look.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from commerce.customers.models import Person
from commerce.customers.people import people_of
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.models import Task
from commerce.timeline.record import Happening, open_journey, record
from commerce.timeline.tasks import done, entry_of, hold, outward, postpone, schedule
from orders.stripe import card_gateway, gateway
from orders.stripe.card_gateway import CustomerGone, SeenCard
from orders.stripe.gateway import State
from orders.stripe.happenings import CardKept, CardRemoved
from orders.stripe.looking import PAUSE, STRIPE_ITSELF
from orders.stripe.models import CardPage, Customer, KeptCard
from orders.stripe.patience import GRACE, patient

LOOK = "orders.stripe.kept_cards.look"
FORGET = "orders.stripe.kept_cards.forget_at_stripe"
Status = CardPage.Status

AFTER_STATE = {State.CAPTURED: Status.KEPT, State.CLOSED: Status.ENDED}
"""A card page's status after a state at Stripe; in the others it waits."""


def cards_for(person: Person) -> QuerySet[KeptCard]:
    """Her cards, the latest first."""
    hers = KeptCard.objects.filter(customer__person__in=people_of(person), customer__ended_at=None, removed_at=None)
    return hers.order_by("-kept_at", "-pk")


def customer_for(person: Person, *, keeps_card: bool, at: datetime) -> Customer | None:
    """Who she is at Stripe, if a card of hers is kept there or is to be; nobody else need be known there."""
    if card := cards_for(person).select_related("customer").first():
        return card.customer
    if not keeps_card:
        return None
    found = Customer.objects.filter(person__in=people_of(person), ended_at=None).order_by("pk").first()
    return found or new_customer(person, at=at)


def new_customer(person: Person, *, at: datetime) -> Customer:
    """Somebody for whom cards will be kept; asked twice at once, the one that was first."""
    defaults = {"created_at": at, "journey": open_journey(at=at)}
    return Customer.objects.get_or_create(person_id=person.root_pk, ended_at=None, defaults=defaults)[0]


def at_stripe(customer: Customer) -> str:
    """A customer's id at Stripe; one that is new is made there, under our row's id. Call it outside transactions."""
    if not customer.reference:
        reference = card_gateway.make_customer(customer.public_id)
        Customer.objects.filter(pk=customer.pk, reference="").update(reference=reference)
        customer.reference = reference
    return customer.reference


def look_soon(customer: Customer, *, at: datetime, rings: bool = True) -> None:
    """Plan a look at what Stripe keeps for somebody; many calls at once make one look."""
    data = {"customer": customer.public_id}
    schedule(LOOK, key=customer.public_id, due_at=at, journey=customer.journey, data=data, rings=rings)


@outward
def look(task: Task, *, at: datetime) -> None:
    """See which cards Stripe keeps for somebody, and store that; look again while a page of hers stands open.

    There is one such task for each customer, and a new one takes the lease from an old: an old list never wins.
    """
    customer = Customer.objects.get(public_id=task.data["customer"])
    page = customer.pages.filter(status=Status.WAITING).first()
    try:
        state = see(page, at=at) if page else State.CLOSED
        seen: list[SeenCard] | None = card_gateway.cards_of(customer.reference) if customer.reference else []
    except CustomerGone:
        state, seen = State.CLOSED, None
    except gateway.Unreachable:
        postpone(task, until=at + GRACE)
        return
    with transaction.atomic():
        customer = Customer.objects.select_for_update(no_key=True, of=("self",)).get(pk=customer.pk)
        hold(task)
        told = settle(customer, seen, at=at)
        if page and (after := AFTER_STATE.get(state)):
            CardPage.objects.filter(pk=page.pk, status=Status.WAITING).update(status=after)
        if customer.pages.filter(status=Status.WAITING).exists():
            postpone(task, until=at + PAUSE)
        else:
            done(task, at=at)
        if told:
            record(customer.journey_id, *told, by=STRIPE_ITSELF, channel="web", at=at)


def see(page: CardPage, *, at: datetime) -> State:
    """How a card page stands; one whose time is over is closed first."""
    over = page.expires_at + GRACE <= at
    if not page.page:
        return State.CLOSED if over else State.OPEN
    state = card_gateway.see_card_page(page.page)
    if state == State.OPEN and over:
        gateway.close_page(page.page)
        state = card_gateway.see_card_page(page.page)
    return state


def settle(customer: Customer, seen: list[SeenCard] | None, *, at: datetime) -> list[Happening]:
    """Store what Stripe keeps for a locked customer, nothing of it if she is gone there; returns what to record.

    A card that she removed here does not come back, whatever an old list says.
    """
    if seen is None:
        Customer.objects.filter(pk=customer.pk, ended_at=None).update(ended_at=at)
        customer.pages.filter(status=Status.WAITING).update(status=Status.ENDED)
    told: list[Happening] = []
    known = {card.reference: card for card in customer.cards.order_by("pk")}
    for one in seen or []:
        shown = {"brand": one.brand, "last4": one.last4, "expires": one.expires}
        if one.reference in known:
            KeptCard.objects.filter(pk=known[one.reference].pk, removed_at=None).update(**shown)
        elif customer.ended_at is None:
            card = KeptCard.objects.create(customer=customer, reference=one.reference, kept_at=at, **shown)
            told.append(CardKept(customer.person.public_id, card.public_id))
    there = {one.reference for one in seen or []}
    for reference, card in known.items():
        if reference not in there and mark_removed(card, at=at):
            told.append(CardRemoved(customer.person.public_id, card.public_id))
    return told


def mark_removed(card: KeptCard, *, at: datetime) -> bool:
    """Offer a card no more; says whether it was offered."""
    return bool(KeptCard.objects.filter(pk=card.pk, removed_at=None).update(removed_at=at))


@transaction.atomic
def remove(card: KeptCard, *, by: Actor, channel: str, at: datetime) -> None:
    """Keep a card no more: at once here, and soon at Stripe. Removed twice, it is removed once."""
    if mark_removed(card, at=at):
        told = CardRemoved(card.customer.person.public_id, card.public_id)
        record(card.customer.journey_id, told, by=by, channel=channel, at=at)


@outward
@patient
def detach(task: Task, *, at: datetime) -> None:
    """Have Stripe keep a card no more."""
    card_gateway.detach(KeptCard.objects.values_list("reference", flat=True).get(public_id=entry_of(task).data["card"]))


def forget(people: Iterable[int], *, at: datetime) -> None:
    """These people are erased: keep nothing of theirs, and have Stripe forget who they were there."""
    for customer in Customer.objects.select_related("person", "journey").filter(person__in=people).order_by("pk"):
        Customer.objects.filter(pk=customer.pk, ended_at=None).update(ended_at=at)
        customer.pages.filter(status=Status.WAITING).update(status=Status.ENDED)
        data = {"customer": customer.public_id}
        schedule(FORGET, key=customer.public_id, due_at=at, journey=customer.journey, data=data, rings=True)
        cards = [card for card in customer.cards.order_by("pk") if mark_removed(card, at=at)]
        told = [CardRemoved(customer.person.public_id, card.public_id) for card in cards]
        if told:
            record(customer.journey_id, *told, by=SYSTEM, channel="system", at=at)


@outward
@patient
def forget_at_stripe(task: Task, *, at: datetime) -> None:
    """Delete somebody at Stripe, with whatever is kept for her there; a page that stands open is closed first."""
    customer = Customer.objects.get(public_id=task.data["customer"])
    for page in customer.pages.exclude(page="").order_by("pk"):
        gateway.close_page(page.page)
    if customer.reference:
        card_gateway.forget(customer.reference)
