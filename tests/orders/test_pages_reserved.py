"""Keeping a thing, standing in line and giving both up, in the pages of shopper, store and desk."""

import re
from datetime import time, timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.customers.models import Serving
from commerce.timeline.actors import SYSTEM
from inventory import holds, reservations
from inventory.holds import Want
from inventory.models import Reservation, Stock
from inventory.pages_reservations import next_time
from orders.pages_known import slot_of
from tests import factories
from tests.factories import MONDAY, location, person, sales_channel, staff, stock, variant
from tests.inventory.test_pages import words
from tests.orders.calling import log_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf() -> Stock:
    centro = location("centro", name="Centro")
    for kind in ("web", "store", "call_center"):
        sales_channel(kind, locations=(centro,))
    return stock(variant(sku="TAZA"), centro, on_hand=2)


@pytest.fixture
def page(shelf) -> str:
    return f"/p/{shelf.variant.product.handle}/"


def hold_all(shelf: Stock) -> None:
    at = clock.now()
    want = Want(shelf.variant_id, shelf.location_id, shelf.on_hand, "x")
    holds.place([want], expires_at=at + timedelta(minutes=20), at=at)


def keep(shelf: Stock, of) -> Reservation:
    at = clock.now()
    how = {"location": shelf.location, "quantity": 1, "until": at + timedelta(hours=5), "person": of}
    return reservations.keep(shelf.variant, **how, by=SYSTEM, channel="store", at=at)


def stands(kept: Reservation) -> tuple[str, int, int]:
    shelf = Stock.objects.get(pk=kept.stock_id)
    return Reservation.objects.get(pk=kept.pk).status, shelf.on_hand, shelf.held


def test_the_store_s_clock_says_until_when():
    place = location("centro")  # Madrid: one hour ahead of UTC
    assert MONDAY.hour == 10

    today, tomorrow = (next_time(time(hour), location=place, at=MONDAY) for hour in (20, 9))

    assert (today - MONDAY, tomorrow - MONDAY) == (timedelta(hours=9), timedelta(hours=22))


class TestShopper:
    """On the product's page."""

    def test_she_has_it_kept_sees_it_and_gives_it_up(self, shelf, page, lucia):
        hers = log_in(lucia.user)
        assert f'action="{page}keep/"' in hers.get(page).content.decode()

        said = {"sku": "TAZA", "location": "centro", "quantity": 1, "until": "20:00"}
        told = words(hers.post(f"{page}keep/", said, follow=True))
        kept = Reservation.objects.get()

        assert "Una unidad en Centro, hasta" in told
        assert "Una unidad en Centro, hasta" in words(hers.get(page))
        hers.post(f"/reservations/{kept.public_id}/release/")
        assert stands(kept) == ("released", 2, 0)

    def test_who_has_not_said_who_she_is_logs_in_first(self, shelf, page, client):
        assert f"/account/login/?next={page}" in client.get(page).content.decode()

        answer = client.post(f"{page}keep/", {"sku": "TAZA", "location": "centro", "quantity": 1, "until": "20:00"})

        assert answer.headers["Location"].startswith("/account/login/")
        assert not Reservation.objects.exists()

    def test_a_refusal_is_told_where_she_was(self, shelf, page, lucia):
        said = {"sku": "TAZA", "location": "centro", "quantity": 3, "until": "20:00"}

        told = log_in(lucia.user).post(
            f"{page}keep/", said, headers={"Referer": f"http://testserver{page}"}, follow=True
        )

        assert told.redirect_chain == [(f"http://testserver{page}", 302)]
        assert "No queda suficiente" in words(told)
        assert not Reservation.objects.exists()

    def test_a_visitor_stands_in_line_sees_her_place_and_the_unit_becomes_hers(self, shelf, page, client):
        assert f'action="{page}line/"' not in client.get(page).content.decode()
        hold_all(shelf)
        assert f'action="{page}line/"' in client.get(page).content.decode()

        told = words(client.post(f"{page}line/", {"sku": "TAZA", "location": "centro", "quantity": 1}, follow=True))
        waits = Reservation.objects.get()

        assert "Puesto 1 de 1 en Centro." in told
        assert "queda libre a más tardar" in told
        assert waits.cart.lines.get().variant.sku == "TAZA"
        holds.release(["x"], at=clock.now())
        mine = client.get(f"/reservations/{waits.public_id}/")
        assert "Una unidad en Centro, hasta" in words(mine)
        assert 'href="/cart/"' in mine.content.decode()

    def test_in_english_too_and_without_a_script_in_the_page(self, shelf, page, lucia):
        hers, kept = log_in(lucia.user), keep(shelf, lucia)

        told = hers.get(f"/reservations/{kept.public_id}/", headers={"Accept-Language": "en"})

        assert "One unit in Centro, until" in words(told)
        for shown in (told, hers.get(page)):
            assert not re.search(r"<script(?![^>]* src=)|<style| on\w+=\"| style=\"", shown.content.decode())

    def test_a_stranger_s_cart_shows_nothing_of_hers(self, shelf, page, client, lucia):
        keep(shelf, lucia)

        assert "Una unidad en Centro" not in words(client.get(page))


class TestStore:
    """In the store's own page."""

    def test_it_sees_what_is_kept_and_sells_it_to_whoever_shows_up_for_it(self, shelf, lucia):
        kept, clerk = keep(shelf, lucia), log_in(staff("store", shelf.location))
        listed = words(clerk.get("/store/centro/reservations/"))
        assert "Lucía" in listed
        assert "Una unidad en Centro, hasta" in listed

        for _ in range(2):  # pressed twice
            clerk.post(f"/store/centro/reservations/{kept.public_id}/sell/")
        till = clerk.get("/store/centro/sell/").content.decode()
        key = re.search(r'name="key" value="([^"]+)"', till).group(1)
        clerk.post("/store/centro/sell/pay/", {"expected_total": 1000, "tender": "cash", "key": key})

        assert stands(kept) == ("taken", 1, 0)

    def test_a_sale_without_it_leaves_it_kept(self, shelf, lucia):
        kept, clerk = keep(shelf, lucia), log_in(staff("store", shelf.location))
        clerk.post(f"/store/centro/reservations/{kept.public_id}/sell/")
        clerk.post("/store/centro/sell/put/", {"sku": "TAZA", "quantity": 0, "version": 1})
        clerk.post("/store/centro/sell/", {"q": "TAZA"})
        till = clerk.get("/store/centro/sell/").content.decode()
        key = re.search(r'name="key" value="([^"]+)"', till).group(1)

        clerk.post("/store/centro/sell/pay/", {"expected_total": 1000, "tender": "cash", "key": key})

        assert stands(kept) == ("kept", 1, 1)

    def test_it_releases_what_she_does_not_come_for(self, shelf, lucia):
        kept, clerk = keep(shelf, lucia), log_in(staff("store", shelf.location))

        clerk.post(f"/store/centro/reservations/{kept.public_id}/release/")

        assert stands(kept) == ("released", 2, 0)

    def test_it_keeps_something_for_a_customer_at_the_counter(self, shelf, lucia):
        user = staff("store", shelf.location)
        clerk: Client = log_in(user)
        said = {"sku": "TAZA", "quantity": 1, "until": "20:00"}
        clerk.post("/store/centro/reservations/", said)
        assert not Reservation.objects.exists()
        factories.serving(user, lucia, proof=Serving.Proof.NUMBER)
        session = clerk.session
        session[slot_of(shelf.location)] = lucia.public_id
        session.save()

        clerk.post("/store/centro/reservations/", said)

        assert Reservation.objects.get().person == lucia


class TestDesk:
    """In the window of an agent."""

    def test_an_agent_keeps_it_for_her_and_releases_it(self, shelf, lucia):
        user = staff("agent")
        agent: Client = log_in(user)
        factories.serving(user, lucia, proof=Serving.Proof.NUMBER)
        desk = f"/desk/{lucia.public_id}"

        said = {"sku": "TAZA", "location": "centro", "quantity": 1, "until": "20:00"}
        agent.post(f"{desk}/kept/keep/", said)
        kept = Reservation.objects.get()
        assert "Una unidad en Centro, hasta" in words(agent.get(f"{desk}/"))
        agent.post(f"{desk}/kept/release/", {"reservation": kept.public_id})

        assert stands(kept) == ("released", 2, 0)

    def test_she_stands_in_line_with_her_cart(self, shelf, lucia):
        user = staff("agent")
        agent: Client = log_in(user)
        factories.serving(user, lucia, proof=Serving.Proof.NUMBER)
        desk, said = f"/desk/{lucia.public_id}", {"sku": "TAZA", "location": "centro", "quantity": 1}
        hold_all(shelf)

        agent.post(f"{desk}/kept/line/", said)
        assert not Reservation.objects.exists()  # a line is for carts
        agent.post(f"{desk}/cart/add/", {"sku": "TAZA", "quantity": 1})
        agent.post(f"{desk}/kept/line/", said)

        assert "Puesto 1 de 1 en Centro." in words(agent.get(f"{desk}/"))

    def test_what_is_another_s_is_not_released_here(self, shelf, lucia):
        user, kept = staff("agent"), keep(shelf, person("Eva"))
        factories.serving(user, lucia, proof=Serving.Proof.NUMBER)

        answer = log_in(user).post(f"/desk/{lucia.public_id}/kept/release/", {"reservation": kept.public_id})

        assert (answer.status_code, stands(kept)[0]) == (404, "kept")
