"""What staff may tell somebody who calls or comes, and gives an email address or a phone number.

Two levels: an address alone, which many people know, opens when things will be ready and nothing else. The order's
number or the pickup code opens the order. Every look is written down, on the timeline and in her data's own book.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from commerce.customers import disclosure, people
from commerce.customers.addresses import NotAnAddress, normalize
from commerce.customers.models import ContactPoint, Person
from commerce.ids import fold
from commerce.rest.limits import Limit, spend
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.record import record
from orders.happenings import OrderAskedAbout
from orders.models import Fulfillment, Order

Way = Fulfillment.Status
OVER = (Way.COLLECTED, Way.DELIVERED, Way.EXPIRED, Way.RETURNED_TO_SENDER, Way.CANCELED)


GUESSES = Limit("second facts", 10, within=timedelta(minutes=15))
"""Of the same person, by the same member of the staff: the numbers of orders are a sequence, easily guessed."""


def try_fact(whom: str, *, kind: str = "", by: Actor) -> None:
    """Count one try of a second fact of whoever has this public id, or this address of a kind.

    Raises TooManyRequests, NotAnAddress.
    """
    spend(GUESSES, f"{by} {normalize(kind, whom) if kind else whom}")


class WrongSecondProof(Problem):
    """Of this person no order has this number, and no pickup this code."""

    code = "second_proof_wrong"
    status = 404


@transaction.atomic
def ready_times(
    kind: str, value: str, *, locations: Collection[int] | None, by: Actor, channel: str, at: datetime
) -> list[Fulfillment]:
    """The open parts of the orders of whoever has this address: to be told when they are ready, and no more.

    `locations` are those the asking member of the staff is bound to; None means all. Raises NotAnAddress.
    """
    orders = orders_of(kind, value, locations=locations)
    found = Fulfillment.objects.filter(order__in=orders, order__status=Order.Status.PLACED).exclude(status__in=OVER)
    if locations is not None:
        found = found.filter(location__in=locations)
    parts = list(found.select_related("order__person", "location").order_by("promised_for", "pk"))
    write_down({part.order for part in parts}, told="ready_time", by=by, channel=channel, at=at)
    return parts


@transaction.atomic
def one_order(
    kind: str,
    value: str,
    *,
    number: str = "",
    code: str = "",
    locations: Collection[int] | None,
    by: Actor,
    channel: str,
    at: datetime,
) -> Order:
    """The order of whoever has this address and knows its number or pickup code; raises WrongSecondProof."""
    orders = orders_of(kind, value, locations=locations)
    proof = Q(number=number) if number else Q(fulfillments__pickup_code=fold(code)) & ~Q(fulfillments__pickup_code="")
    order = orders.filter(proof).select_related("person__root", "sales_channel").distinct().first()
    if order is None:
        raise WrongSecondProof("no order of hers has this number or code")
    write_down({order}, told="order", by=by, channel=channel, at=at)
    return order


def parts_under_way(person: Person) -> list[Fulfillment]:
    """What is being prepared or on its way for a person: of this, whoever knows an address of hers may hear when."""
    found = Fulfillment.objects.filter(order__person__in=people.people_of(person), order__status=Order.Status.PLACED)
    return list(found.exclude(status__in=OVER).select_related("location").order_by("promised_for", "pk"))


def proof_of(person: Person, said: str) -> str:
    """What of hers was said: the number of an order, the code of a pickup, or nothing."""
    hers = Order.objects.filter(person__in=people.people_of(person)).exclude(status=Order.Status.DRAFT)
    if hers.filter(number=said.strip()).exists():
        return "number"
    code = fold(said)
    return "code" if code and hers.filter(fulfillments__pickup_code=code).exists() else ""


class SecondFactMissing(Problem):
    """The link of a guest's order, which is easily passed on, opens it but takes nothing back."""

    code = "second_fact_missing"
    status = 403


def require_fact(order: Order, *, email: str = "", code: str = "") -> None:
    """What only the guest herself knows: the email she gave, or a pickup code; raises SecondFactMissing."""
    if code and order.fulfillments.filter(pickup_code=fold(code)).exclude(pickup_code="").exists():
        return
    if email and order.email and order.email.value == spelled(email):
        return
    raise SecondFactMissing("please give the email of this order, or the code of its pickup")


def spelled(email: str) -> str:
    """An email in its one spelling, or nothing if it is none."""
    try:
        return normalize("email", email)
    except NotAnAddress:
        return ""


def orders_of(kind: str, value: str, *, locations: Collection[int] | None) -> QuerySet[Order]:
    """The orders of everybody who has this address, or gave it with an order; raises NotAnAddress."""
    normalized = normalize(kind, value)
    roots = [person.pk for person in people.find_all_by_contact(kind, normalized)]
    points = ContactPoint.objects.filter(kind=kind, value=normalized)
    orders = Order.objects.filter(
        Q(person__in=roots) | Q(person__root__in=roots) | Q(email__in=points) | Q(phone__in=points)
    )
    return orders if locations is None else orders.filter(seen_from(locations))


def seen_from(locations: Collection[int]) -> Q:
    """Orders that were sold, or are served, at these locations."""
    served = Fulfillment.objects.filter(location__in=locations)
    return Q(location__in=locations) | Q(pk__in=served.values("order"))


def write_down(orders: Collection[Order], *, told: str, by: Actor, channel: str, at: datetime) -> None:
    """Keep that these orders were asked about, and whose data was read."""
    for person in {order.person for order in orders if order.person}:
        disclosure.note(person, what=told, by=by, at=at)
    for order in sorted(orders, key=lambda order: order.journey_id):  # counters are locked in one order
        record(order.journey_id, OrderAskedAbout(order.public_id, told), by=by, channel=channel, at=at)
