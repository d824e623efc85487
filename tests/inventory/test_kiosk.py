"""A tablet for everybody: a cart is begun without a log-in, and nothing of it is there for the next person."""

from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.carts.models import Cart, Wish
from notifications.models import Turn
from tests import factories
from tests.commerce.carts.calling import log_in_by_code
from tests.inventory.test_pages import words

pytestmark = pytest.mark.django_db
EMAIL = "lucia@example.com"


@pytest.fixture
def store():
    store = factories.location("centro")
    factories.sales_channel(locations=(store,))
    factories.sales_channel("store", locations=(store,))
    for sku in ("TAZA", "PLATO"):
        factories.stock(factories.variant(sku=sku, price=990), store, on_hand=5)
    return store


@pytest.fixture
def tablet(client: Client, store) -> Client:
    client.force_login(factories.staff("store", store))
    client.post(f"/store/{store.code}/kiosk/start/")
    return client


def visit(tablet: Client) -> None:
    """What somebody does who stands before it: a cart, a wish, a word in the chat, a language, and her log-in."""
    tablet.post("/cart/add/", {"sku": "TAZA", "quantity": "2"})
    tablet.post("/cart/add/", {"sku": "PLATO", "quantity": "1"})
    tablet.post("/cart/aside/", {"sku": "PLATO"})
    tablet.post("/chat/", {"text": "soy Lucía", "once": "once00000001"})
    tablet.post("/language/", {"language": "en", "next": "/"})
    log_in_by_code(tablet, EMAIL)


def left_over(tablet: Client) -> list[str]:
    """What the next person finds of the last one."""
    found = sorted(f"kept: {key}" for key in set(tablet.session.keys()) - {"kiosk"})
    found += [f"in English: {path}" for path in ("/",) if "I am done" in words(tablet.get(path))]
    for path in ("/cart/", "/chat/", "/account/", "/checkout/"):
        page = words(tablet.get(path, follow=True))
        found += [f"{path}: {mark}" for mark in ("9,90", "9.90", "soy Lucía", EMAIL) if mark in page]
    role = tablet.get("/api/v1/session/").json()["role"]
    return found + [f"still {role}"] * (role != "visitor")


def test_who_sets_it_up_is_logged_out_there(tablet: Client, store) -> None:
    assert tablet.get(f"/store/{store.code}/").status_code == 302
    assert "Esta tableta es para todos" in words(tablet.get("/"))
    assert tablet.post(f"/store/{store.code}/kiosk/stop/").status_code == 302
    assert "kiosk" in tablet.session


def test_the_button_ends_every_tie(tablet: Client) -> None:
    visit(tablet)
    before, key = left_over(tablet), tablet.session.session_key
    seen = tablet.get("/cart/")

    left = tablet.post("/kiosk/leave/")

    assert len(before) > 5, "the positive control: while she stands there all of it is hers"
    assert left_over(tablet) == []
    assert (seen["Cache-Control"], left["Clear-Site-Data"]) == ("no-store", '"cache", "storage"')
    assert tablet.session.session_key != key
    assert Cart.objects.get().person is not None
    assert Turn.objects.exists()


@pytest.mark.parametrize("end", ["idle", "log out"])
def test_a_visit_ends_by_itself_and_at_log_out_and_pages_that_ask_again_keep_nothing_alive(
    tablet: Client, end: str
) -> None:
    visit(tablet)
    if end == "log out":
        tablet.post("/logout/")
        tablet.cookies.pop("django_language")
        assert left_over(tablet) == []
        return

    clock.move(timedelta(seconds=100))
    alive = tablet.get("/cart/live/")
    clock.move(timedelta(seconds=30))
    asked = tablet.get("/cart/live/")

    assert ("HX-Redirect" in alive, asked.status_code, asked.get("HX-Redirect")) == (False, 204, "/")
    assert left_over(tablet) == []


def test_the_first_touch_after_a_pause_is_the_next_persons_and_acts_for_nobody_else(tablet: Client) -> None:
    tablet.post("/cart/add/", {"sku": "TAZA", "quantity": "2"})
    first = Cart.objects.get()
    clock.move(timedelta(minutes=3))

    tablet.post("/cart/add/", {"sku": "PLATO", "quantity": "1"})

    first.refresh_from_db()
    assert (Cart.objects.count(), first.lines.count(), first.version) == (2, 1, 1)
    assert "9,90" in words(tablet.get("/cart/"))


def test_a_page_that_was_left_lying_looks_for_itself_and_the_next_one_reads_the_shops_own_language(
    tablet: Client,
) -> None:
    visit(tablet)
    clock.move(timedelta(seconds=123))

    first = words(tablet.get("/"))

    assert ("I am done" in first, left_over(tablet)) == (False, [])


def test_an_ordinary_browser_keeps_its_cart_as_long(client: Client, store) -> None:
    client.post("/cart/add/", {"sku": "TAZA", "quantity": "2"})
    clock.move(timedelta(minutes=3))

    assert "19,80" in words(client.get("/cart/"))
    assert client.get("/cart/").get("Refresh") is None
    assert not Wish.objects.exists()
