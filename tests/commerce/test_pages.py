"""What all pages share: refusals told where the reader was, errors in the shop's look, no personal page kept."""

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from commerce.pages import came_from
from tests import factories
from tests.inventory.test_pages import words

pytestmark = pytest.mark.django_db


def test_a_page_that_is_not_there_is_said_in_the_shops_look(client: Client) -> None:
    response = client.get("/nope/")

    assert response.status_code == 404
    assert "Aquí no hay nada" in words(response)


def test_a_form_without_its_token_is_refused_in_the_shops_look() -> None:
    client = Client(enforce_csrf_checks=True)

    response = client.post("/cart/add/", {"sku": "X", "quantity": 1})

    assert response.status_code == 403
    assert "No puedes hacer esto" in words(response)


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/cart/", "http://testserver/cart/"),
        ("http://evil.example/cart/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_after_a_refusal_the_reader_is_back_on_a_page_of_ours_and_nowhere_else(referer: str, back: str) -> None:
    request = RequestFactory().post("/cart/set/", headers={"Referer": referer})

    assert came_from(request) == back


def test_the_language_is_switched_and_kept(client: Client) -> None:
    client.post("/language/", {"language": "en", "next": "/"})

    response = client.get("/nope/")

    assert "There is nothing here" in words(response)


def test_without_a_wish_the_shop_speaks_spanish(client: Client) -> None:
    page = words(client.get("/nope/", headers={"Accept-Language": "ja"}))

    assert '<html lang="es">' in page


@pytest.mark.parametrize("name", ["cart", "checkout", "account", "desk"])
def test_pages_with_somebodys_data_are_not_kept_by_browsers_and_proxies(client: Client, name: str) -> None:
    role = "agent" if name == "desk" else None
    user = factories.staff(role) if role else factories.User.objects.create_user("lucia")
    if not role:
        factories.person("Lucía", user=user)
    client.force_login(user)

    response = client.get(reverse(name))

    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize(("role", "place"), [("store", "/store/"), ("agent", "/desk/"), ("back_office", "/admin/")])
def test_staff_find_the_way_to_their_work_from_the_shop(client: Client, role: str, place: str) -> None:
    client.force_login(factories.staff(role, factories.location()))

    page = words(client.get("/nope/"))

    assert f'<a href="{place}">Trabajo</a>' in page


def test_search_engines_are_kept_from_personal_pages(client: Client) -> None:
    lines = client.get("/robots.txt").content.decode().splitlines()

    assert {"Disallow: /account/", "Disallow: /o/", "Disallow: /desk/", "Disallow: /cart/"} <= set(lines)
