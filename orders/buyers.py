"""Who buys, and how she is reached about it: herself where she has said who she is, a guest otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from commerce.bulk import columns_of, read
from commerce.card_numbers import hide
from commerce.carts.models import Cart
from commerce.customers import people, profile
from commerce.customers.addresses import normalize
from commerce.customers.known import confirm, confirm_home, confirm_name
from commerce.customers.models import ContactPoint, Person, PostalAddress
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor

ACCOUNT = "person"
"""The kind of actor that a shopper is who logged in."""

KINDS = (ContactPoint.Kind.EMAIL, ContactPoint.Kind.PHONE)


class NoContact(Problem):
    """Nobody could be told when the order is ready."""

    code = "contact_missing"
    status = 422


@dataclass(frozen=True)
class Buyer:
    """A person, and the addresses that this purchase is about."""

    person: Person
    email: ContactPoint | None
    phone: ContactPoint | None


def buyer_of(
    cart: Cart, *, email: str, phone: str, name: str, language: str, by: Actor, channel: str = "", at: datetime
) -> Buyer:
    """The person behind a cart with the addresses she gave, or has; raises NoContact, NotAnAddress.

    Of several who were found to be one it is whoever is logged in; where staff buy for her, whose proven address was
    given: so every purchase goes back to whom it came from if the finding was wrong.
    """
    given: dict[str, str] = {
        kind: normalize(kind, value) for kind, value in zip(KINDS, (email, phone), strict=True) if value
    }
    new: list[ContactPoint] = []
    name = hide(name)
    person = acting(cart.person, by=by) if cart.person else people.known_guest(given, at=at)
    if person is None:
        given_name, _, family_name = name.strip().partition(" ")
        person, new = people.new_guest(
            given,
            given_name=given_name[:60],
            family_name=family_name.strip()[:80],
            language=language or "es",
            given_in=channel,
            at=at,
        )
    points = {point.kind: point for point in new} or points_of(person, given)
    for kind in given.keys() - points.keys():
        points[kind] = people.contact_point(person, kind, given[kind], given_in=channel, at=at)
    if not points:
        raise NoContact("an email address or a phone number is needed, to say when the order is ready")
    confirm([points[kind] for kind in given], where=channel, at=at)
    if by.kind != ACCOUNT:
        person = owner_of([points[kind] for kind in KINDS if kind in given], among=person)
    confirm_name(person, name, where=channel, at=at)
    return Buyer(person, *(points.get(kind) for kind in KINDS))


def acting(person: Person, *, by: Actor) -> Person:
    """Who of those who are one is at it."""
    if by.kind != ACCOUNT or by.id == person.public_id:
        return person
    return people.people_of(person).filter(public_id=by.id).first() or person


def owner_of(points: Sequence[ContactPoint], *, among: Person) -> Person:
    """Whose the first proven address is, of those who are one."""
    owner = next((point.person_id for point in points if point.verified_at), among.pk)
    return among if owner == among.pk else Person.objects.get(pk=owner)


# What others typed who were found to be her does not count, unless it was proven.
POINTS = f"""
SELECT {columns_of(ContactPoint, "point")} FROM customers_contactpoint point
WHERE point.kind IN ('email', 'phone') AND (point.person_id IN (%(person)s, %(root)s) OR (
    point.verified_at IS NOT NULL AND point.person_id IN (SELECT id FROM customers_person WHERE root_id = %(root)s)
))
ORDER BY point.verified_at IS NULL, point.person_id <> %(person)s, point.verified_at DESC, point.id DESC
"""  # noqa: S608 (our own names)


def points_of(person: Person, given: Mapping[str, str]) -> dict[str, ContactPoint]:
    """Her address of each kind: the given one if we know it, else her latest, proven ones and her own first."""
    points: dict[str, ContactPoint] = {}
    for point in read(ContactPoint, POINTS, {"person": person.pk, "root": person.root_pk}):
        if given.get(point.kind, point.value) == point.value:
            points.setdefault(point.kind, point)
    return points


def address_of(person: Person, given: PostalAddress, *, entered_in: str, at: datetime) -> PostalAddress:
    """A postal address of hers; one that is new is kept, once."""
    if given.pk:
        confirm_home(given, at=at)
        return given
    said = {name: getattr(given, name) for name in ("recipient", "street", "postal_code", "city", "country", "phone")}
    return profile.add_address(person, entered_in=entered_in, at=at, **said)
