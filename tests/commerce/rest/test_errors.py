"""Every error has one shape for machines, and a page for people."""

import json
from threading import Event, Thread

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client, RequestFactory

from commerce.customers.models import Person
from commerce.rest import errors
from tests import factories


@pytest.mark.django_db(transaction=True)
def test_who_waits_too_long_for_others_is_told_to_try_again_and_nothing_happened() -> None:
    nuria = factories.person("Nuria", user=User.objects.create_user("nuria"))
    client = Client()
    client.force_login(nuria.user, backend="django.contrib.auth.backends.ModelBackend")
    locked, finished = Event(), Event()

    def hold() -> None:
        with transaction.atomic():
            Person.objects.select_for_update().get(pk=nuria.pk)
            locked.set()
            finished.wait(10)
        connection.close()

    holder = Thread(target=hold)
    holder.start()
    locked.wait(10)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    answer = client.patch("/api/v1/me/", {"family_name": "Sanz"}, content_type="application/json")
    finished.set()
    holder.join()
    connection.close()

    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "busy", "1")
    assert Person.objects.get().family_name == ""


@pytest.mark.parametrize(("path", "kind"), [("/api/v1/x/", "application/problem+json"), ("/x/", "text/html")])
def test_a_fault_of_ours_is_told_to_machines_in_json_and_to_people_on_a_page(path: str, kind: str) -> None:
    answer = errors.server_error(RequestFactory().get(path))

    assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (500, kind)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/me/", 401, "not_authenticated"),
        ("PUT", "/api/v1/me/", 405, "method_not_allowed"),
        ("OPTIONS", "/api/v1/me/", 405, "method_not_allowed"),
        ("GET", "/api/v1/nothing/", 404, "not_found"),
        ("GET", "/hooks/", 404, "not_found"),
    ],
)
def test_every_refusal_has_its_code(method: str, path: str, status: int, code: str) -> None:
    answer = Client().generic(method, path)

    body = json.loads(answer.content)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert {"type": f"about:blank#{code}", "status": status, "code": code}.items() <= body.items()


@pytest.mark.django_db
def test_an_unknown_key_is_a_401_that_says_what_is_asked_for() -> None:
    answer = Client().get("/api/v1/session/", headers={"Authorization": "Bearer nonsense"})

    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.django_db
def test_what_cannot_be_given_as_asked_is_refused_and_not_a_fault() -> None:
    answer = Client().get("/api/v1/session/", headers={"Accept": "text/csv"})

    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")
