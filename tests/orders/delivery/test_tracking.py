"""A parcel at its carrier: collected by its word alone, told of in any manner, asked about when it falls silent."""

from datetime import timedelta

import pytest
from django.conf import settings as configured

from commerce import clock
from commerce.inbox.models import InboundEvent
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from inventory.models import Stock
from notifications.models import Attempt, Message
from orders import shipments
from orders.changes import holding
from orders.delivery import booking, tracking
from orders.delivery.models import Booking
from orders.models import Fulfillment, Todo
from orders.moves import IllegalMove
from tests.audits import violations
from tests.factories import person
from tests.orders.shop import Shop, fresh, open_shop
from tests.peers.carrier.server import Carrier, Manners

STAMP = {"by": SYSTEM, "channel": "store"}
HOUR = timedelta(hours=1)


@pytest.fixture
def carrier(settings):
    with Carrier() as running:
        settings.CARRIER_API_BASE = running.url
        yield running


def booked(shop: Shop, **fields) -> Booking:
    """A parcel that its carrier will collect, and nobody has said that it left."""
    made = booking.ask(shop.parcel(at=clock.now(), **fields), carrier="veloz", **STAMP, at=clock.now())
    run_due(at=clock.now())
    made.refresh_from_db()
    return made


def is_sound() -> bool:
    return violations("inventory.audit.RULES", "orders.audit.RULES", "orders.delivery.audit.RULES") == []


def asked(*, after: timedelta = tracking.SILENT) -> Fulfillment:
    """The carrier is asked about what fell silent; the parcel as it stands then."""
    clock.move(after)
    tracking.look(at=clock.now())
    run_due(at=clock.now())
    run_due(at=clock.now())
    return Fulfillment.objects.get()


def told() -> list[str]:
    found = Entry.objects.filter(type__startswith="fulfillment.", actor="carrier").order_by("pk")
    return [kind.removeprefix("fulfillment.") for kind in found.values_list("type", flat=True)]


@pytest.mark.django_db
class TestCollected:
    @pytest.mark.parametrize("word", ["collected", "handed_to_carrier"])
    def test_the_carrier_s_own_word_hands_it_over_and_she_hears_it_by_text_message(self, carrier, word):
        shop = open_shop()
        made = booked(shop, person=person(email="eva@example.com", phone="+34600000001"))

        carrier.happens(made.public_id, word, at=clock.now())
        part = asked()

        assert (part.status, part.carrier, part.tracking_number) == ("handed_to_carrier", "veloz", "PK000001")
        assert Stock.objects.get(location=shop.warehouse).on_hand == 4
        assert told() == ["picking", "handed_to_carrier"]
        assert Attempt.objects.get(message__purpose="shipped").contact_channel == "sms"
        assert is_sound()
        with pytest.raises(IllegalMove):
            shipments.hand_over(part, carrier="veloz", tracking_number="PK000001", **STAMP, at=clock.now())

    def test_news_that_it_is_at_the_door_say_that_it_left_though_that_news_was_lost(self, carrier):
        made = booked(open_shop())

        carrier.happens(made.public_id, "out_for_delivery", at=clock.now())

        assert asked().status == "out_for_delivery"
        assert told() == ["picking", "handed_to_carrier", "out_for_delivery"]
        assert is_sound()

    def test_an_order_that_is_held_does_not_leave_by_itself_and_somebody_must_look(self, carrier):
        made = booked(open_shop())
        holding.put_on_hold(
            made.fulfillment.order, kind="fraud", owner="ana", due_at=clock.now() + 9 * HOUR, **STAMP, at=clock.now()
        )

        carrier.happens(made.public_id, "collected", at=clock.now())

        assert asked().status == "allocated"
        assert "held" in Todo.objects.get(kind="parcel").cause


@pytest.mark.django_db
class TestSilent:
    def test_a_parcel_that_fell_silent_is_asked_about_and_what_was_lost_is_known(self, carrier):
        made = booked(open_shop())
        for status in ("collected", "out_for_delivery", "delivered"):
            carrier.happens(made.public_id, status, at=clock.now())

        assert asked(after=5 * HOUR).status == "allocated"
        assert carrier.looked == []
        assert asked(after=HOUR).status == "delivered"
        asked()

        assert carrier.looked == [made.public_id]
        assert InboundEvent.objects.filter(provider="carrier").count() == 3
        assert is_sound()

    def test_one_that_was_heard_of_is_not_asked_about_and_the_same_news_again_are_one_event(self, carrier):
        made = booked(open_shop())
        carrier.happens(made.public_id, "collected", at=clock.now())
        asked()

        assert asked(after=5 * HOUR).status == "handed_to_carrier"
        asked(after=2 * HOUR)

        assert len(carrier.looked) == 2
        assert InboundEvent.objects.filter(provider="carrier").count() == 1

    def test_a_carrier_that_is_down_is_asked_again_later(self, carrier):
        made = booked(open_shop())
        carrier.happens(made.public_id, "collected", at=clock.now())
        carrier.faults = ["down"]

        assert asked().status == "allocated"
        assert asked().status == "handed_to_carrier"

    def test_where_no_carrier_is_connected_nobody_is_asked(self, carrier, settings):
        booked(open_shop())
        settings.CARRIER_API_BASE = ""

        clock.move(tracking.SILENT)

        assert tracking.look(at=clock.now()) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [1, 2])
def test_news_that_its_server_sends_twice_late_and_out_of_order_end_the_same(live_server, settings, seed):
    hook = f"{live_server.url}/hooks/carrier/"
    with Carrier(hook=hook, secret=configured.CARRIER_SECRET, now=clock.now) as carrier:
        settings.CARRIER_API_BASE = carrier.url
        made = booked(open_shop())
        start = clock.now()
        carrier.manners = Manners(copies=3, keep=True)
        for minutes, status in enumerate(("collected", "out_for_delivery", "delivered")):
            carrier.happens(made.public_id, status, at=start + timedelta(minutes=minutes))
        carrier.manners = Manners(copies=2, delay=0.2)
        carrier.happens(made.public_id, "out_for_delivery", at=start, expected_at=start + HOUR)

        carrier.release(seed=seed)
        carrier.wait()
        for _ in range(3):
            run_due(at=clock.now() + timedelta(minutes=5))

    assert carrier.answers == [200] * 11
    part = fresh(made.fulfillment.order)
    assert (part.status, part.expected_at) == ("delivered", start + HOUR)
    assert sorted(set(told())) == sorted({"picking", "handed_to_carrier", "out_for_delivery", "delivered", "expected"})
    assert all(told().count(kind) == 1 for kind in told())
    assert Message.objects.filter(purpose="delivered").count() == 1
    assert is_sound()
