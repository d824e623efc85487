"""Ten at once: one person, or one house, has no more kept than when she asks ten times in a row."""

from datetime import timedelta

import pytest

from commerce.carts import edits
from commerce.customers.models import PostalAddress
from commerce.timeline.actors import SYSTEM, VISITOR
from inventory import reservations
from inventory.models import Reservation
from orders import checkout
from orders.drafting import Terms
from orders.holding import MOST_AT_HOME, MOST_OPEN
from orders.models import Order
from tests.factories import MONDAY, location, person, sales_channel, stock, variant
from tests.races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
SESSIONS = 10


@pytest.fixture
def carts():
    """Carts for things of ten shelves, which make nobody wait."""
    web = sales_channel("web", locations=(location("centro"),))
    cups = [variant() for _ in range(SESSIONS)]
    for cup in cups:
        stock(cup, location("centro"), on_hand=5)
    return [edits.open_cart(sales_channel=web, lines=[(cup, 1)], by=VISITOR, at=MONDAY) for cup in cups]


def prepare_all(carts, of) -> int:
    """How many of these checkouts begin at once."""
    total = {"expected_total": 1000}
    at_once(
        SESSIONS,
        lambda n: checkout.prepare(carts[n], terms=Terms(**total, **of(n)), by=VISITOR, channel="web", at=MONDAY),
    )
    return Order.objects.filter(status="draft").count()


def one_guest(_n: int) -> dict[str, object]:
    return {"pickup_at": location("centro"), "email": "bot@example.com"}


def test_one_guest_holds_goods_in_so_many_checkouts_at_once(carts):
    assert prepare_all(carts, one_guest) == MOST_OPEN


def test_without_waiting_for_each_other_more_would_pass(carts, monkeypatch):
    monkeypatch.setattr(checkout, "who_holds", lambda cart, terms: [])

    assert prepare_all(carts, one_guest) > MOST_OPEN


def test_one_house_holds_goods_in_so_many_checkouts_at_once(carts, monkeypatch):
    def neighbor(n: int) -> dict[str, object]:
        home = PostalAddress(recipient="X", street="Calle Mayor, 1", postal_code="28013", city="Madrid")
        return {"deliver_to": home, "email": f"n{n}@example.com"}

    assert prepare_all(carts, neighbor) == MOST_AT_HOME


def test_one_person_keeps_so_many_things_at_once(carts):
    lucia = person("Lucía", email="lucia@example.com")
    cups = [line.variant for cart in carts for line in cart.lines.select_related("variant")]

    def keep(n: int) -> None:
        reservations.keep(
            cups[n],
            location=location("centro"),
            quantity=1,
            until=MONDAY + timedelta(hours=9),
            person=lucia,
            by=SYSTEM,
            channel="web",
            at=MONDAY,
        )

    at_once(SESSIONS, keep)

    assert Reservation.objects.count() == reservations.MOST_AT_ONCE
