"""Windows of time: taken by one, given back, agreed in a call that stands on the list until it is settled."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db.models import Q

from commerce import clock
from commerce.promises.models import Promise
from commerce.timeline.actors import SYSTEM, VISITOR, Actor
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from inventory import ledger
from inventory.models import Stock
from notifications.models import Message
from orders import abandoning, cancel, checkout, private_links
from orders.delivery import slots
from orders.delivery.models import Appointment, Method, Slot, Zone
from orders.delivery.slots import NoSuchSlot, SlotGone
from orders.drafting import Terms
from orders.models import Todo
from orders.moves import IllegalMove
from tests.audits import violations
from tests.factories import MONDAY, staff
from tests.orders.calling import log_in, post
from tests.orders.shop import Shop, fresh, home
from tests.races import at_once

TUESDAY = MONDAY + timedelta(days=1)
CLERK = {"by": Actor("staff", "1"), "channel": "store"}


@pytest.fixture
def windows(shop: Shop) -> list[Slot]:
    """Two windows on Tuesday, each for one parcel."""
    method = Method.objects.create(code="propio", name="Reparto propio", carrier="propio", has_slots=True)
    zone = Zone.objects.create(code="madrid", name="Madrid", prefixes=["28"])
    made = slots.lay_out(
        method,
        zone,
        first=TUESDAY.date(),
        days=1,
        windows=[(time(10), time(14)), (time(16), time(20))],
        capacity=1,
        closes_before=timedelta(hours=12),
        timezone="Europe/Madrid",
    )
    assert made == 2
    return list(Slot.objects.order_by("starts_at"))


def is_sound() -> bool:
    every = ("orders.delivery.audit.RULES", "orders.audit.RULES", "commerce.promises.audit.RULES")
    return [violation for rules in every for violation in violations(rules)] == []


def buy(shop: Shop, slot: Slot | None = None, *, phone: str = "", **fields):
    terms = Terms(
        expected_total=1250,
        deliver_to=home(),
        email="eva@example.com",
        phone=phone,
        slot=slot.public_id if slot else "",
        **fields,
    )
    return checkout.buy(shop.cart(), terms=terms, tender="manual", by=VISITOR, channel="web", at=MONDAY)


@pytest.mark.django_db
class TestCheckout:
    def test_a_window_is_taken_with_the_order_and_promised(self, shop, windows):
        order = buy(shop, windows[0])

        assert fresh(order).promised_for == windows[0].ends_at
        assert Promise.objects.get().due_at == windows[0].ends_at
        entry = Entry.objects.get(type="delivery.slot_taken")
        assert entry.data["starts_at"] == datetime(2026, 11, 24, 9, tzinfo=UTC).isoformat()
        assert is_sound()

    def test_a_window_that_is_gone_is_refused_with_those_that_are_left(self, shop, windows):
        buy(shop, windows[0])

        with pytest.raises(SlotGone) as refused:
            buy(shop, windows[0])

        assert [left["id"] for left in refused.value.facts["slots"]] == [windows[1].public_id]

    def test_after_its_cutoff_it_cannot_be_taken(self, shop, windows):
        assert not slots.open_slots(postal_code="28013", at=windows[1].cutoff_at).exists()
        with pytest.raises(SlotGone):
            slots.take(windows[0], at=windows[0].cutoff_at)

    def test_no_window_of_another_zone(self, shop, windows):
        with pytest.raises(NoSuchSlot):
            slots.find(windows[0].public_id, postal_code="08001")

    def test_who_gives_up_or_cancels_gives_it_back(self, shop, windows):
        terms = Terms(1250, deliver_to=home(), email="eva@example.com", slot=windows[0].public_id)
        draft = checkout.prepare(shop.cart(), terms=terms, by=VISITOR, channel="web", at=MONDAY)
        order = buy(shop, windows[1])

        abandoning.give_up(draft, by=SYSTEM, channel="web", at=MONDAY)
        cancel.cancel(order, by=SYSTEM, channel="web", at=MONDAY)

        assert list(Slot.objects.values_list("booked", flat=True)) == [0, 0]
        assert is_sound()


@pytest.fixture
def arrived(shop: Shop):
    """Bought when it was nowhere, with the wish to be called; now it is here."""

    def bring(*, phone: str = "+34600111222"):
        for place in (shop.store, shop.warehouse):
            ledger.sell({shop.mug.pk: 5}, location_id=place.pk, by=SYSTEM, at=MONDAY)
        Stock.objects.filter(location=shop.warehouse).update(backorder_cap=6)
        order = buy(shop, phone=phone, may_wait=True, call_me=True)
        ledger.receive({shop.mug.pk: 1}, location_id=shop.warehouse.pk, by=SYSTEM, at=MONDAY)
        run_due(at=MONDAY)
        return fresh(order)

    return bring


@pytest.mark.django_db
class TestCalls:
    def test_goods_that_came_bring_a_call_for_the_warehouse_which_is_promised(self, arrived, windows):
        part = arrived()

        todo = Todo.objects.get(kind="call")
        assert (todo.subject, todo.due_at) == (part.public_id, MONDAY + timedelta(days=1))
        assert Promise.objects.get(kind="callback").due_at == todo.due_at
        assert Message.objects.get(purpose="arrived").status == "sent"
        assert is_sound()

    def test_the_warehouse_agrees_on_a_window_and_it_stands_on_the_timeline_and_in_the_account(
        self, arrived, windows, shop
    ):
        part = arrived()
        hand = log_in(staff("warehouse", shop.warehouse))
        [call] = hand.get("/api/v1/calls/").json()["results"]
        assert (call["fulfillment"], call["phone"]) == (part.public_id, "+34600111222")

        slots.agree(part, windows[1], **CLERK, at=MONDAY + timedelta(hours=1))

        assert Todo.objects.get(kind="call").closed_at
        assert Promise.objects.get(kind="callback").status == "kept"
        delivery = Promise.objects.get(kind="delivery")
        assert (delivery.status, delivery.due_at, delivery.given_by) == ("open", windows[1].ends_at, "staff:1")
        assert Entry.objects.filter(journey=part.order.journey_id, type="delivery.slot_taken").exists()
        shown = hand.get(f"/api/v1/orders/{part.order.public_id}/").json()["fulfillments"][0]
        assert shown["slot"]["starts_at"] == windows[1].starts_at.isoformat().replace("+00:00", "Z")
        assert is_sound()

    def test_it_is_agreed_on_the_desk_and_shown_with_the_order_and_in_her_account(self, arrived, windows, client):
        part, agent = arrived(), log_in(staff("agent"))
        page = agent.get("/desk/calls/").content.decode()
        assert "+34600111222" in page

        answer = agent.post(f"/desk/calls/{part.public_id}/", {"slot": windows[1].public_id})

        assert answer["Location"] == "/desk/calls/"
        assert Todo.objects.get(kind="call").closed_at
        link = f"/o/link/{private_links.create(part.order, at=clock.now())}/"
        assert "Acordado: desde" in client.get(link, follow=True).content.decode()
        user = get_user_model().objects.create_user("eva")
        type(part.order.person).objects.filter(pk=part.order.person_id).update(user=user)
        assert "Acordado: desde" in log_in(user).get("/account/").content.decode()

    def test_somebody_without_a_phone_stands_on_the_desk_s_list_with_her_email(self, arrived, windows):
        arrived(phone="")

        page = log_in(staff("agent")).get("/desk/calls/").content.decode()

        assert "mailto:eva@example.com" in page

    def test_another_window_gives_the_first_one_back(self, arrived, windows):
        part = arrived()
        for slot in windows:
            slots.agree(part, slot, **CLERK, at=MONDAY)

        assert list(Slot.objects.order_by("starts_at").values_list("booked", flat=True)) == [0, 1]
        assert Appointment.objects.filter(ended_at=None).count() == 1
        assert is_sound()

    def test_nobody_answers_and_it_stays_on_the_list(self, arrived, shop, windows):
        part = arrived()
        hand = log_in(staff("warehouse", shop.warehouse))

        answer = post(hand, f"/api/v1/calls/{part.public_id}/tried/")

        assert [call["tries"] for call in answer.json()["results"]] == [1]
        assert Entry.objects.filter(type="call.tried").count() == 1
        assert hand.get(f"/store/{shop.warehouse.code}/calls/").status_code == 200

    def test_somebody_without_a_phone_is_written_to_and_stands_on_the_list_as_well(self, arrived, windows):
        part = arrived(phone="")

        todo = Todo.objects.get(kind="call")
        assert "no phone" in todo.cause
        message = Message.objects.get(purpose="arrived", subject=part.public_id)
        [attempt] = message.attempts.all()
        assert attempt.contact_channel == "email"
        assert "No tenemos tu teléfono" in attempt.text

    def test_what_has_left_has_no_window_any_more(self, arrived, windows):
        part = arrived()
        type(part).objects.filter(pk=part.pk).update(status="handed_to_carrier")

        with pytest.raises(IllegalMove):
            slots.agree(part, windows[0], **CLERK, at=MONDAY)


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_of_16_who_want_the_last_three_places_three_get_one(monkeypatch, shop, windows):
    def rush(slot: Slot) -> int:
        Slot.objects.filter(pk=slot.pk).update(capacity=3)
        return at_once(16, lambda _: slots.take(slot, at=MONDAY)).count(None)

    assert rush(windows[0]) == 3

    monkeypatch.setattr(slots, "GUARD", Q())
    assert rush(windows[1]) == 3  # the database is the last guard
