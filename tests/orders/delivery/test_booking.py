"""Booking at the carrier: once, whatever it does; looked up where it is unclear; on the list where it refuses."""

from datetime import timedelta

import pytest

from commerce import clock
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Entry, Task
from commerce.timeline.tasks import run_due
from orders.delivery import booking
from orders.delivery.booking import NotConnected
from orders.delivery.models import Booking
from orders.models import Todo
from orders.moves import IllegalMove
from tests.factories import MONDAY, staff
from tests.orders.calling import log_in, post
from tests.peers.carrier.server import LABEL, Carrier

pytestmark = pytest.mark.django_db
STAMP = {"by": SYSTEM, "channel": "store"}


def ask(shop):
    return booking.ask(shop.parcel(), carrier="veloz", **STAMP, at=MONDAY)


def run_again() -> None:
    Task.objects.update(retry_at=None)
    run_due(at=MONDAY + timedelta(minutes=1))


def test_a_parcel_is_booked_with_its_number_and_label_and_told(shop, settings):
    with Carrier() as carrier:
        settings.CARRIER_API_BASE = carrier.url
        made = ask(shop)
        again = booking.ask(made.fulfillment, carrier="veloz", **STAMP, at=MONDAY)
        run_due(at=MONDAY)

    made.refresh_from_db()
    assert again == made
    assert (made.status, made.tracking_number, bytes(made.label)) == ("booked", "PK000001", LABEL)
    assert carrier.asked == [made.public_id]
    assert Entry.objects.filter(type="parcel.booked").count() == 1


@pytest.mark.parametrize(("fault", "asked"), [("silent", 1), ("down", 2)])
def test_what_was_not_answered_is_looked_up_before_it_is_asked_again(shop, settings, fault, asked):
    with Carrier(fault) as carrier:
        settings.CARRIER_API_BASE = carrier.url
        made = ask(shop)
        run_due(at=MONDAY)
        made.refresh_from_db()
        assert (made.status, made.is_unclear) == ("asked", True)

        run_again()

    made.refresh_from_db()
    assert (made.status, made.is_unclear) == ("booked", False)
    assert (len(carrier.asked), len(carrier.parcels)) == (asked, 1)


def test_a_refusal_is_a_matter_on_the_list(shop, settings):
    with Carrier("refuse") as carrier:
        settings.CARRIER_API_BASE = carrier.url
        made = ask(shop)
        run_due(at=MONDAY)

    assert Booking.objects.get().status == "refused"
    assert Todo.objects.get(kind="parcel").subject == made.public_id
    assert Entry.objects.get(type="parcel.refused").data["error"] == "carrier 422"


def test_without_a_carrier_it_says_so(shop):
    with pytest.raises(NotConnected):
        ask(shop)


def test_the_store_books_on_its_page_and_prints_the_label(shop, settings):
    part, hand = shop.parcel(), log_in(staff("warehouse", shop.warehouse))
    here = f"/store/{shop.warehouse.code}/pickups/"
    assert "/book/" not in hand.get(here).content.decode()

    with Carrier() as carrier:
        settings.CARRIER_API_BASE = carrier.url
        assert f"{part.public_id}/book/" in hand.get(here).content.decode()
        hand.post(f"{here}{part.public_id}/book/", {"carrier": "veloz"})
        hand.post(f"{here}{part.public_id}/book/", {"carrier": "veloz"})
        run_due(at=clock.now())

    page = hand.get(here).content.decode()
    assert len(carrier.asked) == 1
    assert 'value="PK000001"' in page
    assert f"{part.public_id}/book/" not in page
    assert f"/api/v1/fulfillments/{part.public_id}/label/" in page


def test_the_api_books_once_and_gives_the_label_when_there_is_one(shop, settings):
    part, hand = shop.parcel(), log_in(staff("warehouse", shop.warehouse))
    door = f"/api/v1/fulfillments/{part.public_id}"

    with Carrier() as carrier:
        settings.CARRIER_API_BASE = carrier.url
        asked = post(hand, f"{door}/book/", {"carrier": "veloz"})
        assert (asked.status_code, asked.json()["status"]) == (200, "asked")
        assert hand.get(f"{door}/label/").status_code == 404
        run_due(at=clock.now())

    label = hand.get(f"{door}/label/")
    assert (label["Content-Type"], label.content) == ("application/pdf", LABEL)
    assert post(hand, f"{door}/book/", {"carrier": "veloz"}).json()["tracking_number"] == "PK000001"
    assert post(hand, f"{door}/book/", {}).status_code == 400


def test_nothing_is_booked_that_has_left_or_is_collected(shop, settings):
    settings.CARRIER_API_BASE = "http://127.0.0.1:9"

    with pytest.raises(IllegalMove):
        booking.ask(shop.pickup(), carrier="veloz", **STAMP, at=MONDAY)
