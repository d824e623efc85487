"""Who is behind an address, and who must not be taken for her."""

import pytest

from commerce.customers.models import ContactPoint, Person
from commerce.customers.people import contact_point, find_all_by_contact, find_by_contact, guest, meet
from tests.factories import MONDAY, person

pytestmark = pytest.mark.django_db


def test_a_verified_address_finds_its_owner_however_it_is_written() -> None:
    lucia = person(email="lucia@example.com", phone="+34621000101")

    found = find_by_contact("email", " LUCIA@example.com"), find_by_contact("phone", "621 000 101")

    assert found == (lucia, lucia)


def test_an_address_that_was_only_typed_finds_nobody_to_trust_but_somebody_to_look_up() -> None:
    guest(email="lucia@example.com", at=MONDAY)

    found = find_by_contact("email", "lucia@example.com")

    assert found is None
    assert len(find_all_by_contact("email", "lucia@example.com")) == 1


def test_a_guest_who_types_somebodys_address_is_not_her_and_changes_nothing_of_hers() -> None:
    lucia = person(email="lucia@example.com")

    stranger = guest(email="lucia@example.com", phone="+34621000999", given_name="Eva", at=MONDAY)

    assert stranger != lucia
    assert list(lucia.contact_points.values_list("value", flat=True)) == ["lucia@example.com"]
    assert Person.objects.get(pk=lucia.pk).given_name == "Lucía"
    assert find_all_by_contact("email", "lucia@example.com") == [lucia, stranger]


def test_a_guest_with_the_same_addresses_is_the_same_guest() -> None:
    first = guest(email="eva@example.com", phone="621000999", at=MONDAY)

    again = guest(email="Eva@example.com", phone="+34 621 000 999", at=MONDAY)
    other_phone = guest(email="eva@example.com", phone="621000998", at=MONDAY)

    assert again == first
    assert other_phone != first


def test_a_guest_who_gives_nothing_is_always_somebody_new() -> None:
    assert guest(at=MONDAY) != guest(at=MONDAY)


def test_who_writes_from_a_network_is_met_once() -> None:
    lead = meet("instagram", "1789", how="instagram", at=MONDAY)

    again = meet("instagram", "1789", how="instagram", at=MONDAY)

    assert again == lead
    assert ContactPoint.objects.get().verified_how == "instagram"


def test_an_address_she_gives_twice_is_kept_once() -> None:
    lucia = person(email="lucia@example.com")

    points = {contact_point(lucia, "phone", "621000101", at=MONDAY) for _ in range(2)}

    assert [(point.value, point.verified_at) for point in points] == [("+34621000101", None)]
