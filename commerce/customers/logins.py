"""Logging in without a password: a code sent by email, the same for new people and for known ones.

The code is bound to the browser that asked for it, so guessing at somebody's address costs her nothing: the guesser
holds a code of his own, with a few tries, and each try is one UPDATE that a hundred requests at once cannot stretch.

Why not django-allauth, read again at 65.21: it keeps the code in plain text in the session, where this stores none; it
counts tries in that same session, read and written back, so that requests at once share a try; and its own models for
users and emails would stand beside Person and ContactPoint, with merges and erasure to be kept true in both. What would
be left of it behind our doors is its forms.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac

from commerce.card_numbers import hide
from commerce.customers.addresses import normalize
from commerce.customers.blocked import blocked_among
from commerce.customers.happenings import LoginCodeRequested, PersonLoggedIn, PersonRegistered
from commerce.customers.known import confirm
from commerce.customers.merges import merge, settle_root, were_parted
from commerce.customers.models import ContactPoint, LoginCode, Person
from commerce.customers.people import root_of
from commerce.ids import ALPHABET, fold, secret_keys
from commerce.rest.problems import Problem
from commerce.timeline.actors import VISITOR, Actor
from commerce.timeline.models import Journey
from commerce.timeline.record import open_journey, record

LASTS = timedelta(minutes=10)
LENGTH = 6
MAX_TRIES = 5
EMAIL = ContactPoint.Kind.EMAIL
MOST_GUESTS = 20
"""Nobody buys as so many guests before she logs in: her purchases need somebody to look at them."""


class CodeNotAccepted(Problem):
    """Wrong, expired, used, tried too often or from another browser: the answer does not say which."""

    code = "login_code_not_accepted"
    status = 422

    def __init__(self) -> None:
        super().__init__("this code does not fit, or its ten minutes are over; please ask for a new one")


@dataclass(frozen=True)
class Proof:
    """That somebody typed the code that was sent to an address; made by `prove` alone."""

    login_code: LoginCode


@dataclass(frozen=True)
class LoggedIn:
    """Who it was, and whether her account is new."""

    person: Person
    is_new: bool


@transaction.atomic
def request_code(
    email: str, *, journey: Journey | None = None, given_name: str = "", language: str, channel: str, at: datetime
) -> LoginCode:
    """Have a code sent to an address, whoever's it is; raises NotAnAddress."""
    point = address_to_prove(normalize(EMAIL, email), language=language, at=at)
    journey = journey or open_journey(at=at)
    login_code = LoginCode.objects.create(
        contact_point=point,
        journey=journey,
        given_name=hide(given_name),
        language=language,
        created_at=at,
        expires_at=at + LASTS,
    )
    happening = LoginCodeRequested(person=point.person.public_id, login_code=login_code.public_id)
    record(journey, happening, by=VISITOR, channel=channel, at=at)
    return login_code


def address_to_prove(email: str, *, language: str, at: datetime) -> ContactPoint:
    """Her verified address; or the one that earlier codes went to; or that of somebody new.

    Never a guest's: until the address is proved, her purchases there are none of the caller's business.
    """
    points = ContactPoint.objects.filter(kind=EMAIL, value=email).select_related("person")
    verified = points.filter(verified_at__isnull=False).first()
    if point := verified or points.filter(login_codes__isnull=False).order_by("pk").first():
        return point
    person = Person.objects.create(language=language, created_at=at)
    return ContactPoint.objects.create(person=person, kind=EMAIL, value=email, created_at=at)


def code_of(login_code: LoginCode, *, key: str | None = None) -> str:
    """The code itself, for the message that tells it, under the installation's key or one that was in use before."""
    mac = salted_hmac("login code", login_code.public_id, secret=key, algorithm="sha256")
    number = int.from_bytes(mac.digest(), "big")
    letters = ""
    for _ in range(LENGTH):
        number, letter = divmod(number, len(ALPHABET))
        letters += ALPHABET[letter]
    return letters


def prove(login_code: LoginCode, *, email: str, code: str, at: datetime) -> Proof:
    """Spend one try on a code; raises CodeNotAccepted, NotAnAddress.

    The try is committed before the code is looked at, so that no rollback and no crash gives it back.
    """
    live = LoginCode.objects.filter(pk=login_code.pk, used_at=None, expires_at__gt=at, tries__lt=MAX_TRIES)
    with transaction.atomic(durable=True):
        counted = live.update(tries=F("tries") + 1)
    fits = any(constant_time_compare(fold(code), fold(code_of(login_code, key=key))) for key in secret_keys())
    if not counted or not fits or normalize(EMAIL, email) != login_code.contact_point.value:
        raise CodeNotAccepted
    return Proof(login_code)


@transaction.atomic
def log_in(proof: Proof, *, journey: Journey | None = None, channel: str, at: datetime) -> LoggedIn:
    """Make the proved address hers, give her an account if she has none, and use the code up; raises CodeNotAccepted.

    Guests who typed this address before are found to be her: only now, since only the proof says that it is hers.
    """
    login_code = proof.login_code
    journey = journey or login_code.journey
    if not LoginCode.objects.filter(pk=login_code.pk, used_at=None).update(used_at=at):
        raise CodeNotAccepted
    person = verified_owner(login_code.contact_point, at=at)
    found_to_be = root_of(person)
    if any(one.user is not None and not one.user.is_active for one in (person, found_to_be)):
        raise CodeNotAccepted
    by = Actor("person", person.public_id)
    is_new = found_to_be.user is None
    if person.user is None:
        person.user = User.objects.create_user(username=person.public_id)
        person.given_name = person.given_name or login_code.given_name
        person.language = login_code.language
        person.save(update_fields=["user", "given_name", "language"])
        settle_root(person)
    confirm([login_code.contact_point], where=channel, at=at)
    for stranger in guests_with(login_code.contact_point, other_than=person):
        merge(stranger, into=person, evidence="proved the address", journey=journey, by=by, channel=channel, at=at)
    happening = PersonRegistered if is_new else PersonLoggedIn
    record(journey, happening(person=person.public_id), by=by, channel=channel, at=at)
    return LoggedIn(person, is_new)


def verified_owner(point: ContactPoint, *, at: datetime) -> Person:
    """Whose address it is now that it is proved, locked: two log-ins at once make one account.

    Herself, not the one she was found to be: so what she does from now on is hers again if that was a mistake.
    """
    proved = ContactPoint.objects.filter(kind=point.kind, value=point.value, verified_at__isnull=False)
    known = proved.first() or point
    person = Person.objects.select_for_update(no_key=True).get(pk=known.person_id)
    # Whoever came second waited above, or is stopped here by the one verified address per value, and asks again.
    if not proved.exists():
        point.verified_at, point.verified_how, point.weighed_at = at, "login code", None
        point.save(update_fields=["verified_at", "verified_how", "weighed_at"])
    return person


def guests_with(point: ContactPoint, *, other_than: Person) -> list[Person]:
    """People without an account or any proved address who once typed this one.

    Nobody, if it is an address that tells nothing, such as info@, or that too many gave: a firm's or a till's.
    """
    if blocked_among([(point.kind, point.value)]):
        return []
    guests = list(
        Person.objects.filter(
            user=None, root=None, erased_at=None, contact_points__kind=point.kind, contact_points__value=point.value
        )
        .exclude(contact_points__verified_at__isnull=False)
        .exclude(pk__in=[other_than.pk, other_than.root_pk])
        .order_by("pk")[: MOST_GUESTS + 1]
    )
    if len(guests) > MOST_GUESTS:
        return []
    return [guest for guest in guests if not were_parted(guest, other_than)]
