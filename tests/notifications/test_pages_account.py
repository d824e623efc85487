"""The shopper's own page."""

import pytest
from django.test import Client

from commerce.customers import consent
from commerce.customers.models import Consent, Person
from tests import factories
from tests.inventory.test_pages import words
from tests.notifications.shop import order, pickup

pytestmark = pytest.mark.django_db


@pytest.fixture
def lucia() -> Person:
    user = factories.User.objects.create_user(username="lucia")
    return factories.person("Lucía", email="lucia@example.com", phone="+34600000001", user=user)


@pytest.fixture
def hers(client: Client, lucia: Person) -> Client:
    client.force_login(lucia.user)
    return client


def address(**said: str) -> dict[str, str]:
    return {"recipient": "Lucía", "street": "Calle Luna 3", "postal_code": "28004", "city": "Madrid"} | said


def test_a_visitor_is_asked_to_log_in(client: Client) -> None:
    response = client.get("/account/")

    assert response.headers["Location"] == "/login/?next=/account/"


def test_staff_have_no_account(client: Client) -> None:
    client.force_login(factories.staff("agent"))

    response = client.get("/account/")

    assert response.status_code == 404


def test_she_sees_her_orders_and_nobody_elses(hers: Client, lucia: Person) -> None:
    own, other = order(lucia), order(factories.person("Marta"))
    pickup(own)

    page = words(hers.get("/account/"))

    assert (f"Pedido {own.number}" in page, f"Pedido {other.number}" in page) == (True, False)
    assert '<span class="tag good">listo</span>' in page


def test_only_the_switches_she_turned_are_new_choices(hers: Client, lucia: Person) -> None:
    hers.post("/account/consents/", {"reminder:email": "on"})
    hers.post("/account/consents/", {"reminder:email": "on", "survey:sms": "on"})
    hers.post("/account/consents/", {"survey:sms": "on"})

    choices = Consent.objects.order_by("pk").values_list("purpose", "contact_channel", "granted")
    assert list(choices) == [("reminder", "email", True), ("survey", "sms", True), ("reminder", "email", False)]
    assert consent.granted(lucia, "sms", "survey")


def test_she_says_how_and_when_she_likes_to_hear_from_us(hers: Client, lucia: Person) -> None:
    said = {"given_name": "Lucía", "family_name": "Prado", "language": "en", "preferred_contact_channel": "sms"}

    response = hers.post("/account/change/", said | {"since": "18:00", "until": "20:00"})

    lucia.refresh_from_db()
    assert (lucia.language, lucia.preferred_contact_channel, lucia.preferred_hours) == ("en", "sms", ["18:00", "20:00"])
    assert response.cookies["django_language"].value == "en"


@pytest.mark.parametrize("said", [{"since": "18:00"}, {"language": "xx"}, {"since": "25:00", "until": "26:00"}])
def test_what_cannot_be_kept_is_said_and_changes_nothing(hers: Client, lucia: Person, said: dict[str, str]) -> None:
    response = hers.post("/account/change/", {"language": "es", "family_name": "Otro"} | said, follow=True)

    lucia.refresh_from_db()
    assert "Indica las dos horas" in words(response)
    assert lucia.family_name == ""


def test_an_address_is_kept_and_removed(hers: Client, lucia: Person) -> None:
    kept = words(hers.post("/account/addresses/", address(), follow=True))
    removed = words(hers.post(f"/account/addresses/{lucia.addresses.get().pk}/", follow=True))

    assert ("Calle Luna 3" in kept, "Calle Luna 3" in removed) == (True, False)


def test_an_address_that_lacks_something_is_shown_again_as_it_was_typed(hers: Client, lucia: Person) -> None:
    response = hers.post("/account/addresses/", address(city=""))

    assert response.status_code == 422
    assert 'value="Calle Luna 3"' in words(response)
    assert lucia.addresses.count() == 0


def test_nobody_removes_the_address_of_somebody_else(hers: Client) -> None:
    marta = factories.person("Marta")
    theirs = marta.addresses.create(entered_at=factories.MONDAY, entered_in="web", country="ES", **address())

    response = hers.post(f"/account/addresses/{theirs.pk}/")

    theirs.refresh_from_db()
    assert (response.status_code, theirs.removed_at) == (404, None)


@pytest.mark.parametrize("orders", [1, 3])
def test_the_page_costs_the_same_queries_for_one_and_for_three_orders(
    hers: Client, lucia: Person, django_assert_num_queries, orders: int
) -> None:
    for _ in range(orders):
        pickup(order(lucia))

    with django_assert_num_queries(18):
        response = hers.get("/account/")

    assert response.content.count(b"/o/") == orders
