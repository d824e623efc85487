"""One's own account over HTTP."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from commerce.customers.models import Person, PostalAddress
from commerce.customers.people import contact_point, guest
from tests import factories
from tests.factories import MONDAY

pytestmark = pytest.mark.django_db
JSON = "application/json"
HOME = {"recipient": "Nuria Carmona", "street": "Calle Mayor 1", "postal_code": "28013", "city": "Madrid"}


@pytest.fixture
def nuria() -> Person:
    """Somebody with an account."""
    return factories.person("Nuria", email="nuria@example.com", user=User.objects.create_user("nuria"))


@pytest.fixture
def client(nuria: Person) -> Client:
    """Her browser."""
    client = Client()
    client.force_login(nuria.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_she_changes_what_she_wants_and_nothing_else(client: Client, nuria: Person) -> None:
    changes = {"language": "en", "preferred_contact_channel": "whatsapp", "preferred_hours": ["18:00", "20:00"]}

    answer = client.patch("/api/v1/me/", changes, content_type=JSON)

    nuria.refresh_from_db()
    assert answer.status_code == 200
    assert (nuria.given_name, nuria.language, nuria.preferred_hours) == ("Nuria", "en", ["18:00", "20:00"])


@pytest.mark.parametrize(
    "changes",
    [
        {"language": "xx"},
        {"preferred_hours": ["18:00"]},
        {"preferred_hours": ["6 pm", "20:00"]},
        {"preferred_hours": ["25:00", "26:00"]},
        {"given_name": 7},
        {"group": "vip"},
        {"id": "X"},
        {"is_staff": True},
    ],
)
def test_what_is_not_hers_to_set_is_refused_by_name(client: Client, nuria: Person, changes: dict[str, object]) -> None:
    answer = client.patch("/api/v1/me/", changes, content_type=JSON)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == list(changes)


def test_the_same_address_twice_is_kept_once(client: Client, nuria: Person) -> None:
    answers = [client.post("/api/v1/me/addresses/", HOME, content_type=JSON) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert client.get("/api/v1/me/addresses/").json() == [answers[0].json()]


def test_a_removed_address_is_offered_no_more_but_kept_for_the_orders_that_went_there(client: Client) -> None:
    address = client.post("/api/v1/me/addresses/", HOME, content_type=JSON).json()

    client.delete(f"/api/v1/me/addresses/{address['id']}/")

    assert client.get("/api/v1/me/addresses/").json() == []
    assert PostalAddress.objects.count() == 1


def test_anothers_address_is_not_there(client: Client) -> None:
    other = factories.person("Eva")
    address = PostalAddress.objects.create(person=other, entered_at=MONDAY, entered_in="web", **HOME)

    answer = client.delete(f"/api/v1/me/addresses/{address.pk}/")

    address.refresh_from_db()
    assert (answer.status_code, address.removed_at) == (404, None)


def test_her_choices_are_shown_with_the_address_they_are_for(client: Client) -> None:
    choice = {"contact_channel": "email", "purpose": "marketing", "granted": False}

    answer = client.post("/api/v1/me/consents/", choice, content_type=JSON)

    assert answer.status_code == 201
    assert [row | {"chosen_at": ""} for row in client.get("/api/v1/me/consents/").json()] == [
        choice | {"address": "nuria@example.com", "chosen_at": ""}
    ]


def test_a_choice_that_is_not_true_or_false_is_refused(client: Client) -> None:
    choice = {"contact_channel": "email", "purpose": "marketing", "granted": "yes"}

    assert client.post("/api/v1/me/consents/", choice, content_type=JSON).status_code == 400


def test_a_phone_that_a_guest_typed_is_not_shown_to_the_owner_of_the_email(client: Client, nuria: Person) -> None:
    stranger = guest(email="nuria@example.com", phone="621000999", at=MONDAY)
    Person.objects.filter(pk=stranger.pk).update(root=nuria)
    contact_point(nuria, "phone", "621000101", at=MONDAY)

    shown = client.get("/api/v1/me/").json()["contact_points"]

    assert [point["value"] for point in shown] == ["nuria@example.com", "+34621000101"]


def test_a_repeated_request_with_its_key_is_answered_alike(client: Client) -> None:
    headers = {"Idempotency-Key": "k-1"}
    first = client.post("/api/v1/me/addresses/", HOME, content_type=JSON, headers=headers)

    again = client.post("/api/v1/me/addresses/", HOME, content_type=JSON, headers=headers)
    other = client.post("/api/v1/me/addresses/", HOME | {"city": "Toledo"}, content_type=JSON, headers=headers)

    assert (again.status_code, again.json()) == (201, first.json())
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_log_in_that_is_no_shoppers_has_no_account_here() -> None:
    staff = Client()
    staff.force_login(factories.staff("agent"), backend="django.contrib.auth.backends.ModelBackend")

    assert staff.get("/api/v1/me/").status_code == 403
