"""Who may be whom: rules in order, the first that holds decides; what is weaker waits for somebody to look at it.

1. Her own account: whoever proves an address by logging in is that person (commerce.customers.logins).
2. A verified email: guests who typed it are found to be her when she proves it (there, too).
3. A verified phone or WhatsApp number, if a second fact agrees: the same name, email or home. Numbers change hands.

An address that is blocked, or that too many people gave, is set aside and the rest is weighed again. Two accounts are
never joined by a rule. What is left goes to the review queue, where `reviewing` decides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import combinations

from django.db import connection, transaction
from django.db.models import Q

from commerce.customers.blocked import blocked_among
from commerce.customers.merges import are_kept_apart, merge, were_parted
from commerce.customers.models import ContactPoint, Person, PostalAddress, Suggestion
from commerce.customers.people import people_of
from commerce.timeline.actors import SYSTEM
from commerce.timeline.record import open_journey

Kind = ContactPoint.Kind
BATCH = 200
MOST_PEOPLE = 5
"""More people than that on one address: it belongs to a firm, a family or a till, and says nothing."""

LIKE_PHONE = (Kind.PHONE.value, Kind.WHATSAPP.value)
WEIGHED = (*LIKE_PHONE, Kind.EMAIL.value, Kind.LOYALTY.value)
"""A profile, a Shopify or Stripe id is verified from the first moment, so that two people never share it."""


class Sign(StrEnum):
    """What speaks for two people being one, or was set aside; no personal data."""

    VERIFIED_PHONE = "verified_phone"
    SAME_PHONE = "same_phone"
    SAME_EMAIL = "same_email"
    SAME_CARD = "same_card"
    SAME_NAME = "same_name"
    SAME_HOME = "same_home"
    TOO_MANY = "address_of_too_many"


class Weight(StrEnum):
    """What follows from the signs."""

    MERGE = "merge"
    REVIEW = "review"
    NOTHING = "nothing"


def weigh(signs: Iterable[Sign], *, two_accounts: bool) -> Weight:
    """What the signs of a pair are enough for. Pure."""
    seen = set(signs)
    shared = seen & {Sign.VERIFIED_PHONE, Sign.SAME_PHONE, Sign.SAME_EMAIL, Sign.SAME_CARD}
    agreeing = seen & {Sign.SAME_NAME, Sign.SAME_HOME, Sign.SAME_EMAIL}
    if Sign.VERIFIED_PHONE in seen and agreeing and not two_accounts:
        return Weight.MERGE
    if Sign.VERIFIED_PHONE in seen or Sign.SAME_CARD in seen or (shared and agreeing - shared) or len(shared) > 1:
        return Weight.REVIEW
    return Weight.NOTHING


@dataclass(frozen=True)
class Shared:
    """One address with everybody who gave it, each as the one she was found to be; some have shown it is theirs."""

    kind: str
    people: frozenset[int]
    proven_by: frozenset[int]


@transaction.atomic
def look_for_others(*, at: datetime) -> int:
    """Weigh addresses that nobody has weighed yet; returns how many.

    One worker at a time. The addresses are not locked: a log-in locks her first, and then her address.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('customers.look_for_others'))")
        if not cursor.fetchone()[0]:
            return 0
    fresh = list(ContactPoint.objects.filter(weighed_at=None).order_by("pk")[:BATCH])
    for pair, signs in pairs_in(shared_by(fresh)).items():
        decide(pair, signs, at=at)
    for verified in (False, True):  # one that was verified while we looked is weighed once more
        weighed = [point.pk for point in fresh if (point.verified_at is not None) is verified]
        ContactPoint.objects.filter(pk__in=weighed, verified_at__isnull=not verified).update(weighed_at=at)
    return len(fresh)


def pairs_in(addresses: Sequence[Shared]) -> dict[tuple[int, int], set[Sign]]:
    """What these addresses say of each two; one of too many people says nothing, but that it was set aside."""
    pairs: dict[tuple[int, int], set[Sign]] = {}
    for shared in addresses:
        if len(shared.people) <= MOST_PEOPLE:
            for pair in combinations(sorted(shared.people), 2):
                pairs.setdefault(pair, set()).add(sign_of(shared, pair))
            continue
        for pair, signs in pairs.items():
            if shared.people.issuperset(pair):
                signs.add(Sign.TOO_MANY)
    return pairs


def shared_by(points: Sequence[ContactPoint]) -> list[Shared]:
    """The addresses among these that tell something and were given by several people, fewest people first."""
    given = {(point.kind, point.value) for point in points if point.kind in WEIGHED}
    telling = given - blocked_among(given)
    also = {(kind, value) for own, value in telling for kind in (LIKE_PHONE if own in LIKE_PHONE else (own,))}
    holders = (
        ContactPoint.objects.filter(
            kind__in={kind for kind, _ in also}, value__in={value for _, value in also}, person__erased_at=None
        )
        .order_by("pk")
        .values_list("kind", "value", "person_id", "person__root", "verified_at")
    )
    people: dict[tuple[str, str], set[int]] = {}
    proven: dict[tuple[str, str], set[int]] = {}
    for kind, value, person, root, verified_at in holders:
        if (kind, value) in also:
            address = ("phone" if kind in LIKE_PHONE else kind, value)
            people.setdefault(address, set()).add(root or person)
            if verified_at:
                proven.setdefault(address, set()).add(root or person)
    found = [
        Shared(address[0], frozenset(whose), frozenset(proven.get(address, ())))
        for address, whose in people.items()
        if len(whose) > 1
    ]
    return sorted(found, key=lambda shared: len(shared.people))


def sign_of(shared: Shared, pair: tuple[int, int]) -> Sign:
    """What one address that both gave says of a pair."""
    match shared.kind:
        case "phone":
            return Sign.VERIFIED_PHONE if shared.proven_by & set(pair) else Sign.SAME_PHONE
        case Kind.LOYALTY:
            return Sign.SAME_CARD
    return Sign.SAME_EMAIL


def decide(pair: tuple[int, int], signs: set[Sign], *, at: datetime) -> None:
    """Merge, ask somebody, or leave it, by everything that is known of the two."""
    one, other = Person.objects.filter(pk__in=pair).order_by("pk")
    if one.root_id or other.root_id or are_kept_apart(one, other):  # merged or decided while we looked
        return
    signs |= signs_of_likeness(one, other)
    match weigh(signs, two_accounts=has_account(one) and has_account(other)):
        case Weight.MERGE if not were_parted(one, other):
            evidence = f"rule: {', '.join(sorted(signs))}"[:120]
            journey = open_journey(at=at)
            merge(other, into=one, evidence=evidence, journey=journey, by=SYSTEM, channel="system", at=at)
        case Weight.MERGE | Weight.REVIEW:
            Suggestion.objects.get_or_create(one=one, other=other, defaults={"evidence": sorted(signs), "found_at": at})


def has_account(person: Person) -> bool:
    """Whether somebody among those she was found to be has proved who she is: an account, or an email of her own."""
    proven = Q(user__isnull=False) | Q(contact_points__kind=Kind.EMAIL, contact_points__verified_at__isnull=False)
    return people_of(person).filter(proven).exists()


def signs_of_likeness(one: Person, other: Person) -> set[Sign]:
    """Second facts: the same name or the same home, as each gave it."""
    signs = set()
    names = [folded(f"{person.given_name} {person.family_name}") for person in (one, other)]
    if names[0] == names[1] and " " in names[0]:
        signs.add(Sign.SAME_NAME)
    homes: list[set[tuple[str, str]]] = [set(), set()]
    for side, person in enumerate((one, other)):
        rows = PostalAddress.objects.filter(person__in=people_of(person))
        homes[side] = {(folded(street), code) for street, code in rows.values_list("street", "postal_code") if street}
    if homes[0] & homes[1]:
        signs.add(Sign.SAME_HOME)
    return signs


def folded(text: str) -> str:
    """Words as they are compared: without case, and with single spaces."""
    return " ".join(text.casefold().split())
