"""An order's page by its private link: for that alone, until it ends or is revoked."""

from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.links import links
from orders import private_links
from tests.factories import MONDAY
from tests.orders.calling import post

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(shop, lucia):
    clock.move(MONDAY - clock.now())
    return shop.order(person=lucia)


def test_a_link_shows_the_page_to_whoever_holds_it_and_nothing_of_her(order):
    secret, page = private_links.create(order, at=MONDAY), f"/o/{order.public_id}/"
    assert Client().get(page).status_code == 302  # to the log-in

    reader = Client()
    shown = reader.get(f"/o/link/{secret}/", follow=True)

    assert (shown.status_code, shown.redirect_chain) == (200, [(page, 302)])
    assert "lucia@example.com" not in shown.content.decode()
    assert secret not in shown.content.decode()


def test_a_link_does_nothing_but_show(order):
    reader = Client()
    reader.get(f"/o/link/{private_links.create(order, at=MONDAY)}/")

    assert post(reader, f"/api/v1/orders/{order.public_id}/cancel/").status_code == 404
    assert reader.get(f"/api/v1/orders/{order.public_id}/").status_code == 404
    assert reader.get(f"/o/{order.public_id}/change/").status_code == 302


def test_a_link_that_is_revoked_or_over_shows_nothing_even_where_it_was_open(order):
    secret, page = private_links.create(order, at=MONDAY), f"/o/{order.public_id}/"
    reader, later = Client(), Client()
    reader.get(f"/o/link/{secret}/")
    later.get(f"/o/link/{secret}/")

    links.revoke("order", order.public_id, at=clock.now())

    assert reader.get(page).status_code == 302
    assert Client().get(f"/o/link/{secret}/").status_code == 410
    fresh = private_links.create(order, at=clock.now())
    later.get(f"/o/link/{fresh}/")
    clock.move(private_links.LASTS + timedelta(minutes=1))
    assert later.get(page).status_code == 302


def test_a_guests_order_whose_link_is_revoked_is_opened_by_nobody_who_knows_its_id(shop):
    clock.move(MONDAY - clock.now())
    guests, reader = shop.order(), Client()
    pages = [f"/o/{guests.public_id}/", f"/o/{guests.public_id}/return/", f"/cases/new/{guests.public_id}/"]
    reader.get(f"/o/link/{private_links.create(guests, at=clock.now())}/")
    assert [reader.get(page).status_code for page in pages] == [200, 200, 200]

    links.revoke("order", guests.public_id, at=clock.now())

    assert [client.get(page).status_code for client in (reader, Client()) for page in pages] == [302] * 6


def test_links_of_another_purpose_open_no_order(order):
    secret = links.create("survey", order.public_id, lasts=timedelta(days=1), at=clock.now())

    assert Client().get(f"/o/link/{secret}/").status_code == 404


def test_a_link_to_one_order_opens_no_other(shop, lucia, order):
    other = shop.order(person=lucia)
    reader = Client()
    reader.get(f"/o/link/{private_links.create(order, at=MONDAY)}/")

    assert reader.get(f"/o/{other.public_id}/").status_code == 302
