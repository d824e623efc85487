"""Asking over the API that units be kept, and standing in line for the last ones."""

from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from inventory import holds
from inventory.holds import Want
from inventory.models import Reservation, Stock
from tests.factories import location, person, sales_channel, staff, stock, variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf() -> Stock:
    place = location("centro")
    sales_channel("web", locations=(place,))
    return stock(variant(sku="TAZA"), place, on_hand=1)


def send(client: Client, path: str, **body: object):
    return client.post(f"/api/v1/{path}", body, content_type="application/json")


def test_a_clerk_keeps_a_unit_for_somebody_and_lets_it_go_again(shelf):
    clerk, lucia = Client(), person(email="lucia@example.com")
    clerk.force_login(staff("store", shelf.location))
    until = (clock.now() + timedelta(hours=5)).isoformat()

    made = send(clerk, "reservations/", sku="TAZA", location="centro", quantity=1, until=until, person=lucia.public_id)

    assert (made.status_code, made.json()["status"], made.json()["position"]) == (201, "kept", None)
    shelf.refresh_from_db()
    assert shelf.held == 1
    ended = clerk.delete(f"/api/v1/reservations/{made.json()['id']}/")
    assert (ended.status_code, ended.json()["status"]) == (200, "released")
    shelf.refresh_from_db()
    assert shelf.held == 0


def test_a_visitor_keeps_nothing_but_waits_in_line_with_her_cart(client, shelf):
    now = clock.now()
    holds.place([Want(shelf.variant_id, shelf.location_id, 1, "other")], expires_at=now + timedelta(minutes=9), at=now)
    cart = send(client, "carts/", lines=[{"sku": "TAZA", "quantity": 1}]).json()["id"]

    kept = send(client, "reservations/", sku="TAZA", location="centro", quantity=1, until=now.isoformat())
    waits = send(client, f"carts/{cart}/line/", sku="TAZA", location="centro", quantity=1)

    assert kept.status_code in (401, 403)
    assert (waits.status_code, waits.json()["status"]) == (201, "waiting")
    assert (waits.json()["position"], waits.json()["in_line"]) == (1, 1)
    holds.release(["other"], at=now)
    told = client.get(f"/api/v1/reservations/{waits.json()['id']}/").json()
    assert (told["status"], told["position"]) == ("kept", None)
    assert Reservation.objects.get().cart.public_id == cart


def test_nobody_stands_in_line_for_what_is_there(client, shelf):
    cart = send(client, "carts/", lines=[{"sku": "TAZA", "quantity": 1}]).json()["id"]

    answer = send(client, f"carts/{cart}/line/", sku="TAZA", location="centro", quantity=1)

    assert (answer.status_code, answer.json()["code"]) == (409, "still_available")
