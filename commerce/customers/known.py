"""What she told us once, in whatever channel, and need not say again: with where that was and how old it is.

What is older than a year is filled in all the same, but asks whether it still holds. What others typed who were found
to be her counts only once she has proved it; their name does, where she gave none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from commerce.customers.models import ContactPoint, Person, PostalAddress
from commerce.customers.people import people_of

STALE = timedelta(days=365)

Kind = ContactPoint.Kind
FIELDS = {Kind.WHATSAPP.value: "phone", Kind.PHONE.value: "phone", Kind.EMAIL.value: "email"}
"""Kind of address → the field it is filled into; of two kinds for one field the later one here wins."""


@dataclass(frozen=True)
class Known:
    """One thing she told us. `where` is a sales channel, or how the address was proved."""

    value: str
    where: str
    since: datetime


def is_old(since: datetime, *, at: datetime) -> bool:
    """Whether she is asked once more if it is right."""
    return at - since > STALE


def since(point: ContactPoint) -> datetime:
    """When she last gave or proved an address."""
    return max(at for at in (point.given_at, point.verified_at, point.created_at) if at)


def points_of(person: Person) -> QuerySet[ContactPoint]:
    """The addresses that she gave or proved, not those that somebody else only typed."""
    hers_or_proven = Q(person__in={person.pk, person.root_pk}) | Q(verified_at__isnull=False)
    return ContactPoint.objects.filter(hers_or_proven, person__in=people_of(person))


def known_of(person: Person) -> dict[str, Known]:
    """Her name, email and phone as she gave them last: proven ones before others, and of those her own."""
    points = points_of(person).filter(kind__in=FIELDS).order_by(F("verified_at").asc(nulls_first=True), "pk")
    found: dict[str, Known] = {}
    by_kind = {kind: place for place, kind in enumerate(FIELDS)}
    for point in sorted(
        points, key=lambda one: (by_kind[one.kind], one.verified_at is not None, one.person_id == person.pk)
    ):
        where = point.given_in or point.verified_how
        found[FIELDS[point.kind]] = Known(point.value, where, since(point))
    if named := next((one for one in by_name(person) if str(one) != one.public_id), None):
        found["name"] = Known(str(named), named.named_in, named.named_at or named.created_at)
    return found


def by_name(person: Person) -> list[Person]:
    """Herself, then whoever was found to be her, the latest first."""
    others = people_of(person).exclude(pk=person.pk).order_by("-created_at", "-pk")
    return [person, *others] if not person.given_name and not person.family_name else [person]


def confirm(points: Iterable[ContactPoint], *, where: str, at: datetime) -> None:
    """She gave or proved these again: what was old is as fresh as today. Nothing is written for what is not old."""
    old = [point.pk for point in points if is_old(since(point), at=at)]
    if old:
        ContactPoint.objects.filter(pk__in=old).update(given_at=at, given_in=where)


def confirm_name(person: Person, name: str, *, where: str, at: datetime) -> None:
    """She gave the name that we have of her again."""
    if name and name == str(person) and is_old(person.named_at or person.created_at, at=at):
        Person.objects.filter(pk=person.pk).update(named_at=at, named_in=where)


def confirm_home(address: PostalAddress, *, at: datetime) -> None:
    """She chose an address of hers again."""
    if is_old(address.confirmed_at or address.entered_at, at=at):
        PostalAddress.objects.filter(pk=address.pk).update(confirmed_at=at)
