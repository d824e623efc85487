"""Whatever she told us once, in any channel, is filled in, with where it is from; what is old must be said again."""

from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.customers import profile
from commerce.customers.models import ContactPoint
from orders.pages import known_of
from tests.factories import LONG_AGO, person
from tests.inventory.test_pages import words

pytestmark = pytest.mark.django_db
HOME = {"recipient": "Lucía", "postal_code": "28013", "city": "Madrid"}


def test_what_she_gave_and_never_proved_is_filled_in_and_what_she_proved_comes_first() -> None:
    lucia = person("Lucía", email="lucia@example.com")
    for kind, value in (("email", "other@example.com"), ("phone", "+34621000101"), ("phone", "+34621000102")):
        ContactPoint.objects.create(person=lucia, kind=kind, value=value, created_at=LONG_AGO)

    known = known_of(lucia)

    assert (known["email"], known["phone"]) == ("lucia@example.com", "+34621000102")


def test_what_others_typed_who_were_found_to_be_her_is_not_filled_in() -> None:
    lucia = person("Lucía", email="lucia@example.com")
    person("Eva", phone="+34621000101", root=lucia)

    assert "phone" not in known_of(lucia)


@pytest.mark.parametrize(("days", "is_chosen"), [(10, True), (400, False)])
def test_an_address_of_the_till_is_offered_at_home_with_its_age(
    client: Client, shop, django_user_model, days: int, is_chosen: bool
) -> None:
    lucia = person("Lucía", email="lucia@example.com", user=django_user_model.objects.create_user("lucia"))
    client.force_login(lucia.user)
    at = clock.now() - timedelta(days=days)
    profile.add_address(lucia, entered_in="store", at=at, street="Calle Mayor 1", **HOME)
    client.post("/cart/add/", {"sku": "TAZA", "quantity": "1"})

    page = words(client.get("/checkout/"))

    assert "De tienda, " in page
    assert ("¿Sigue siendo correcta?" not in page) is is_chosen
