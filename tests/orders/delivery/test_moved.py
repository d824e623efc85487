"""What was agreed and then goes another way: the window is free again, and she hears of the new time before."""

from datetime import datetime, time, timedelta

import pytest
from django.template import Context, Template
from django.utils import translation

from commerce import clock
from commerce.customers.models import PostalAddress
from commerce.promises import watching
from commerce.promises.models import Promise
from commerce.refusals import sentence
from commerce.timeline.actors import Actor
from commerce.timeline.tasks import run_due
from inventory import incoming
from inventory.models import Stock
from notifications.models import Attempt, Message
from orders import cancel, private_links, rerouting
from orders.changes import addressing
from orders.delivery import slots
from orders.delivery.models import Appointment
from orders.delivery.rates import OutsideZones
from orders.delivery.slots import NoDayYet, SlotTooEarly
from orders.models import Fulfillment, Todo
from tests.factories import MONDAY
from tests.orders.delivery.windows import arrived, booked, breaches, buy, lay_out, rated, sell_out
from tests.orders.shop import fresh

pytestmark = pytest.mark.django_db
CLERK = {"by": Actor("staff", "1"), "channel": "store"}
FAR = PostalAddress(recipient="Eva", street="Rambla, 1", postal_code="08001", city="Barcelona")


@pytest.fixture
def windows(shop):
    return lay_out()


@pytest.fixture
def slow_store(shop):
    """A carrier comes to the store late in the evening only: what leaves it misses Tuesday morning."""
    shop.store.carrier_comes_at = time(23)
    shop.store.opening_hours = {"tue": [["10:00", "23:30"]]}
    shop.store.save()


def told() -> list[tuple[str, str]]:
    found = Message.objects.filter(purpose="promise_endangered").order_by("pk")
    return list(found.values_list("status", "subject"))


def standing(order) -> Fulfillment:
    return order.fulfillments.exclude(status="canceled").get()


class TestRerouted:
    def test_past_the_window_that_she_took_she_is_told_before_and_the_window_is_free(self, shop, windows, slow_store):
        order = buy(shop, windows[0])

        rerouting.cannot_find(fresh(order), **CLERK, at=MONDAY)
        run_due(at=MONDAY)

        part = standing(order)
        before, moved, now = Promise.objects.order_by("pk")
        assert (before.status, before.reason, before.due_at) == ("withdrawn", "moved", windows[0].ends_at)
        assert (moved.status, moved.danger, moved.due_at) == ("told", "stock", windows[0].ends_at)
        assert (now.status, now.due_at, now.subject) == ("open", part.promised_for, part.public_id)
        assert told() == [("sent", moved.public_id)]
        assert moved.told_at < moved.due_at < now.due_at
        assert now.message == Message.objects.get(purpose="promise_endangered").public_id
        assert booked() == [0, 0]
        assert breaches() == []

    def test_past_the_window_that_was_agreed_in_a_call_as_well(self, shop, windows, slow_store):
        part = arrived(shop)
        slots.agree(part, windows[0], **CLERK, at=MONDAY)
        Stock.objects.filter(location=shop.store).update(on_hand=1)

        rerouting.cannot_find(part, **CLERK, at=MONDAY)
        run_due(at=MONDAY)

        assert [status for status, _ in told()] == ["sent"]
        assert booked() == [0, 0]
        assert breaches() == []

    def test_in_time_for_the_window_she_keeps_it_and_nobody_tells_her_anything(self, shop, windows):
        order = buy(shop, windows[1])

        rerouting.cannot_find(fresh(order), **CLERK, at=MONDAY)
        run_due(at=MONDAY)

        part = standing(order)
        assert Promise.objects.get(status="open").due_at == part.promised_for == windows[1].ends_at
        assert slots.windows_of([part]) == {part.pk: windows[1]}
        assert (told(), booked(), breaches()) == ([], [0, 1], [])

    def test_a_call_that_is_owed_goes_with_the_goods(self, shop, windows):
        part = arrived(shop)
        Stock.objects.filter(location=shop.store).update(on_hand=1)

        [after] = rerouting.cannot_find(part, **CLERK, at=MONDAY)

        assert Todo.objects.get(kind="call", closed_at=None).subject == after.public_id
        assert Promise.objects.get(kind="callback", status="open").subject == f"call:{after.public_id}"
        assert breaches() == []

    def test_to_nobody_at_all_the_window_is_free_again(self, shop, windows):
        order = buy(shop, windows[0], units=5)
        Stock.objects.filter(location=shop.store).update(on_hand=0)

        rerouting.cannot_find(fresh(order), **CLERK, at=MONDAY)

        assert (booked(), breaches()) == ([0, 0], [])


class TestAgreedAnew:
    def test_the_window_that_was_taken_with_the_order_is_free_again(self, shop, windows):
        part = fresh(buy(shop, windows[0]))

        slots.agree(part, windows[1], **CLERK, at=MONDAY)

        assert (booked(), breaches()) == ([0, 1], [])

    def test_it_stays_for_the_other_part_that_is_brought_in_it(self, shop, windows):
        order = buy(shop, windows[0], units=7)
        here, there = order.fulfillments.order_by("pk")

        slots.agree(here, windows[1], **CLERK, at=MONDAY)
        assert (booked(), breaches()) == ([1, 1], [])
        cancel.cancel(order, **CLERK, at=MONDAY)

        assert (there.promised_for, booked(), breaches()) == (windows[0].ends_at, [0, 0], [])

    def test_a_window_that_nobody_is_brought_in_is_seen_by_the_audit(self, shop, windows):
        part = fresh(buy(shop, windows[0]))
        Fulfillment.objects.filter(pk=part.pk).update(promised_for=windows[1].ends_at)

        [found] = breaches()

        assert found.startswith("a window that is taken is one in which a part of its order is brought")

    def test_a_count_that_is_not_that_of_its_parcels_is_seen_by_the_audit(self, shop, windows):
        buy(shop, windows[0])
        Appointment.objects.update(ended_at=MONDAY)

        assert [found.partition(":")[0] for found in breaches()] == [
            "a window holds as many parcels as have taken it, and no more than it can"
        ]


class TestTooEarly:
    def test_no_window_is_agreed_before_the_goods_can_leave_and_she_hears_from_when_on(self, shop, windows, slow_store):
        part = fresh(buy(shop))
        Fulfillment.objects.filter(pk=part.pk).update(location=shop.store)

        with pytest.raises(SlotTooEarly) as refused:
            slots.agree(fresh(part.order), windows[0], **CLERK, at=MONDAY)

        assert refused.value.facts["day"] == "2026-11-24"
        assert booked() == [0, 0]

    def test_nor_with_an_order_that_comes_from_a_place_whose_carrier_comes_later(self, shop, windows):
        shop.warehouse.carrier_comes_at, shop.warehouse.opening_hours = time(23), {"wed": [["10:00", "23:30"]]}
        shop.warehouse.save()

        with pytest.raises(SlotTooEarly) as refused:
            buy(shop, windows[1])

        assert refused.value.facts["day"] == "2026-11-25"
        assert booked() == [0, 0]

    def test_nor_for_what_is_nowhere_and_expected_by_nobody(self, shop, windows):
        sell_out(shop)
        with pytest.raises(NoDayYet):
            buy(shop, windows[0], may_wait=True)

    def test_the_refusal_names_the_day_in_the_reader_s_words(self):
        with translation.override("es"):
            words = sentence("slot_too_early", "", {"day": "2026-11-25"})

        assert "2026-11-25" in words
        assert "mercancía" in words


class TestAddresses:
    def test_where_we_do_not_deliver_the_order_does_not_go_and_nothing_changes(self, shop, windows):
        rated(windows)
        order = buy(shop, windows[0])
        before = order.deliver_to_id

        for far in (FAR, PostalAddress(street="Rua", postal_code="1000", city="Lisboa", country="PT")):
            with pytest.raises(OutsideZones):
                addressing.change_address(order, address=far, **CLERK, at=MONDAY)

        order.refresh_from_db()
        assert (order.deliver_to_id, fresh(order).address_id) == (before, before)
        assert PostalAddress.objects.count() == 1
        assert (booked(), breaches()) == ([1, 0], [])

    def test_in_another_zone_the_window_is_free_again_and_she_is_promised_a_day(self, shop, windows):
        order = buy(shop, windows[0])

        addressing.change_address(order, address=FAR, **CLERK, at=MONDAY)

        part = fresh(order)
        first, second = Promise.objects.order_by("pk")
        assert (first.status, second.status, second.due_at) == ("told", "open", part.promised_for)
        assert (booked(), breaches()) == ([0, 0], [])

    def test_in_the_same_zone_the_window_stays(self, shop, windows):
        order = buy(shop, windows[0])
        near = PostalAddress(recipient="Eva", street="Calle Luna, 3", postal_code="28004", city="Madrid")

        addressing.change_address(order, address=near, **CLERK, at=MONDAY)

        assert (booked(), breaches()) == ([1, 0], [])


def test_her_page_shows_what_is_promised_now_and_what_she_was_told_before(shop, client):
    sell_out(shop)
    goods, where = {shop.mug.pk: 4}, {"location_id": shop.warehouse.pk, "reference": "PO-1"}
    incoming.expect(goods, **where, expected_at=MONDAY + timedelta(days=1), at=MONDAY)
    order = buy(shop, may_wait=True)
    first = fresh(order).promised_for

    incoming.expect(goods, **where, expected_at=MONDAY + timedelta(days=8), at=MONDAY)
    watching.watch(at=MONDAY)
    run_due(at=MONDAY)

    part = fresh(order)
    assert part.promised_for == Promise.objects.get(status="open").due_at > first
    page = client.get(f"/o/link/{private_links.create(order, at=clock.now())}/", follow=True).content.decode()
    assert "En tu puerta" in page
    assert f"Antes te dijimos: <s>{first_words(first)}</s>" in " ".join(page.split())
    assert Attempt.objects.filter(message__purpose="promise_endangered").count() == 1


def first_words(instant: datetime) -> str:
    with translation.override("es"):
        return Template("{% load shop %}{{ when|moment:'Europe/Madrid' }}").render(Context({"when": instant}))
