"""Who had something kept buys it: with her cart, at a till that knows her, and nobody else is sold it meanwhile."""

import re
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client

from commerce import clock
from commerce.carts.models import Cart
from commerce.timeline.actors import SYSTEM, VISITOR, Actor
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from inventory import holds, reservations
from inventory.holds import OutOfStock, Want
from inventory.models import Repair, Reservation, Stock
from notifications.models import Message
from orders import buying, checkout, ways
from orders.buying import Means
from orders.till_facts import TillFact, TillLine
from orders.tills import record_sales
from tests.audits import violations
from tests.factories import MONDAY, location, person, sales_channel, staff, stock, variant, warehouse
from tests.orders.calling import log_in, post
from tests.orders.checking_out import address, cart_with, terms

pytestmark = pytest.mark.django_db
EVENING = MONDAY + timedelta(hours=9)
SOON = MONDAY + timedelta(hours=1)
TILL = Actor("device", "caja-1")


@pytest.fixture
def centro():
    return location("centro")


@pytest.fixture
def web(centro):
    sales_channel("store", locations=(centro,))
    return sales_channel("web", locations=(centro, warehouse(), location("norte")))


@pytest.fixture
def shelf(web, centro) -> Stock:
    """The last one."""
    return stock(variant(sku="TAZA"), centro, on_hand=1)


@pytest.fixture(autouse=True)
def audited(db):
    yield
    assert violations("inventory.audit.RULES") == []


def keep(shelf: Stock, of, quantity: int = 1, at=MONDAY) -> Reservation:
    return reservations.keep(
        shelf.variant,
        location=shelf.location,
        quantity=quantity,
        until=at + timedelta(hours=9),
        person=of,
        by=SYSTEM,
        channel="store",
        at=at,
    )


def buy(cart, total: int, store):
    how = terms(total, store) if store else terms(total, deliver_to=address())
    return checkout.buy(cart, terms=how, tender="manual", by=VISITOR, channel="web", at=MONDAY)


def sold(shelf: Stock, of, units: int = 1, at=SOON) -> TillFact:
    line = TillLine(1, shelf.variant_id, "TAZA", "TAZA", units, 1000, 0, 1000 * units)
    whose = of and of.pk
    return TillFact(key="t:1", kind="sale", occurred_at=at, location=shelf.location_id, lines=(line,), person=whose)


def report(*facts: TillFact) -> None:
    record_sales(facts, sales_channel=sales_channel("store"), by=TILL, at=SOON)


def status(kept: Reservation) -> str:
    return Reservation.objects.get(pk=kept.pk).status


def counters(shelf: Stock) -> tuple[int, int, int]:
    return Stock.objects.values_list("on_hand", "held", "allocated").get(pk=shelf.pk)


def test_what_is_kept_for_her_in_a_store_is_sold_to_her_own_cart(web, centro, shelf, lucia):
    kept = keep(shelf, lucia)

    order = buy(cart_with((shelf.variant, 1), web=web, person=lucia), 1000, centro)

    assert (order.status, status(kept), counters(shelf)) == ("placed", "taken", (1, 0, 1))
    assert Entry.objects.filter(journey=kept.journey_id).order_by("number").last().type == "reservation.taken"


def test_it_is_sold_to_nobody_else(web, centro, shelf, lucia):
    kept = keep(shelf, lucia)

    with pytest.raises(OutOfStock), transaction.atomic():
        buy(cart_with((shelf.variant, 1), web=web, person=person("Eva")), 1000, centro)

    assert status(kept) == "kept"


def test_what_is_kept_in_another_store_stays_so(web, centro, shelf, lucia):
    other = keep(stock(shelf.variant, location("norte"), on_hand=1), lucia)
    here = keep(shelf, lucia)

    buy(cart_with((shelf.variant, 1), web=web, person=lucia), 1000, centro)

    assert (status(here), status(other)) == ("taken", "kept")


def test_where_it_is_not_enough_it_stays_kept(web, centro, shelf, lucia):
    kept = keep(shelf, lucia)
    cart = cart_with((shelf.variant, 2), web=web, person=lucia)

    with pytest.raises(OutOfStock), transaction.atomic():
        buying.buy(cart, terms=terms(2000, centro), means=Means("manual"), by=VISITOR, channel="web", at=MONDAY)

    assert (status(kept), counters(shelf)) == ("kept", (1, 1, 0))


def test_what_she_leaves_of_it_goes_to_the_next_in_line(web, centro, shelf, lucia):
    wide = stock(variant(sku="PLATO"), centro, on_hand=2)
    kept = keep(wide, lucia, 2)
    cart = cart_with((wide.variant, 1), web=web)
    waits, _ = reservations.stand_in_line(
        cart, variant=wide.variant, location=centro, quantity=1, by=VISITOR, channel="web", at=MONDAY
    )

    buy(cart_with((wide.variant, 1), web=web, person=lucia), 1000, centro)

    assert (status(kept), status(waits)) == ("taken", "kept")


def test_what_is_kept_for_a_cart_can_be_chosen_on_its_checkout_page(web, centro, shelf):
    holds.place([Want(shelf.variant_id, centro.pk, 1, "x")], expires_at=EVENING, at=MONDAY)
    cart, other = cart_with((shelf.variant, 1), web=web), cart_with((shelf.variant, 1), web=web)
    reservations.stand_in_line(
        cart, variant=shelf.variant, location=centro, quantity=1, by=VISITOR, channel="web", at=MONDAY
    )
    holds.release(["x"], at=MONDAY)

    can = [{way.code: way.can for way in ways.ways_for(each, at=MONDAY)}["centro"] for each in (cart, other)]

    assert can == [True, False]


def test_a_browser_buys_what_came_free_for_its_cart(web, shelf, client):
    at = clock.now()
    client.post("/cart/add/", {"sku": "TAZA", "quantity": 1})
    holds.place([Want(shelf.variant_id, shelf.location_id, 1, "x")], expires_at=at + timedelta(minutes=20), at=at)
    reservations.stand_in_line(
        Cart.objects.get(), variant=shelf.variant, location=shelf.location, quantity=1, by=VISITOR, channel="web", at=at
    )
    holds.release(["x"], at=at)

    page = client.get("/checkout/").content.decode()

    centro_way = next(each for each in re.findall(r'<input type="radio" name="way"[^>]*>', page) if "centro" in each)
    assert "disabled" not in centro_way


def test_at_a_till_that_knows_her_she_takes_what_was_kept(shelf, lucia):
    kept = keep(shelf, lucia)

    report(sold(shelf, lucia))
    run_due(at=SOON)

    assert (status(kept), counters(shelf)) == ("taken", (0, 0, 0))
    assert not Repair.objects.exists()
    assert not Message.objects.filter(purpose="promise_endangered").exists()


@pytest.mark.parametrize("case", ["somebody else", "before she asked", "elsewhere"])
def test_a_sale_that_is_not_of_it_leaves_it_kept(web, centro, lucia, case):
    kept_at = stock(variant(sku="PLATO"), centro, on_hand=2)
    kept = keep(kept_at, lucia)
    other = stock(kept_at.variant, location("norte"), on_hand=1)

    report(
        {
            "somebody else": sold(kept_at, person("Eva")),
            "before she asked": sold(kept_at, lucia, at=MONDAY - timedelta(hours=1)),
            "elsewhere": sold(other, lucia),
        }[case]
    )

    assert (status(kept), counters(kept_at)[1]) == ("kept", 1)


def test_a_sale_on_the_store_s_own_till_page_takes_it(shelf, lucia):
    kept = keep(shelf, lucia, at=clock.now())
    clerk: Client = log_in(staff("store", shelf.location))
    page = clerk.post("/store/centro/sell/", {"q": "TAZA"}, follow=True).content.decode()
    key = re.search(r'name="key" value="([^"]+)"', page).group(1)

    paid = {"expected_total": 1000, "tender": "cash", "key": key, "email": "lucia@example.com"}
    clerk.post("/store/centro/sell/pay/", paid)

    assert (status(kept), counters(shelf)) == ("taken", (0, 0, 0))


class TestTakenAtAnotherTill:
    """A till that does not know her sells it: the store says that she took it."""

    def test_the_store_says_it_over_the_api_and_no_one_in_line_gets_it_before_the_sale(self, web, shelf, lucia):
        kept = keep(shelf, lucia, at=clock.now())
        waits, _ = reservations.stand_in_line(
            cart_with((shelf.variant, 1), web=web),
            variant=shelf.variant,
            location=shelf.location,
            quantity=1,
            by=VISITOR,
            channel="web",
            at=clock.now(),
        )
        clerk = log_in(staff("store", shelf.location))

        said = post(clerk, f"/api/v1/reservations/{kept.public_id}/taken/", {})
        report(sold(shelf, None, at=clock.now()))

        assert (said.status_code, said.json()["status"]) == (200, "taken")
        assert (status(waits), counters(shelf), Repair.objects.count()) == ("waiting", (0, 0, 0), 0)

    def test_a_clerk_of_another_store_and_she_herself_do_not_say_it(self, shelf, lucia):
        kept = keep(shelf, lucia, at=clock.now())
        path = f"/api/v1/reservations/{kept.public_id}/taken/"

        said = [post(log_in(staff("store", location("norte"))), path, {}), post(log_in(lucia.user), path, {})]

        assert [answer.status_code for answer in said] == [404, 403]
        assert status(kept) == "kept"

    def test_who_only_waits_has_taken_nothing(self, web, shelf):
        at = clock.now()
        holds.place([Want(shelf.variant_id, shelf.location_id, 1, "x")], expires_at=at + timedelta(hours=1), at=at)
        waits, _ = reservations.stand_in_line(
            cart_with((shelf.variant, 1), web=web),
            variant=shelf.variant,
            location=shelf.location,
            quantity=1,
            by=VISITOR,
            channel="web",
            at=at,
        )

        with pytest.raises(reservations.ReservationEnded):
            reservations.let_go(waits, taken=True, by=SYSTEM, channel="store", at=at)
