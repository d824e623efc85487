"""All we know of a person in one place, for the agent who is talking with her."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Max, Prefetch, Q, QuerySet

from commerce.carts.models import Cart
from commerce.customers.addresses import NotAnAddress
from commerce.customers.consent import latest
from commerce.customers.models import Consent, ContactPoint, Person, PostalAddress
from commerce.customers.people import find_all_by_contact, people_of, root_of
from commerce.timeline.models import Entry, Link
from notifications.models import Conversation, Message, Turn
from orders.models import Fulfillment, Order, Payment
from orders.returns.models import Return
from orders.sourced import why_here
from orders.stripe.models import Checkout, Customer

LATEST = 60
"""How many entries, orders, messages and turns are shown."""


def search(words: str, *, most: int = 25) -> list[Person]:
    """The people behind an email, a phone number, an order number or a name; nobody where nothing fits."""
    words = words.strip()
    if buyer := Person.objects.filter(orders__number=words).select_related("root").first():
        return [root_of(buyer)]
    for kind in ContactPoint.Kind:
        try:
            if found := find_all_by_contact(kind, words):
                return found
        except NotAnAddress:
            continue
    people = Person.objects.filter(root=None, erased_at=None)
    for word in words.split():
        people = people.filter(Q(given_name__icontains=word) | Q(family_name__icontains=word))
    return list(people.order_by("family_name", "given_name", "pk")[:most]) if words else []


@dataclass(frozen=True)
class Dossier:
    """A person with everybody she was found to be."""

    person: Person
    contact_points: list[ContactPoint]
    consents: list[Consent]
    addresses: list[PostalAddress]
    cart: Cart | None
    orders: list[Order]
    returns: list[Return]
    conversations: list[Conversation]
    messages: list[Message]
    entries: list[Entry]


def dossier(person: Person) -> Dossier:
    """Everything about a person; the same number of queries however much there is."""
    people = list(people_of(person).values_list("pk", flat=True))
    return Dossier(
        person=person,
        contact_points=list(ContactPoint.objects.filter(person__in=people).order_by("kind", "pk")),
        consents=list(latest(person).select_related("contact_point")),
        addresses=list(PostalAddress.objects.filter(person__in=people).order_by("-entered_at", "-pk")),
        cart=Cart.objects.filter(
            Q(person__in=people) | Q(person=None, journey__conversations__person__in=people),
            status__in=["open", "checking_out"],
        )
        .select_related("sales_channel", "person", "coupon__person")
        .order_by("-edited_at")
        .first(),
        orders=orders_of(people),
        returns=list(
            Return.objects.filter(person__in=people, till_key=None)
            .exclude(status=Return.Status.CANCELED)
            .select_related("order")
            .order_by("-pk")[:LATEST]
        ),
        conversations=list(
            Conversation.objects.filter(person__in=people)
            .prefetch_related(Prefetch("turns", Turn.objects.order_by("pk")), "turns__photos")
            .annotate(last_turn=Max("turns"))
            .order_by("-is_open", "-last_turn_at", "-pk")[:10]
        ),
        messages=list(
            Message.objects.filter(person__in=people)
            .prefetch_related("verdicts", "attempts")
            .order_by("-due_at", "-pk")[:LATEST]
        ),
        entries=list(entries_of(people)[:LATEST]),
    )


def orders_of(people: Collection[int]) -> list[Order]:
    """Her orders, the latest first, with those that wait for her to pay by a link we sent."""
    by_link = Payment.objects.filter(stripe__kind=Checkout.Kind.LINK, status=Payment.Status.PENDING)
    shown = ~Q(status=Order.Status.DRAFT) | Q(pk__in=by_link.values("order"))
    return list(
        Order.objects.filter(shown, person__in=people)
        .prefetch_related(Prefetch("fulfillments", Fulfillment.objects.select_related("location")))
        .prefetch_related(Prefetch("payments", Payment.objects.select_related("stripe").order_by("pk")))
        .order_by("-created_at", "-pk")[:LATEST]
    )


def why_of(orders: Sequence[Order]) -> list[tuple[int, str]]:
    """Why each part of these orders leaves from where it does, by the part's pk."""
    return why_here([part for order in orders for part in order.fulfillments.all()])


def awaits_payment(orders: Sequence[Order]) -> bool:
    """Whether one of these may be paid at any moment: then it is worth looking again."""
    return any(payment.status == Payment.Status.PENDING for order in orders for payment in order.payments.all())


def entries_of(people: list[int]) -> QuerySet[Entry]:
    """What happened on all journeys of these people, the latest first.

    Journeys never merge: a person's story is the union of those that her carts, orders, talks, messages and kept cards
    are on, and of those that were linked with them.
    """
    own = {
        journey
        for rows in (Cart, Order, Conversation, Message, Return, Customer)
        for journey in rows.objects.filter(person__in=people, journey__isnull=False).values_list("journey", flat=True)
    }
    linked = Link.objects.filter(Q(earlier__in=own) | Q(later__in=own)).values_list("earlier", "later")
    return (
        Entry.objects.filter(journey__in=own.union(*linked))
        .select_related("journey")
        .order_by("-occurred_at", "-recorded_at", "-pk")
    )
