"""Taking something back without a receipt: by who she is, the purchase is found; where there is none, it is credit.

Nobody is given money for what nobody can show was paid: the lowest price that was asked lately goes to her credit.
What she did buy is judged by its purchase, as with a receipt: too late or returned already stays so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from commerce.catalog.models import Variant
from commerce.channels.models import Location, SalesChannel
from commerce.customers.models import Person
from commerce.customers.people import people_of
from commerce.ids import spoken_code
from commerce.pricing.lowest import lowest_before
from commerce.pricing.prices import Market
from commerce.quotes.quote import quote
from commerce.quotes.reckoning import Wanted
from commerce.timeline.actors import Actor
from commerce.timeline.record import open_journey, record
from orders.models import Order
from orders.returns.bought import purchase_of
from orders.returns.happenings import ReturnRequested
from orders.returns.models import Return, ReturnLine
from orders.returns.policy import OUR_FAULT, in_force
from orders.returns.starting import CODE_LENGTH, Back, announce
from orders.returns.steps import named


@dataclass(frozen=True)
class Brought:
    """So many units that she brings, and why."""

    variant: Variant
    quantity: int
    reason: str


@dataclass(frozen=True)
class Purchased:
    """The line of a purchase with it that she has, or had; and whether all the units may come back."""

    order: Order
    line: str
    is_taken: bool


@transaction.atomic
def take_without_receipt(
    person: Person,
    *,
    brought: Brought,
    outcome: str,
    location: Location,
    sales_channel: SalesChannel,
    by: Actor,
    channel: str,
    at: datetime,
) -> Return:
    """Announce what somebody brings who is known and has no receipt; her latest purchase of it counts.

    Raises NotForSale where it was neither bought by her nor is sold here, and what announce() raises: what she did buy
    and may not return is no credit either.
    """
    if found := purchase_with(person, brought, at=at):
        return announce(
            found.order,
            back=[Back(found.line, brought.quantity, brought.reason)],
            way=Return.Way.STORE,
            outcome=outcome,
            location=location,
            sales_channel=sales_channel,
            by=by,
            channel=channel,
            at=at,
        )
    return as_credit(person, brought, location=location, sales_channel=sales_channel, by=by, channel=channel, at=at)


def purchase_with(person: Person, brought: Brought, *, at: datetime) -> Purchased | None:
    """Her latest purchase of which all these units may come back, else the latest that she got; None without one."""
    orders = Order.objects.filter(
        person__in=people_of(person), lines__variant=brought.variant, number__isnull=False
    ).exclude(status=Order.Status.CANCELED)
    had = None
    for order in orders.distinct().order_by("-placed_at", "-pk"):
        purchase = purchase_of(order)
        offers = {offer.line: offer for offer in purchase.offers(at=at)}
        for line in purchase.lines:
            offer = offers[line.line]
            if line.variant_id != brought.variant.pk or not line.arrived:
                continue
            is_taken = not offer.why or (offer.only_if_our_fault and brought.reason in OUR_FAULT)
            if is_taken and offer.quantity >= brought.quantity:
                return Purchased(order, line.line, is_taken=True)
            had = had or Purchased(order, line.line, is_taken=False)
    return had


def who_bought(people: Sequence[Person], brought: Brought, *, at: datetime) -> Person:
    """Of several who gave an address: who may return this, else who bought it, else the first."""

    def rank(person: Person) -> int:
        found = purchase_with(person, brought, at=at)
        return 2 if found is None else int(not found.is_taken)

    return min(people, key=rank)


def as_credit(
    person: Person,
    brought: Brought,
    *,
    location: Location,
    sales_channel: SalesChannel,
    by: Actor,
    channel: str,
    at: datetime,
) -> Return:
    """A return of no purchase: the lowest price of the last thirty days, as credit."""
    each = lowest_price(brought.variant, sales_channel=sales_channel, at=at)
    journey = open_journey(at=at)
    returned = Return.objects.create(
        journey=journey,
        person=person,
        sales_channel=sales_channel,
        location=location,
        status=Return.Status.REQUESTED,
        code=spoken_code(CODE_LENGTH),
        way=Return.Way.STORE,
        outcome=Return.Outcome.CREDIT,
        policy=in_force(at).version,
        currency=sales_channel.currency,
        started_at=at,
    )
    ReturnLine.objects.create(
        returned=returned,
        ordinal=1,
        variant=brought.variant,
        sku=brought.variant.sku,
        quantity=brought.quantity,
        reason=brought.reason,
        total=each * brought.quantity,
    )
    told = ReturnRequested(*named(returned), returned.way, returned.outcome, returned.policy, brought.quantity)
    record(journey.pk, told, by=by, channel=channel, at=at)
    return returned


def lowest_price(variant: Variant, *, sales_channel: SalesChannel, at: datetime) -> int:
    """The lowest that one unit cost lately, today's promotions counted; raises NotForSale."""
    today: Sequence[int] = [quote([Wanted(variant.pk, 1)], sales_channel=sales_channel, at=at).total]
    lately = lowest_before({variant.pk: at}, market=Market(sales_channel))
    return min([*today, *lately.values()])
