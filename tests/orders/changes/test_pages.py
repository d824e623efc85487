"""Changing an order on its page, seen before it is done: by herself, a guest with her link, staff; nobody else."""

import re

import pytest
from django.test import Client

from commerce import clock
from commerce.links import links
from commerce.timeline.actors import SYSTEM
from orders import private_links
from orders.changes import editing
from orders.models import Order
from tests import factories
from tests.factories import MONDAY
from tests.inventory.test_pages import words
from tests.orders.calling import log_in
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def guests(shop: Shop) -> Order:
    """Two mugs ordered by a guest, for pickup."""
    clock.move(MONDAY - clock.now())
    return shop.order(2)


@pytest.fixture
def holder(guests: Order) -> Client:
    """Whoever opened the link in the guest's mail."""
    return opened(guests)


def opened(order: Order) -> Client:
    browser = Client()
    browser.get(f"/o/link/{private_links.create(order, at=clock.now())}/")
    return browser


def page_of(order: Order) -> str:
    return f"/o/{order.public_id}/change/"


def test_a_guest_with_her_link_sees_what_a_change_costs_and_changes_it(holder: Client, guests: Order) -> None:
    line = guests.lines.get().public_id
    assert page_of(guests) in holder.get(f"/o/{guests.public_id}/").content.decode()

    seen = holder.post(page_of(guests), {"step": "look", line: "1"})
    guests.refresh_from_db()
    assert ("12,50" in words(seen), guests.total) == (True, 2500)
    (total,) = re.findall(r'name="expected_total" value="(\d+)"', seen.content.decode())
    holder.post(page_of(guests), {"step": "confirm", line: "1", "expected_total": total})

    guests.refresh_from_db()
    assert (guests.total, guests.lines.get().quantity) == (1250, 1)


def test_a_guest_with_her_link_sees_what_goes_back_and_cancels(holder: Client, guests: Order) -> None:
    seen = holder.post(page_of(guests), {"step": "look-at-end"})
    guests.refresh_from_db()
    assert ("25,00" in words(seen), guests.status, guests.payments.get().refunded) == (True, "placed", 0)

    done = holder.post(page_of(guests), {"step": "cancel"}, follow=True)

    guests.refresh_from_db()
    assert (guests.status, guests.payments.get().refunded) == ("canceled", 2500)
    assert page_of(guests) not in done.content.decode()


def test_once_it_is_being_prepared_the_link_changes_nothing(holder: Client, guests: Order) -> None:
    guests.fulfillments.update(status="picking")

    for step in ("look", "look-at-end", "cancel"):
        assert holder.post(page_of(guests), {"step": step}).status_code == 422
    guests.refresh_from_db()
    assert guests.status == "placed"


def test_without_a_link_or_with_one_that_is_revoked_a_guests_order_is_changed_by_nobody(
    holder: Client, guests: Order, shop: Shop
) -> None:
    other = log_in(factories.person("Iker", user=factories.User.objects.create_user("iker")).user)
    elsewhere = opened(shop.order(1))
    links.revoke("order", guests.public_id, at=clock.now())

    for browser, answer in ((Client(), 302), (holder, 302), (elsewhere, 302), (other, 404)):
        assert browser.get(page_of(guests)).status_code == answer
        assert browser.post(page_of(guests), {"step": "cancel"}).status_code == answer
    guests.refresh_from_db()
    assert guests.status == "placed"


def test_the_link_to_an_order_of_somebody_with_an_account_only_shows_and_she_logs_in_to_change(
    shop: Shop, lucia
) -> None:
    clock.move(MONDAY - clock.now())
    order = shop.order(2, person=lucia)

    assert opened(order).post(page_of(order), {"step": "cancel"}).status_code == 302
    assert log_in(lucia.user).post(page_of(order), {"step": "cancel"}).status_code == 302

    order.refresh_from_db()
    assert order.status == "canceled"


def test_a_look_changes_nothing(holder: Client, guests: Order) -> None:
    before = Order.objects.filter(pk=guests.pk).values().get()

    assert holder.get(page_of(guests)).status_code == 200
    holder.post(page_of(guests), {"step": "look", guests.lines.get().public_id: "3"})
    holder.post(page_of(guests), {"step": "look-at-end"})

    assert Order.objects.filter(pk=guests.pk).values().get() == before


def test_what_is_left_after_a_part_was_dropped_can_still_be_canceled(shop: Shop) -> None:
    clock.move(MONDAY - clock.now())
    order = shop.order(8, delivered=True)
    editing.edit(order, {shop.mug.pk: 2}, expected_total=2500, tender="cash", by=SYSTEM, channel="web", at=MONDAY)
    parts = order.fulfillments.order_by("status").values_list("status", flat=True)
    assert list(parts) == ["allocated", "canceled"]

    opened(order).post(page_of(order), {"step": "cancel"})

    order.refresh_from_db()
    assert (order.status, list(parts.all())) == ("canceled", ["canceled", "canceled"])


def test_another_article_is_put_on_the_order_and_the_look_says_from_where_and_when_it_comes(shop: Shop) -> None:
    clock.move(MONDAY - clock.now())
    order = shop.order(2, delivered=True)
    pot = factories.variant(sku="OLLA", price=2000)
    factories.stock(pot, shop.warehouse, on_hand=5)
    browser, asked = opened(order), {"sku": "OLLA", "sku_units": "1"}

    unknown = browser.post(page_of(order), {"step": "look", "sku": "NADA"})
    seen = browser.post(page_of(order), {"step": "look"} | asked)
    (total,) = re.findall(r'name="expected_total" value="(\d+)"', seen.content.decode())
    agent = log_in(factories.staff("agent"))
    agent.post(page_of(order), {"step": "confirm", "expected_total": total, "tender": "cash"} | asked)

    assert (unknown.status_code, "No conocemos NADA" in words(unknown)) == (422, True)
    assert f"<dd>{shop.warehouse.name}</dd>" in seen.content.decode()
    assert "Está allí como tarde" in words(seen)
    assert list(order.lines.order_by("ordinal").values_list("sku", "quantity")) == [("TAZA", 2), ("OLLA", 1)]
