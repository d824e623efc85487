"""What she agreed to hear from us: her latest explicit choice for each address, contact channel and purpose."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from commerce.customers.happenings import ConsentChosen
from commerce.customers.models import Consent, ContactPoint, Person
from commerce.customers.people import people_of
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.models import Journey
from commerce.timeline.record import record

WORDING = "2026-11"
"""Version of the sentences beside the checkboxes; raised with every change of them."""

CARRIES = {
    "email": ContactPoint.Kind.EMAIL,
    "sms": ContactPoint.Kind.PHONE,
    "voice": ContactPoint.Kind.PHONE,
    "whatsapp": ContactPoint.Kind.WHATSAPP,
    "instagram": ContactPoint.Kind.INSTAGRAM,
    "messenger": ContactPoint.Kind.MESSENGER,
    "x": ContactPoint.Kind.X,
    "chat": ContactPoint.Kind.CHAT,
}
"""Contact channel → the kind of address it needs."""


class NoAddressForChannel(Problem):
    """She has no address that this contact channel could use."""

    code = "no_address_for_contact_channel"
    status = 422


@transaction.atomic
def choose(
    contact_point: ContactPoint,
    *,
    contact_channel: str,
    purpose: str,
    granted: bool,
    wording: str = WORDING,
    method: str,
    journey: Journey,
    by: Actor,
    channel: str,
    at: datetime,
) -> Consent:
    """Keep one explicit choice; what she chose before stays as history."""
    choice = Consent.objects.create(
        contact_point=contact_point,
        contact_channel=contact_channel,
        purpose=purpose,
        granted=granted,
        chosen_at=at,
        wording=wording,
        method=method,
    )
    happening = ConsentChosen(
        person=contact_point.person.public_id,
        contact_point=contact_point.pk,
        contact_channel=contact_channel,
        purpose=purpose,
        granted=granted,
    )
    record(journey, happening, by=by, channel=channel, at=at)
    return choice


@transaction.atomic
def say(
    person: Person,
    *,
    contact_channel: str,
    purpose: str,
    granted: bool,
    method: str,
    journey: Journey,
    by: Actor,
    channel: str,
    at: datetime,
) -> None:
    """Keep what somebody says of one purpose over one contact channel; raises NoAddressForChannel.

    A yes is for her own address. A no counts for every address that a yes was given for, whoever of those who are one
    gave it: what she turns off stays silent.
    """
    points = [address_for(person, contact_channel)]
    if not granted:
        said = latest(person).filter(contact_channel=contact_channel, purpose=purpose)
        points = [choice.contact_point for choice in said if choice.granted] or points
    for point in points:
        choose(
            point,
            contact_channel=contact_channel,
            purpose=purpose,
            granted=granted,
            method=method,
            journey=journey,
            by=by,
            channel=channel,
            at=at,
        )


def granted(person: Person, contact_channel: str, purpose: str, *, contact_point: ContactPoint | None = None) -> bool:
    """Whether she agrees, at that address or, without one, at any of hers."""
    choices = latest(person).filter(contact_channel=contact_channel, purpose=purpose)
    if contact_point is not None:
        choices = choices.filter(contact_point__kind=contact_point.kind, contact_point__value=contact_point.value)
    return any(choice.granted for choice in choices)


def latest(person: Person) -> QuerySet[Consent]:
    """Her choices that count, over everybody she was found to be."""
    return of_people(people_of(person))


def of_people(people: QuerySet[Person]) -> QuerySet[Consent]:
    """The choices that count if these are one person.

    One address may have been given by several of them: the latest choice wins, and of two at one instant the no.
    """
    address_and_use = ["contact_point__kind", "contact_point__value", "contact_channel", "purpose"]
    return (
        Consent.objects.filter(contact_point__person__in=people)
        .select_related("contact_point")
        .order_by(*address_and_use, "-chosen_at", "granted", "-pk")
        .distinct(*address_and_use)
    )


def rank_of(point: ContactPoint, *, of: Person) -> tuple[bool, bool]:
    """By which the address that somebody is best known by comes first: proven ones, and of those her own."""
    return point.verified_at is None, point.person_id != of.pk


def address_for(person: Person, contact_channel: str) -> ContactPoint:
    """The address of hers that a contact channel uses; raises NoAddressForChannel.

    A verified one first, and of those the one that is this person's own: what she chooses goes with her account if it
    turns out that the others are somebody else.
    """
    points = ContactPoint.objects.filter(person__in=people_of(person), kind=CARRIES.get(contact_channel, ""))
    point = next(iter(sorted(points.order_by("verified_at", "pk"), key=lambda one: rank_of(one, of=person))), None)
    if point is None:
        raise NoAddressForChannel(f"there is no address for {contact_channel} yet")
    return point
