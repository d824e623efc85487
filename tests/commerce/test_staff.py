"""The log-in of the staff."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from commerce import staff as logging_in
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "una contraseña larga"


@pytest.fixture
def elena() -> User:
    """Somebody of a store."""
    user = factories.staff("store", factories.location(), username="elena")
    user.set_password(PASSWORD)
    user.save()
    return user


def log_in(client: Client, password: str = PASSWORD, **options: object) -> int:
    """The status that a try is answered with: 302 leads on."""
    return client.post("/staff/login/", {"username": "elena", "password": password}, **options).status_code


def test_the_right_password_leads_to_where_she_works(elena: User, client: Client) -> None:
    answer = client.post("/staff/login/", {"username": "elena", "password": PASSWORD})

    assert (answer.status_code, answer["Location"]) == (302, "/store/")


def test_who_was_sent_here_goes_back_there_but_never_to_another_site(elena: User, client: Client) -> None:
    fields = {"username": "elena", "password": PASSWORD}

    back = client.post("/staff/login/", fields | {"next": "/store/x/"})
    elsewhere = client.post("/staff/login/", fields | {"next": "https://evil.example/"})

    assert (back["Location"], elsewhere["Location"]) == ("/store/x/", "/store/")


def test_a_page_of_the_staff_sends_an_unknown_caller_here_and_a_page_of_shoppers_to_theirs(client: Client) -> None:
    assert client.get("/admin/")["Location"] == "/staff/login/?next=/admin/"
    assert client.get("/store/")["Location"].startswith("/staff/login/")


def test_after_ten_wrong_tries_the_right_password_is_refused_from_there_and_taken_elsewhere(
    elena: User, client: Client
) -> None:
    wrong = [log_in(client, "wrong") for _ in range(10)]

    refused = client.post("/staff/login/", {"username": "elena", "password": PASSWORD})

    assert wrong == [200] * 10
    assert "_auth_user_id" not in client.session
    assert refused["Location"] == "/"
    assert log_in(Client(), REMOTE_ADDR="10.0.0.7") == 302
    assert logging_in.TRIES_OF_ONE.count == 10


def test_a_slip_before_the_right_password_is_forgotten(elena: User, client: Client) -> None:
    for _ in range(3):
        assert [log_in(client, "wrong") for _ in range(5)] == [200] * 5
        assert log_in(client) == 302


def test_a_closed_log_in_stays_closed_and_ends_at_the_next_request(elena: User, client: Client) -> None:
    log_in(client)
    before = client.get("/api/v1/session/").json()["role"]
    User.objects.update(is_active=False)

    assert (before, client.get("/api/v1/session/").json()["role"]) == ("store", "visitor")
    assert log_in(Client()) == 200


def test_a_shopper_has_no_password_to_guess(client: Client) -> None:
    User.objects.create_user("elena")

    assert log_in(client, "") == 200
