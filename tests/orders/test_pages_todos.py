"""What a store must look at stands on its own page, until somebody has looked, or until it is over by itself."""

import re
from pathlib import Path

import pytest
from django.test import Client

from orders import pages_todos
from orders.delivery.booking import open_matter
from orders.delivery.models import Booking
from orders.models import Todo
from orders.todos import open_todo
from tests import factories
from tests.factories import MONDAY
from tests.inventory.test_pages import words
from tests.notifications.shop import order, parcel
from tests.orders.journal.sending import TillOf, line, till
from tests.orders.shop import Shop, open_shop

pytestmark = pytest.mark.django_db
PAGE = "/store/centro/to-look-at/"


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def clerk(client: Client, shop: Shop) -> Client:
    client.force_login(factories.staff("store", shop.store))
    return client


def test_a_gap_in_a_tills_sequence_is_shown_until_it_is_filled_and_nobody_can_tick_it_off(
    clerk: Client, shop: Shop
) -> None:
    caja: TillOf = till(shop.store)
    first, second = (caja.sale(line(shop.mug)) for _ in range(2))
    caja.send(second)

    shown = words(clerk.get(PAGE))
    clerk.post(PAGE, {"todo": Todo.objects.get().pk})
    still = words(clerk.get(PAGE))
    caja.send(first)

    assert "Faltan ventas de una caja" in shown
    assert "never came: 1" in still
    assert "Faltan ventas de una caja" not in words(clerk.get(PAGE))


def test_an_alarm_is_ticked_off_by_its_own_store_alone(clerk: Client, shop: Shop) -> None:
    mine, other = (
        open_todo(Todo.Kind.TILL_REFUSED, place.code, order=None, cause="x", location_id=place.pk, at=MONDAY)
        for place in (shop.store, factories.location("norte"))
    )

    for todo in (mine, other):
        clerk.post(PAGE, {"todo": todo.pk})

    rows = Todo.objects.order_by("pk").values_list("location__code", "closed_at")
    assert [(code, closed_at is None) for code, closed_at in rows] == [("centro", False), ("norte", True)]


def test_the_page_speaks_english_too(clerk: Client, shop: Shop) -> None:
    open_todo(Todo.Kind.OVERSOLD, "x", order=None, cause="x", location_id=shop.store.pk, at=MONDAY)

    page = words(clerk.get(PAGE, headers={"Accept-Language": "en"}))

    assert "Promised, but it is not there" in page


def test_a_parcel_that_no_carrier_takes_stands_at_the_place_that_sends_it(clerk: Client, shop: Shop) -> None:
    sent = parcel(order(factories.person("Lucía")))
    sent.location = shop.store
    sent.save()
    booking = Booking.objects.create(fulfillment=sent, carrier="c", status="asked", asked_at=MONDAY)

    open_matter(booking, "the carrier does not take the parcel", at=MONDAY)

    page = words(clerk.get(PAGE, headers={"Accept-Language": "en"}))
    assert "Something is wrong with a parcel" in page
    assert "the carrier does not take the parcel" in page


def test_every_sentence_of_the_page_is_of_a_matter_that_has_a_place() -> None:
    """Where a matter is opened with its place is read in the code itself: words that nobody can ever see are none."""
    told = "\n".join(
        call
        for file in Path(pages_todos.__file__).parent.rglob("*.py")
        for call in re.findall(r"open_todo\((?:[^()]|\([^()]*\))*\)", file.read_text())
        if "location_id" in call
    )

    by_kind = {kind for kind in pages_todos.WORDS if f"Kind.{kind.name}," in told}
    assert set(pages_todos.WORDS) - by_kind == BY_VARIABLE


BY_VARIABLE = {Todo.Kind.TILL_GAP, Todo.Kind.TILL_REFUSED, Todo.Kind.TILL_QUARANTINED, Todo.Kind.TILL_WAITING}
"""What a till tells: `orders.journal.sequences` opens them by one function, with the till's place."""
