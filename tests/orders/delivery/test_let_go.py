"""What is given up with a change: windows that no part is brought in, parcels that a carrier was asked to take."""

from datetime import timedelta

import pytest

from commerce import clock
from commerce.customers.models import PostalAddress
from commerce.promises.models import Promise
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.models import Task
from commerce.timeline.tasks import run_due
from inventory import incoming
from orders import cancel
from orders.changes import addressing, editing
from orders.changes.editing import TooLateToChange
from orders.delivery import booking, slots
from orders.delivery.models import Appointment, Booking, Method, Rate, Slot, Zone
from orders.delivery.rates import NotBroughtThus
from orders.models import Todo
from tests.factories import MONDAY, staff
from tests.orders.calling import log_in
from tests.orders.delivery.windows import arrived, booked, breaches, buy, lay_out, rated, sell_out
from tests.orders.shop import fresh
from tests.peers.carrier.server import Carrier

pytestmark = pytest.mark.django_db
CLERK = {"by": Actor("staff", "1"), "channel": "store"}
FAR = PostalAddress(recipient="Eva", street="Rambla, 1", postal_code="08001", city="Barcelona")


@pytest.fixture
def windows(shop) -> list[Slot]:
    return lay_out()


def far_away(method: Method, fee: int = 0) -> None:
    """Barcelona can be reached, by one method."""
    zone = Zone.objects.create(code="bcn", name="Barcelona", prefixes=["08"])
    Rate.objects.create(method=method, zone=zone, fee=fee)


def test_more_units_that_come_past_her_window_let_it_go(shop, windows):
    sell_out(shop)
    where = {"location_id": shop.warehouse.pk, "at": MONDAY}
    incoming.expect({shop.mug.pk: 1}, reference="PO-1", expected_at=MONDAY + timedelta(minutes=30), **where)
    incoming.expect({shop.mug.pk: 4}, reference="PO-2", expected_at=MONDAY + timedelta(days=8), **where)
    order = buy(shop, windows[1], may_wait=True)
    assert booked() == [0, 1]

    editing.edit(order, {shop.mug.pk: 2}, expected_total=2500, tender="manual", **CLERK, at=MONDAY)

    assert fresh(order).promised_for > windows[1].ends_at
    assert (booked(), breaches()) == ([0, 0], [])


def test_a_window_of_another_zone_is_free_though_it_ends_when_the_day_does(shop, windows, client):
    rated(windows)
    far_away(windows[1].method)
    order = buy(shop, windows[1])

    addressing.change_address(order, address=FAR, **CLERK, at=MONDAY)

    assert slots.windows_of([fresh(order)]) == {}
    assert (booked(), breaches()) == ([0, 0], [])
    assert "Acordado" not in client.get(f"/o/{order.public_id}/").content.decode()


def test_what_waits_in_a_window_of_another_zone_is_promised_for_when_it_can_come(shop, windows):
    sell_out(shop)
    expected_at = MONDAY + timedelta(minutes=30)
    where = {"location_id": shop.warehouse.pk, "at": MONDAY}
    incoming.expect({shop.mug.pk: 1}, reference="PO-1", expected_at=expected_at, **where)
    rated(windows)
    far_away(windows[1].method)
    order = buy(shop, windows[1], may_wait=True)
    assert fresh(order).promised_for == windows[1].ends_at
    incoming.expect({shop.mug.pk: 1}, reference="PO-1", expected_at=MONDAY + timedelta(days=8), **where)

    addressing.change_address(order, address=FAR, **CLERK, at=MONDAY)

    told = Promise.objects.get(subject=fresh(order).public_id, status="open")
    assert (told.kind, told.due_at) == ("backorder", fresh(order).promised_for)
    assert told.due_at > MONDAY + timedelta(days=8)
    assert (booked(), breaches()) == ([0, 0], [])


def test_where_her_own_way_of_delivery_does_not_go_the_order_does_not_either(shop, windows):
    rated(windows)
    far_away(Method.objects.create(code="lento", name="Lento", carrier="lento", days=5), fee=700)
    order = buy(shop, windows[0])
    before = order.deliver_to_id

    with pytest.raises(NotBroughtThus):
        addressing.change_address(order, address=FAR, **CLERK, at=MONDAY)

    order.refresh_from_db()
    assert (order.deliver_to_id, booked()) == (before, [1, 0])


def test_the_window_that_she_has_already_can_be_agreed_again(shop, windows):
    part = fresh(buy(shop, windows[0]))

    slots.agree(part, windows[0], **CLERK, at=MONDAY)
    slots.agree(part, windows[1], **CLERK, at=MONDAY)
    slots.agree(part, windows[1], **CLERK, at=MONDAY)

    assert Appointment.objects.filter(ended_at=None).get().slot == windows[1]
    assert (booked(), breaches()) == ([0, 1], [])


def test_a_window_of_a_way_that_we_offer_no_more_is_none(shop, windows):
    Method.objects.update(is_active=False)

    with pytest.raises(slots.NoSuchSlot):
        slots.find(windows[0].public_id, postal_code="28013")


class TestAnotherCountry:
    @pytest.fixture
    def almada(self, windows) -> Slot:
        """A postal code that begins as Madrid's does, and its own window."""
        zone = Zone.objects.create(code="pt", name="Portugal", country="PT", prefixes=[""])
        first = windows[0]
        pk = Slot.objects.create(
            method=first.method,
            zone=zone,
            starts_at=first.starts_at + timedelta(hours=1),
            ends_at=first.ends_at + timedelta(hours=1),
            cutoff_at=first.cutoff_at,
            capacity=1,
        ).pk
        return Slot.objects.get(pk=pk)

    def test_has_its_own_windows_and_what_lies_outside_all_zones_is_said(self, windows, almada, client):
        door = "/api/v1/delivery/slots/"

        there = client.get(door, {"postal_code": "2800", "country": "PT"})
        nowhere = client.get(door, {"postal_code": "08001"})

        assert [slot["id"] for slot in there.json()["results"]] == [almada.public_id]
        assert (nowhere.status_code, nowhere.json()["code"]) == (422, "outside_delivery_area")
        assert client.get(door, {"postal_code": "2800", "country": "Portugal"}).status_code == 400

    def test_is_offered_and_agreed_in_a_call_by_its_own_windows(self, shop, almada):
        part, agent = arrived(shop), log_in(staff("agent"))
        PostalAddress.objects.filter(pk=part.address_id).update(country="PT", postal_code="2800")

        page = agent.get("/desk/calls/").content.decode()
        shown = [slot for slot in Slot.objects.values_list("public_id", flat=True) if slot in page]
        agent.post(f"/desk/calls/{part.public_id}/", {"slot": almada.public_id})

        assert shown == [almada.public_id]
        assert Appointment.objects.get(ended_at=None).slot == almada


class TestBookedParcels:
    @pytest.fixture
    def carrier(self, settings):
        with Carrier() as peer:
            settings.CARRIER_API_BASE = peer.url
            yield peer

    def test_goes_nowhere_else_once_a_carrier_has_its_address(self, shop, carrier):
        part = shop.parcel(at=clock.now())
        booking.ask(part, carrier="veloz", by=SYSTEM, channel="store", at=clock.now())

        with pytest.raises(TooLateToChange):
            addressing.change_address(part.order, address=FAR, **CLERK, at=clock.now())

        run_due(at=clock.now())
        with pytest.raises(TooLateToChange):
            addressing.change_address(part.order, address=FAR, **CLERK, at=clock.now())

    def test_that_is_canceled_before_the_carrier_was_asked_is_not_asked_for(self, shop, carrier):
        part = shop.parcel(at=clock.now())
        booking.ask(part, carrier="veloz", by=SYSTEM, channel="store", at=clock.now())

        cancel.cancel(part.order, **CLERK, at=clock.now())
        run_due(at=clock.now())

        assert carrier.asked == []
        assert Booking.objects.get().status == "refused"
        assert not Todo.objects.exclude(kind="pay_out").exists()

    def test_that_is_canceled_when_it_was_booked_is_a_matter_on_the_list(self, shop, carrier):
        part = shop.parcel(at=clock.now())
        made = booking.ask(part, carrier="veloz", by=SYSTEM, channel="store", at=clock.now())
        run_due(at=clock.now())

        cancel.cancel(part.order, **CLERK, at=clock.now())
        run_due(at=clock.now())

        todo = Todo.objects.get(kind="parcel", closed_at=None)
        assert (todo.subject, todo.cause) == (made.public_id, booking.CALL_OFF)

    def test_that_was_canceled_while_the_carrier_was_silent_is_a_matter_though_it_answers_later(self, shop, settings):
        with Carrier("silent") as peer:
            settings.CARRIER_API_BASE = peer.url
            part = shop.parcel(at=clock.now())
            made = booking.ask(part, carrier="veloz", by=SYSTEM, channel="store", at=clock.now())
            run_due(at=clock.now())
            cancel.cancel(part.order, **CLERK, at=clock.now())
            run_due(at=clock.now())
            Task.objects.update(retry_at=None)
            run_due(at=clock.now() + timedelta(minutes=1))

        made.refresh_from_db()
        assert made.status == "booked"
        assert Todo.objects.get(kind="parcel", closed_at=None).cause == booking.CALL_OFF

    def test_is_asked_for_in_the_window_that_was_agreed(self, shop, windows, carrier):
        order = buy(shop, windows[1])
        booking.ask(fresh(order), carrier="veloz", by=SYSTEM, channel="store", at=MONDAY)
        booking.ask(shop.parcel(), carrier="veloz", by=SYSTEM, channel="store", at=MONDAY)

        run_due(at=MONDAY)

        told = {"from": windows[1].starts_at.isoformat(), "until": windows[1].ends_at.isoformat()}
        assert [body.get("window") for body in carrier.bodies] == [told, None]
