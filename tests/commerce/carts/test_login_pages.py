"""Logging in on a page."""

import pytest
from django.test import Client

from commerce.customers.consent import granted
from commerce.customers.logins import code_of
from commerce.customers.models import LoginCode, Person

pytestmark = pytest.mark.django_db
EMAIL = "nuria@example.com"


def type_code(client: Client, **fields: str) -> str:
    """Where the second step leads."""
    answer = client.post("/login/code/", {"code": code_of(LoginCode.objects.latest("pk"))} | fields)
    return answer["Location"]


def test_email_then_code_and_she_is_in(client: Client) -> None:
    asked = client.post("/login/", {"email": EMAIL})
    shown = client.get("/login/code/")

    led = type_code(client, reminders="on")

    assert (asked["Location"], led) == ("/login/code/", "/")
    assert EMAIL in shown.content.decode()
    assert granted(Person.objects.get(), "email", "reminder")


def test_an_empty_box_takes_no_consent_back(client: Client) -> None:
    client.post("/login/", {"email": EMAIL})
    type_code(client, reminders="on")
    again = Client()
    again.post("/login/", {"email": EMAIL})

    type_code(again)

    assert granted(Person.objects.get(), "email", "reminder")


def test_she_goes_on_to_where_she_wanted_and_never_to_another_site(client: Client) -> None:
    led = []
    for wanted in ("/cart/", "https://evil.example/", "//evil.example/"):
        client.get("/login/", {"next": wanted})
        client.post("/login/", {"email": EMAIL})
        led.append(type_code(client))

    assert led == ["/cart/", "/", "/"]


def test_a_wrong_code_is_told_and_may_be_typed_again(client: Client) -> None:
    client.post("/login/", {"email": EMAIL})

    told = client.post(
        "/login/code/", {"code": "AAAAAA"}, follow=True, headers={"Referer": "http://testserver/login/code/"}
    )

    assert "ten minutes" in told.content.decode() or "diez minutos" in told.content.decode()
    assert type_code(client) == "/"


def test_without_a_code_asked_for_the_second_step_leads_to_the_first(client: Client) -> None:
    assert client.get("/login/code/")["Location"] == "/login/"


def test_what_is_no_email_is_said_beside_the_field(client: Client) -> None:
    answer = client.post("/login/", {"email": "nuria"})

    assert answer.status_code == 200
    assert not LoginCode.objects.exists()


def test_logging_out_takes_a_form_and_a_link_does_nothing(client: Client) -> None:
    client.post("/login/", {"email": EMAIL})
    type_code(client)

    by_link = client.get("/logout/").status_code
    still = client.get("/api/v1/session/").json()["role"]
    client.post("/logout/")

    assert (by_link, still, client.get("/api/v1/session/").json()["role"]) == (405, "person", "visitor")
