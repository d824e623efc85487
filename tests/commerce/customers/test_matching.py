"""Who may be whom: rules in order, what is set aside, and what waits for somebody to look at it."""

from datetime import timedelta
from itertools import product

import pytest

from commerce.customers.blocked import blocked_among
from commerce.customers.logins import Proof, code_of, log_in, prove, request_code
from commerce.customers.matching import MOST_PEOPLE, Sign, Weight, look_for_others, weigh
from commerce.customers.merges import KeptApart, merge, split
from commerce.customers.models import BlockedAddress, ContactPoint, Merge, Person, PostalAddress, Suggestion
from commerce.customers.people import guest, meet, people_of
from commerce.customers.reviewing import AlreadyDecided, accept, reject, reopen
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.record import open_journey
from tests.factories import MONDAY, location, person

CLERK = Actor("staff", "7")
PHONE = "+34621000101"


def proved(email: str) -> Proof:
    """The code that was sent there, typed at once."""
    asked = request_code(email, language="es", channel="web", at=MONDAY)
    return prove(asked, email=email, code=code_of(asked), at=MONDAY)


def verified_by_whatsapp(given_name: str = "Lucía", family_name: str = "Vega") -> Person:
    """Somebody who wrote to us from her number."""
    who = meet("whatsapp", PHONE, how="whatsapp", at=MONDAY)
    Person.objects.filter(pk=who.pk).update(given_name=given_name, family_name=family_name)
    return Person.objects.get(pk=who.pk)


@pytest.mark.parametrize(
    ("signs", "weight"),
    [
        ({Sign.VERIFIED_PHONE, Sign.SAME_NAME}, Weight.MERGE),
        ({Sign.VERIFIED_PHONE, Sign.SAME_HOME}, Weight.MERGE),
        ({Sign.VERIFIED_PHONE, Sign.SAME_EMAIL}, Weight.MERGE),
        ({Sign.VERIFIED_PHONE}, Weight.REVIEW),
        ({Sign.SAME_CARD}, Weight.REVIEW),
        ({Sign.SAME_PHONE, Sign.SAME_NAME}, Weight.REVIEW),
        ({Sign.SAME_PHONE, Sign.SAME_EMAIL}, Weight.REVIEW),
        ({Sign.SAME_PHONE}, Weight.NOTHING),
        ({Sign.SAME_EMAIL}, Weight.NOTHING),
        ({Sign.SAME_NAME, Sign.SAME_HOME}, Weight.NOTHING),
    ],
)
def test_each_set_of_signs_has_its_weight(signs: set[Sign], weight: Weight) -> None:
    assert weigh(signs, two_accounts=False) == weight


def test_no_rule_ever_joins_two_accounts() -> None:
    every = [{s for s, is_in in zip(Sign, bits, strict=True) if is_in} for bits in product((0, 1), repeat=len(Sign))]

    weights = {weigh(signs, two_accounts=True) for signs in every}

    assert weights == {Weight.REVIEW, Weight.NOTHING}


@pytest.mark.django_db
def test_a_verified_number_and_the_same_name_are_one_person_without_asking() -> None:
    lucia = verified_by_whatsapp()
    buyer = guest(phone=PHONE, given_name="lucía", family_name="VEGA", at=MONDAY)

    look_for_others(at=MONDAY)

    assert set(people_of(lucia)) == {lucia, buyer}
    assert Merge.objects.get().evidence == "rule: same_name, verified_phone"


@pytest.mark.django_db
def test_a_verified_number_and_the_same_home_are_one_person() -> None:
    lucia, buyer = verified_by_whatsapp(), guest(phone=PHONE, given_name="L.", at=MONDAY)
    for who, street in ((lucia, "Calle Mayor 1"), (buyer, "calle  mayor 1")):
        PostalAddress.objects.create(
            person=who, recipient="L", street=street, postal_code="28013", city="Madrid",
            entered_at=MONDAY, entered_in="web",
        )  # fmt: skip

    look_for_others(at=MONDAY)

    assert set(people_of(lucia)) == {lucia, buyer}


@pytest.mark.django_db
def test_a_verified_number_alone_waits_for_somebody_to_look_since_numbers_change_hands() -> None:
    lucia, eva = verified_by_whatsapp(), guest(phone=PHONE, given_name="Eva", family_name="Sanz", at=MONDAY)

    look_for_others(at=MONDAY)

    asked = Suggestion.objects.get()
    assert (asked.one, asked.other, asked.evidence) == (lucia, eva, ["verified_phone"])
    assert not Merge.objects.exists()


@pytest.mark.django_db
def test_two_accounts_with_one_number_and_one_name_are_not_merged_by_a_rule() -> None:
    one = person("Lucía", email="a@example.com", phone=PHONE, family_name="Vega")
    other = person("Lucía", email="b@example.com", family_name="Vega")
    ContactPoint.objects.create(person=other, kind="phone", value=PHONE, created_at=MONDAY)

    look_for_others(at=MONDAY)

    assert not Merge.objects.exists()
    assert set(Suggestion.objects.values_list("one", "other")) == {(one.pk, other.pk)}


@pytest.mark.django_db
def test_two_whom_a_rule_joined_and_somebody_split_wait_for_somebody_when_they_are_looked_at_again() -> None:
    lucia = verified_by_whatsapp()
    guest(phone=PHONE, given_name="Lucía", family_name="Vega", at=MONDAY)
    look_for_others(at=MONDAY)
    split(Merge.objects.get(), journey=open_journey(at=MONDAY), by=CLERK, channel="call_center", at=MONDAY)
    ContactPoint.objects.update(weighed_at=None)

    look_for_others(at=MONDAY)

    assert set(people_of(Person.objects.get(pk=lucia.pk))) == {lucia}
    assert Suggestion.objects.get().status == "open"


@pytest.mark.django_db
def test_looking_again_finds_nothing_new_and_an_address_is_weighed_once() -> None:
    verified_by_whatsapp()
    guest(phone=PHONE, given_name="Eva", at=MONDAY)

    looked = [look_for_others(at=MONDAY) for _ in range(2)]

    assert looked == [2, 0]
    assert Suggestion.objects.count() == 1


@pytest.mark.django_db
def test_the_till_s_own_number_that_all_guests_give_is_set_aside() -> None:
    location(phone="621 00 01 01")
    verified_by_whatsapp()

    first, second = (guest(phone=PHONE, given_name=name, at=MONDAY) for name in ("Eva", "Ada"))
    look_for_others(at=MONDAY)

    assert first != second
    assert not Suggestion.objects.exists()


@pytest.mark.django_db
def test_blocked_addresses_are_those_that_say_nothing() -> None:
    BlockedAddress.objects.create(kind="email", value="caja2@example.com", reason="the till's own")
    given = {
        ("email", "info@example.com"), ("email", "no-reply@example.com"), ("email", "caja2@example.com"),
        ("email", "lucia@example.com"), ("phone", "+34600000000"), ("phone", "+34612345678"), ("phone", PHONE),
        ("loyalty", "00000000"), ("loyalty", "12340000"), ("whatsapp", "+34666666666"),
    }  # fmt: skip

    telling = given - blocked_among(given)

    assert telling == {("email", "lucia@example.com"), ("phone", PHONE), ("loyalty", "12340000")}


@pytest.mark.django_db
def test_an_address_of_too_many_is_set_aside_and_the_rest_weighed_again() -> None:
    for number in range(MOST_PEOPLE):
        guest(email="familia@example.com", phone=f"+3462100020{number}", at=MONDAY)
    lucia = verified_by_whatsapp()
    buyer = guest(email="familia@example.com", phone=PHONE, given_name="Eva", at=MONDAY)
    ContactPoint.objects.create(person=lucia, kind="email", value="familia@example.com", created_at=MONDAY)

    look_for_others(at=MONDAY)

    asked = Suggestion.objects.get()
    assert (asked.one, asked.other) == (lucia, buyer)
    assert asked.evidence == ["address_of_too_many", "verified_phone"]


@pytest.mark.django_db
def test_who_proves_a_shared_mailbox_logs_in_but_gets_nobodys_purchases() -> None:
    stranger = guest(email="info@example.com", given_name="Eva", at=MONDAY)

    logged_in = log_in(proved("info@example.com"), channel="web", at=MONDAY)

    assert set(people_of(logged_in.person)) == {logged_in.person}
    assert stranger != logged_in.person


@pytest.mark.django_db
def test_accepting_merges_and_taking_it_back_splits() -> None:
    lucia, eva = verified_by_whatsapp(), guest(phone=PHONE, given_name="Eva", at=MONDAY)
    look_for_others(at=MONDAY)
    asked, who = Suggestion.objects.get(), {"by": CLERK, "channel": "call_center", "at": MONDAY}

    accept(asked, journey=open_journey(at=MONDAY), **who)
    together = set(people_of(lucia))
    reopened = reopen(asked, journey=open_journey(at=MONDAY), **who)

    assert together == {lucia, eva}
    assert set(people_of(Person.objects.get(pk=lucia.pk))) == {lucia}
    assert (reopened.status, reopened.decided_by) == ("open", "")


@pytest.mark.django_db
def test_never_the_same_holds_against_rules_people_and_log_ins_until_it_is_taken_back() -> None:
    lucia = person(email="lucia@example.com", phone=PHONE)
    eva = guest(email="lucia@example.com", phone=PHONE, given_name="Eva", at=MONDAY)
    Suggestion.objects.create(one=lucia, other=eva, evidence=["verified_phone"], found_at=MONDAY)
    asked = reject(Suggestion.objects.get(), forever=True, by=CLERK, at=MONDAY)
    who = {"by": CLERK, "channel": "call_center", "at": MONDAY}

    with pytest.raises(KeptApart):
        merge(eva, into=lucia, evidence="by hand", journey=open_journey(at=MONDAY), **who)
    log_in(proved("lucia@example.com"), channel="web", at=MONDAY)
    look_for_others(at=MONDAY)
    apart = set(people_of(lucia))
    reopen(asked, journey=open_journey(at=MONDAY), **who)
    merge(eva, into=lucia, evidence="by hand", journey=open_journey(at=MONDAY), **who)

    assert apart == {lucia}
    assert set(people_of(lucia)) == {lucia, eva}


@pytest.mark.django_db
def test_two_clerks_decide_once() -> None:
    one, other = person("A"), person("B")
    asked = Suggestion.objects.create(one=one, other=other, evidence=[], found_at=MONDAY)
    reject(asked, forever=False, by=CLERK, at=MONDAY + timedelta(minutes=1))

    with pytest.raises(AlreadyDecided):
        accept(asked, journey=open_journey(at=MONDAY), by=SYSTEM, channel="call_center", at=MONDAY)
