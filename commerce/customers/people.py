"""Finding people by how they reach us, and getting to know them.

An address that is *verified* belongs to one person. One that somebody merely typed belongs to nobody: it is kept with
whoever typed it, and opens nothing of anybody else's.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from commerce.bulk import columns_of, insert_with, read
from commerce.customers.addresses import normalize
from commerce.customers.blocked import BLOCKED
from commerce.customers.models import ContactPoint, Person
from commerce.customers.tombs import tomb, tombs_of


def root_of(person: Person) -> Person:
    """The person under whom everything about her is read: herself, unless she was found to be another."""
    return person.root or person


def people_of(person: Person) -> QuerySet[Person]:
    """Everybody who was found to be this person, herself included."""
    return Person.objects.filter(Q(pk=person.root_pk) | Q(root=person.root_pk))


def are_one(one: Person | None, other: Person | None) -> bool:
    """Whether two are known to be the same person; nobody is the same as nobody."""
    return one is not None and other is not None and one.root_pk == other.root_pk


def find_by_contact(kind: str, value: str) -> Person | None:
    """Whose verified address it is, or nobody; raises NotAnAddress."""
    return owner(kind, normalize(kind, value))


def find_all_by_contact(kind: str, value: str) -> list[Person]:
    """Everybody who ever gave this address, the verified owner first: for staff who look somebody up."""
    points = (
        ContactPoint.objects.filter(kind=kind, value=normalize(kind, value), person__erased_at__isnull=True)
        .select_related("person__root")
        .order_by("verified_at", "pk")
    )
    return list(dict.fromkeys(root_of(point.person) for point in points))


def owner(kind: str, normalized: str) -> Person | None:
    """Whose verified address it is, given in its one spelling."""
    point = (
        ContactPoint.objects.filter(kind=kind, value=normalized, verified_at__isnull=False)
        .select_related("person__root")
        .first()
    )
    return root_of(point.person) if point else None


@transaction.atomic
def meet(kind: str, value: str, *, how: str, language: str = "es", at: datetime) -> Person:
    """The person behind an address that its network vouches for (it wrote to us from there), new or known.

    Raises NotAnAddress.
    """
    normalized = normalize(kind, value)
    if known := owner(kind, normalized):
        return known
    try:
        with transaction.atomic():
            person = Person.objects.create(language=language, created_at=at)
            ContactPoint.objects.create(
                person=person, kind=kind, value=normalized, verified_at=at, verified_how=how, created_at=at
            )
    except IntegrityError:  # she wrote twice at once, and the other message came first
        known = owner(kind, normalized)
        if known is None:
            raise
        return known
    return person


# Everybody has other addresses or is somebody we know: only who gave all of these, and proved none, is the same guest.
# What many people give, such as info@ or the shop's own number, is no sign of being the same. A sale that is told late,
# of before she was erased, is the erased person's: it brings nobody back. OFFSET 0 keeps PostgreSQL from beginning at
# the people and going through all of them while it thinks they are few.
FIND_GUEST = f"""
(WITH given AS (
    SELECT * FROM unnest(%(kinds)s::text[], %(values)s::text[]) AS given(kind, value) WHERE NOT ({BLOCKED})
)
SELECT {columns_of(Person, "person")} FROM (
    SELECT point.person_id FROM given CROSS JOIN LATERAL (
        SELECT person_id FROM customers_contactpoint WHERE kind = given.kind AND value = given.value OFFSET 0
    ) AS point
    GROUP BY point.person_id HAVING count(*) = (SELECT count(*) FROM given)
) AS gave CROSS JOIN LATERAL (
    SELECT * FROM customers_person WHERE id = gave.person_id
    AND user_id IS NULL AND root_id IS NULL AND erased_at IS NULL AND NOT EXISTS (
        SELECT FROM customers_contactpoint AS proven
        WHERE proven.person_id = gave.person_id AND proven.verified_at IS NOT NULL
    ) OFFSET 0
) AS person ORDER BY person.id LIMIT 1)
UNION ALL (
    SELECT {columns_of(Person, "person")}
    FROM unnest(%(tomb_kinds)s::text[], %(tombs)s::text[]) AS buried(kind, value)
    CROSS JOIN LATERAL (
        SELECT person_id FROM customers_contactpoint WHERE kind = buried.kind AND value = buried.value OFFSET 0
    ) AS point
    JOIN customers_person person ON person.id = point.person_id
    WHERE person.erased_at >= %(at)s LIMIT 1
)
"""  # noqa: S608 - a constant of ours


@transaction.atomic(savepoint=False)
def guest(*, email: str = "", phone: str = "", at: datetime, **names: str) -> Person:
    """The person of a guest checkout: who gave just these addresses as a guest before, or somebody new.

    What a guest types proves nothing, so this never returns a person with an account or a verified address, even if
    the address is hers: she finds the purchase in her account when she next proves it. Raises NotAnAddress.
    """
    given = {kind: normalize(kind, value) for kind, value in (("email", email), ("phone", phone)) if value}
    return known_guest(given, at=at) or new_guest(given, at=at, **names)[0]


def known_guest(given: Mapping[str, str], *, at: datetime) -> Person | None:
    """Who gave just these normalized addresses as a guest before."""
    if not given:
        return None
    tombs = [(kind, left) for kind, value in given.items() for left in tombs_of(kind, value)]
    values = {
        "kinds": list(given),
        "values": list(given.values()),
        "tomb_kinds": [kind for kind, _ in tombs],
        "tombs": [left for _, left in tombs],
        "at": at,
    }
    return next(iter(read(Person, FIND_GUEST, values)), None)


def new_guest(
    given: Mapping[str, str],
    *,
    given_name: str = "",
    family_name: str = "",
    language: str = "es",
    given_in: str = "",
    at: datetime,
) -> tuple[Person, list[ContactPoint]]:
    """Somebody new with these normalized addresses, which prove nothing."""
    person = Person(given_name=given_name, family_name=family_name, language=language, named_in=given_in, created_at=at)
    points = [ContactPoint(kind=kind, value=value, given_in=given_in, created_at=at) for kind, value in given.items()]
    insert_with(person, points, of="person")
    return person, points


def contact_point(person: Person, kind: str, value: str, *, given_in: str = "", at: datetime) -> ContactPoint:
    """Her address as she gave it, unverified if it is new; raises NotAnAddress."""
    normalized = normalize(kind, value)
    if person.erased_at:  # news of before her erasure, told late
        normalized = tomb(kind, normalized)
    known = ContactPoint.objects.filter(person__in=people_of(person), kind=kind, value=normalized)
    if found := known.order_by("verified_at", "pk").first():
        return found
    return ContactPoint.objects.get_or_create(
        person_id=person.root_pk, kind=kind, value=normalized, defaults={"given_in": given_in, "created_at": at}
    )[0]
