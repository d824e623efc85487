"""Booking at the carrier: once, whatever it does; looked up where it is unclear; on the list where it refuses."""

from datetime import timedelta

import pytest

from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Entry, Task
from commerce.timeline.tasks import run_due
from orders.delivery import booking
from orders.delivery.booking import NotConnected
from orders.delivery.models import Booking
from orders.models import Todo
from tests.factories import MONDAY
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
