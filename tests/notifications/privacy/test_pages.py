"""Her data on her own page, behind a fresh code; and at the desk, for the back office alone."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.customers.logins import code_of
from commerce.customers.models import LoginCode, Person, Reading
from commerce.timeline import tasks
from commerce.timeline.models import Entry
from notifications.models import ErasureRequest
from tests import factories
from tests.factories import person
from tests.inventory.test_pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def lucia() -> Person:
    return person("Lucía", email="lucia@example.com")


def log_in(client: Client) -> None:
    """With a code, as she does."""
    client.post("/login/", {"email": "lucia@example.com"})
    client.post("/login/code/", {"code": code_of(LoginCode.objects.latest("pk"))})


def test_with_a_fresh_code_she_takes_everything_with_her(client: Client, lucia: Person) -> None:
    log_in(client)

    file = client.post("/account/data/export/")

    assert file.headers["Content-Disposition"] == f'attachment; filename="{lucia.public_id}.json"'
    assert json.loads(file.content)["held"]["customers.Person"][0]["given_name"] == "Lucía"
    assert Entry.objects.filter(type="person.exported", actor=f"person:{lucia.public_id}").count() == 1


@pytest.mark.parametrize("door", ["export", "erasure"])
def test_a_browser_that_was_left_logged_in_gives_nothing_out(client: Client, lucia: Person, door: str) -> None:
    log_in(client)
    session = client.session
    session["proved_at"] = (clock.now() - timedelta(minutes=16)).isoformat()
    session.save()

    response = client.post(f"/account/data/{door}/", {"sure": "on"})

    assert response.headers["Location"] == "/login/?next=/account/data/"
    assert not ErasureRequest.objects.exists()


def test_she_asks_to_be_erased_sees_how_it_stands_and_may_stay(client: Client, lucia: Person) -> None:
    log_in(client)
    factories.order(person=lucia)

    client.post("/account/data/erasure/", {"sure": "on"})
    page = words(client.get("/account/data/"))
    client.post("/account/data/erasure/", {"stay": "on"})

    assert "un pedido está de camino" in page
    assert ErasureRequest.objects.get().status == "withdrawn"


def test_after_the_erasure_her_browser_is_nobodys(client: Client, lucia: Person, settings, tmp_path) -> None:
    settings.ERASURE_LIST = str(tmp_path / "list")
    log_in(client)

    client.post("/account/data/erasure/", {"sure": "on"})
    for minutes in (0, 11):
        tasks.run_due(at=clock.now() + timedelta(minutes=minutes))

    assert Person.objects.get(pk=lucia.pk).erased_at
    assert client.get("/account/").headers["Location"].startswith("/login/")


def test_the_back_office_gives_out_and_erases_and_each_look_is_written_down(client: Client, lucia: Person) -> None:
    member = factories.staff("back_office")
    factories.serving(member, lucia)
    client.force_login(member)

    file = client.post(f"/desk/{lucia.public_id}/data/export/")
    client.post(f"/desk/{lucia.public_id}/data/erase/", {"sure": "on"})
    held = client.post(f"/desk/{lucia.public_id}/data/hold/", {"until": "2030-01-01", "because": "claim"})

    assert json.loads(file.content)["person"] == lucia.public_id
    assert held.status_code == 302
    request = ErasureRequest.objects.get()
    assert (request.asked_by.partition(":")[0], request.held_because) == ("staff", "claim")
    assert Reading.objects.filter(what="export").count() == 1


@pytest.mark.parametrize("role", ["agent", "store", "warehouse", None])
@pytest.mark.parametrize("what", ["export", "erase", "hold"])
def test_nobody_else_gives_anything_out(client: Client, lucia: Person, role: str | None, what: str) -> None:
    if role:
        client.force_login(factories.staff(role))

    response = client.post(f"/desk/{lucia.public_id}/data/{what}/", {"sure": "on"})

    assert response.status_code == (404 if role else 302)
    assert not ErasureRequest.objects.exists()
    assert not Reading.objects.exists()


def test_an_export_that_was_guessed_at_is_not_there(client: Client, lucia: Person) -> None:
    client.force_login(factories.staff("back_office"))

    assert client.get(f"/desk/{lucia.public_id}/data/export/").status_code == 405
    assert client.post("/desk/AAAAAAAAAAAAAAAAAAAAAA/data/export/").status_code == 404
