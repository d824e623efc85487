"""Several parts of one line that come to one place: each is sent, found, collected or given up for itself."""

from datetime import timedelta

import pytest

from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.tasks import run_due
from inventory import ledger
from inventory.models import Allocation, Stock
from orders import checkout, pickups, rerouting, sending
from orders.models import Fulfillment, Order
from orders.uncollected import KEPT
from tests.audits import violations
from tests.factories import MONDAY, location, sales_channel, staff, stock, variant, warehouse
from tests.orders.calling import log_in, post
from tests.orders.checking_out import address, cart_with, terms

pytestmark = pytest.mark.django_db
CLERK = Actor("staff", "7")
STAMP = {"by": CLERK, "channel": "store", "at": MONDAY}
NEXT_DAY = MONDAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def audited(db):
    yield
    assert violations("orders.audit.RULES", "inventory.audit.RULES") == []


@pytest.fixture
def centro():
    return location("centro", transfer_days=1)


@pytest.fixture
def web(centro):
    return sales_channel("web", locations=(centro, warehouse(), location("norte")))


def buy(web, cup, units, store=None) -> Order:
    how = terms(1000 * units, store) if store else terms(1000 * units, deliver_to=address())
    cart = cart_with((cup, units), web=web)
    return checkout.buy(cart, terms=how, tender="manual", by=CLERK, channel="web", at=MONDAY)


@pytest.fixture
def sent_by_two(web, centro) -> Order:
    """Three of one thing for a store that has none: two from the warehouse, one from another store."""
    cup = variant(sku="TAZA")
    stock(cup, warehouse(), on_hand=2)
    stock(cup, location("norte"), on_hand=1)
    return buy(web, cup, 3, centro)


def parts(order: Order) -> list[Fulfillment]:
    return list(order.fulfillments.order_by("pk"))


def allocated(place) -> int:
    return Stock.objects.get(location=place).allocated


def test_both_places_send_their_part_of_a_line_to_the_store(sent_by_two):
    clerk = log_in(staff("back_office"))

    sent = [post(clerk, f"/api/v1/fulfillments/{part.public_id}/send/", {}) for part in parts(sent_by_two)]

    assert [answer.status_code for answer in sent] == [200, 200]


def test_what_two_places_sent_is_made_ready_and_collected(sent_by_two):
    for part in parts(sent_by_two):
        sending.send(part, **STAMP)
    for part in parts(sent_by_two):
        pickups.mark_ready(part, **STAMP)
    for part in parts(sent_by_two):
        pickups.collect(part, code=part.pickup_code, **STAMP)

    sent_by_two.refresh_from_db()
    assert sent_by_two.status == "completed"
    assert not Allocation.objects.filter(status="open").exists()


def test_a_line_half_found_here_and_half_sent_is_collected_in_two_parts(web, centro):
    cup = variant(sku="TAZA")
    stock(cup, centro, on_hand=2)
    stock(cup, warehouse(), on_hand=2)
    order = buy(web, cup, 2, centro)
    first = order.fulfillments.get()
    [other] = rerouting.cannot_find(first, missing={"TAZA": 1}, **STAMP)

    pickups.mark_ready(Fulfillment.objects.get(pk=first.pk), **STAMP)
    sending.send(Fulfillment.objects.get(pk=other.pk), **STAMP)
    pickups.mark_ready(Fulfillment.objects.get(pk=other.pk), **STAMP)
    for part in parts(order):
        pickups.collect(part, code=part.pickup_code, **STAMP)

    order.refresh_from_db()
    assert order.status == "completed"


def test_what_one_place_cannot_find_comes_from_another_that_serves_the_same_line(web):
    cup = variant(sku="TAZA")
    stock(cup, warehouse(), on_hand=2)
    stock(cup, location("norte"), on_hand=1)
    order = buy(web, cup, 3)
    ledger.receive({cup.pk: 5}, location_id=location("norte").pk, by=SYSTEM, at=MONDAY)
    clerk = log_in(staff("warehouse", warehouse()))
    first = order.fulfillments.get(location=warehouse())

    answer = post(
        clerk, f"/api/v1/fulfillments/{first.public_id}/cannot-find/", {"lines": [{"sku": "TAZA", "quantity": 1}]}
    )

    assert answer.status_code == 200
    assert (allocated(warehouse()), allocated(location("norte"))) == (1, 2)


def test_of_two_parts_that_are_ready_only_the_one_whose_time_is_over_goes_back_on_sale(sent_by_two, centro):
    early, late = parts(sent_by_two)
    for part, at in ((early, MONDAY), (late, NEXT_DAY)):
        sending.send(part, by=CLERK, channel="store", at=at)
        pickups.mark_ready(part, by=CLERK, channel="store", at=at)

    run_due(at=MONDAY + KEPT)

    assert [part.status for part in parts(sent_by_two)] == ["expired", "ready"]
    assert allocated(centro) == 1
    pickups.collect(parts(sent_by_two)[1], code=late.pickup_code, by=CLERK, channel="store", at=MONDAY + KEPT)


def test_what_she_leaves_of_one_part_does_not_take_the_other_from_her(sent_by_two, centro, settings):
    settings.PARTLY_COLLECTED = "refund"
    for part in parts(sent_by_two):
        sending.send(part, **STAMP)
        pickups.mark_ready(part, **STAMP)
    first, second = parts(sent_by_two)

    pickups.collect(first, code=first.pickup_code, lines={"TAZA": 1}, **STAMP)

    assert allocated(centro) == 1
    pickups.collect(second, code=second.pickup_code, **STAMP)
