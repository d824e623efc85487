"""A POST with a key happens once, also when it comes twice at the same moment."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from commerce.customers.models import PostalAddress
from commerce.rest.models import IdempotentAnswer
from tests import factories

HOME = {"recipient": "Nuria Carmona", "street": "Calle Mayor 1", "postal_code": "28013", "city": "Madrid"}


@pytest.fixture
def session(request: pytest.FixtureRequest) -> str:
    """The cookie of somebody who has logged in."""
    nuria = factories.person("Nuria", user=User.objects.create_user("nuria"))
    client = Client()
    client.force_login(nuria.user, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value


def keep(session: str, key: str, body: object = HOME) -> HttpResponse:
    """Ask for an address to be kept."""
    client = Client()
    client.cookies["sessionid"] = session
    headers = {"Idempotency-Key": key}
    return client.post("/api/v1/me/addresses/", body, content_type="application/json", headers=headers)


@pytest.mark.django_db
def test_a_repeated_request_is_answered_to_the_letter_and_says_so(session: str) -> None:
    first, again = keep(session, "k"), keep(session, "k")

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert ("Idempotency-Replayed" in first, again["Idempotency-Replayed"]) == (False, "true")


@pytest.mark.django_db
def test_another_body_or_address_with_the_same_key_is_refused(session: str) -> None:
    keep(session, "k")
    client = Client()
    client.cookies["sessionid"] = session

    other_body = keep(session, "k", HOME | {"city": "Toledo"})
    other_door = client.post(
        "/api/v1/me/consents/", HOME, content_type="application/json", headers={"Idempotency-Key": "k"}
    )

    assert [answer.status_code for answer in (other_body, other_door)] == [422, 422]
    assert other_door.json()["code"] == "idempotency_key_reused"


@pytest.mark.django_db
def test_a_refusal_is_not_kept_so_that_the_caller_may_mend_and_repeat_it(session: str) -> None:
    refused = keep(session, "k", HOME | {"country": "Spain"})
    mended = keep(session, "k")

    assert (refused.status_code, mended.status_code) == (400, 201)


@pytest.mark.django_db
def test_the_keys_of_one_caller_are_nothing_to_another(session: str) -> None:
    keep(session, "k")
    eva = factories.person("Eva", user=User.objects.create_user("eva"))
    client = Client()
    client.force_login(eva.user, backend="django.contrib.auth.backends.ModelBackend")

    hers = client.post("/api/v1/me/addresses/", HOME, content_type="application/json", headers={"Idempotency-Key": "k"})

    assert hers.status_code == 201
    assert set(PostalAddress.objects.values_list("person__given_name", flat=True)) == {"Nuria", "Eva"}


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["x" * 256, "ñ" * 200, "x" * 255, " "])
def test_any_key_is_taken_or_refused_clearly(session: str, key: str) -> None:
    assert keep(session, key).status_code in (201, 400)


@pytest.mark.django_db(transaction=True)
def test_of_eight_at_once_one_runs_and_all_are_answered_alike(session: str) -> None:
    start = Barrier(8)

    def ask(_: int) -> str:
        start.wait()
        try:
            return json.dumps(keep(session, "k").json(), sort_keys=True)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(ask, range(8)))

    assert len(answers) == 1
    assert (PostalAddress.objects.count(), IdempotentAnswer.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_a_visitors_key_must_be_too_long_for_two_to_choose_the_same(client: Client) -> None:
    answer = client.post("/api/v1/carts/", {}, content_type="application/json", headers={"Idempotency-Key": "1"})

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")
