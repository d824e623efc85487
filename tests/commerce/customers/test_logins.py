"""Logging in by a code that was sent."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.db import connection

from commerce.customers.logins import MAX_TRIES, CodeNotAccepted, LoggedIn, code_of, log_in, prove, request_code
from commerce.customers.merges import split
from commerce.customers.models import LoginCode, Merge, Person
from commerce.customers.people import guest, people_of
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Entry
from commerce.timeline.record import open_journey
from tests.factories import MONDAY, person

EMAIL = "nuria@example.com"
SOON = MONDAY + timedelta(minutes=2)


def asked(email: str = EMAIL, **fields: str) -> LoginCode:
    """A code that was just requested."""
    return request_code(email, language="es", channel="web", at=MONDAY, **fields)


def entered(login_code: LoginCode, code: str | None = None, email: str = EMAIL) -> LoggedIn:
    """The code typed two minutes later."""
    proof = prove(login_code, email=email, code=code or code_of(login_code), at=SOON)
    return log_in(proof, channel="web", at=SOON)


@pytest.mark.django_db
def test_somebody_new_gets_an_account_with_no_password_and_no_personal_data() -> None:
    logged_in = entered(asked(given_name="Nuria"))

    user = User.objects.get()
    assert logged_in.is_new
    assert logged_in.person.given_name == "Nuria"
    assert logged_in.person.contact_points.get().verified_at == SOON
    assert (user.username, user.email, user.has_usable_password()) == (logged_in.person.public_id, "", False)
    assert list(Entry.objects.order_by("pk").values_list("type", flat=True)) == [
        "login_code.requested",
        "person.registered",
    ]


@pytest.mark.django_db
def test_who_has_an_account_comes_in_the_same_way() -> None:
    first = entered(asked())

    again = entered(asked(given_name="Somebody Else"))

    assert (again.person, again.is_new) == (first.person, False)
    assert Person.objects.get().given_name == ""
    assert Entry.objects.last().type == "person.logged_in"


@pytest.mark.django_db
def test_a_code_may_be_typed_carelessly() -> None:
    login_code = asked()

    assert entered(login_code, f" {code_of(login_code)[:3].lower()}-{code_of(login_code)[3:]} ", EMAIL.upper()).is_new


@pytest.mark.django_db
def test_a_code_works_once() -> None:
    login_code = asked()
    entered(login_code)

    with pytest.raises(CodeNotAccepted):
        entered(login_code)


@pytest.mark.django_db
def test_a_proof_works_once() -> None:
    login_code = asked()
    proofs = [prove(login_code, email=EMAIL, code=code_of(login_code), at=SOON) for _ in range(2)]
    log_in(proofs[0], channel="web", at=SOON)

    with pytest.raises(CodeNotAccepted):
        log_in(proofs[1], channel="web", at=SOON)


@pytest.mark.django_db
def test_a_code_lasts_ten_minutes() -> None:
    login_code = asked()

    with pytest.raises(CodeNotAccepted):
        prove(login_code, email=EMAIL, code=code_of(login_code), at=MONDAY + timedelta(minutes=10))


@pytest.mark.django_db
def test_a_code_that_was_sent_before_the_key_was_changed_is_good_as_long_as_the_old_key_is_kept(settings) -> None:
    first, second = asked(), asked("eva@example.com")
    sent = [code_of(login_code) for login_code in (first, second)]
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-" + "k" * 50

    assert entered(first, sent[0]).is_new
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(CodeNotAccepted):
        entered(second, sent[1], "eva@example.com")


@pytest.mark.django_db
def test_a_code_is_for_its_own_address() -> None:
    login_code = asked()

    with pytest.raises(CodeNotAccepted):
        entered(login_code, email="somebody.else@example.com")


@pytest.mark.django_db
def test_after_five_wrong_tries_the_right_code_is_refused_too() -> None:
    login_code = asked()
    for _ in range(MAX_TRIES):
        with pytest.raises(CodeNotAccepted):
            entered(login_code, "AAAAAA")

    with pytest.raises(CodeNotAccepted):
        entered(login_code)


@pytest.mark.django_db
def test_another_request_does_not_spend_her_tries() -> None:
    hers, guessers = asked(), asked()
    for _ in range(MAX_TRIES):
        with pytest.raises(CodeNotAccepted):
            entered(guessers, "AAAAAA")

    assert entered(hers).is_new


@pytest.mark.django_db
def test_requests_for_a_new_address_make_one_person() -> None:
    asked(), asked(), asked()

    assert Person.objects.count() == 1


@pytest.mark.django_db
def test_a_guests_purchase_becomes_hers_only_when_she_proves_the_address() -> None:
    stranger = guest(email=EMAIL, given_name="Eva", at=MONDAY)
    login_code = asked()
    before = set(people_of(login_code.contact_point.person))

    nuria = entered(login_code).person

    assert stranger not in before
    assert set(people_of(nuria)) == {nuria, stranger}
    assert nuria.given_name == ""


@pytest.mark.django_db
def test_a_guest_who_was_told_apart_from_her_is_not_joined_again_by_her_next_log_in() -> None:
    eva = guest(email="lucia@example.com", given_name="Eva", at=MONDAY)
    lucia = entered(asked("lucia@example.com"), email="lucia@example.com").person
    joined = set(people_of(lucia)) == {lucia, eva}
    split(Merge.objects.get(), journey=open_journey(at=MONDAY), by=SYSTEM, channel="call_center", at=MONDAY)

    again = entered(asked("lucia@example.com"), email="lucia@example.com").person

    assert (joined, set(people_of(again))) == (True, {lucia})


@pytest.mark.django_db
def test_a_person_known_from_before_registers_as_herself() -> None:
    nuria = person("Nuria", email=EMAIL)

    logged_in = entered(asked(given_name="Nur"))

    assert (logged_in.person, logged_in.is_new, logged_in.person.given_name) == (nuria, True, "Nuria")


@pytest.mark.django_db
def test_a_closed_account_stays_closed() -> None:
    entered(asked())
    User.objects.update(is_active=False)

    with pytest.raises(CodeNotAccepted):
        entered(asked())


@pytest.mark.django_db
def test_codes_differ_and_are_kept_nowhere() -> None:
    one, other = asked(), asked()

    assert code_of(one) != code_of(other)
    assert code_of(one) not in str(list(LoginCode.objects.values())) + str(list(Entry.objects.values()))


@pytest.mark.django_db(transaction=True)
def test_of_forty_guesses_at_once_no_more_than_five_count() -> None:
    login_code = asked()
    start = Barrier(40)

    def guess(number: int) -> None:
        start.wait()
        try:
            prove(login_code, email=EMAIL, code=f"AAAA{number:02}", at=SOON)
        except CodeNotAccepted:
            pass
        finally:
            connection.close()

    with ThreadPoolExecutor(40) as pool:
        list(pool.map(guess, range(40)))

    login_code.refresh_from_db()
    assert login_code.tries == MAX_TRIES


@pytest.mark.django_db(transaction=True)
def test_two_first_logins_at_once_make_one_account() -> None:
    codes = [asked(), asked()]
    start = Barrier(2)

    def come_in(login_code: LoginCode) -> int:
        try:
            proof = prove(login_code, email=EMAIL, code=code_of(login_code), at=SOON)
            start.wait()
            return log_in(proof, channel="web", at=SOON).person.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        people = list(pool.map(come_in, codes))

    assert len(set(people)) == 1
    assert User.objects.count() == 1
