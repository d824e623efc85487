"""Every promise that a message makes is a row in the ledger: what, to whom, by which message or whom, until when."""

from datetime import timedelta

import pytest

from commerce.promises import watching
from commerce.promises.models import Promise
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.tasks import run_due
from inventory import incoming, ledger
from notifications.models import Message
from orders import pickups, rerouting
from orders.delivery import slots
from orders.delivery.until import KEPT
from orders.models import Fulfillment, Order
from tests.audits import violations
from tests.factories import MONDAY
from tests.orders.delivery.windows import arrived, buy, lay_out, sell_out
from tests.orders.shop import Shop, fresh, open_shop

pytestmark = pytest.mark.django_db
CLERK = {"by": Actor("staff", "1"), "channel": "store"}
RULES = ("commerce.promises.audit.RULES", "orders.delivery.audit.RULES", "notifications.audit.RULES")


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture(autouse=True)
def audited(db):
    yield
    assert violations(*RULES) == []


def run(at) -> None:
    watching.watch(at=at)
    run_due(at=at)
    run_due(at=at)


def message(purpose: str) -> str:
    return Message.objects.get(purpose=purpose, status="sent").public_id


def collected(shop: Shop) -> Fulfillment:
    """A pickup that is ready, and she was told."""
    part = shop.pickup()
    run(MONDAY)
    pickups.mark_ready(part, **CLERK, at=MONDAY)
    run(MONDAY)
    return fresh(part.order)


class TestByWhichMessage:
    def test_what_she_buys_is_promised_by_the_confirmation(self, shop):
        shop.pickup()
        run(MONDAY)

        promise = Promise.objects.get()
        assert (promise.given_by, promise.message) == ("system", message("order_confirmation"))

    def test_that_we_will_call_by_the_word_that_it_is_here(self, shop):
        part = arrived(shop)

        promise = Promise.objects.get(kind="callback")
        assert (promise.subject, promise.message) == (f"call:{part.public_id}", message("arrived"))

    def test_what_a_member_of_the_staff_says_by_her(self, shop):
        part = arrived(shop)

        slots.agree(part, lay_out()[1], **CLERK, at=MONDAY)

        promise = Promise.objects.get(kind="delivery")
        assert (promise.given_by, promise.message) == ("staff:1", "")


class TestKeptToBeCollected:
    def test_until_when_it_is_kept_is_promised_by_the_message_that_says_so_and_kept_when_she_comes(self, shop):
        part = collected(shop)

        promise = Promise.objects.get(kind="collection")
        assert (promise.subject, promise.due_at) == (f"kept:{part.public_id}", MONDAY + KEPT)
        assert (promise.person_id, promise.message) == (part.order.person_id, message("pickup_ready"))
        pickups.collect(part, code=part.pickup_code, **CLERK, at=MONDAY + timedelta(days=2))
        run(MONDAY + timedelta(days=2))
        assert Promise.objects.get(kind="collection").status == "kept"

    def test_if_nobody_comes_it_was_kept_as_long_as_we_said(self, shop):
        collected(shop)

        for hours in (84, 169):
            run(MONDAY + timedelta(hours=hours))

        assert [promise.status for promise in Promise.objects.filter(kind="collection")] == ["kept"]


class TestToldTooLate:
    def test_a_date_that_is_told_after_the_first_one_is_over_is_promised_as_well(self, shop):
        part = shop.parcel()
        due_at = part.promised_for
        watching.watch(at=due_at - timedelta(hours=1))
        Promise.objects.update(status="broken", settled_at=due_at)

        run_due(at=due_at + timedelta(hours=1))
        run_due(at=due_at + timedelta(hours=1))

        broken, now = Promise.objects.order_by("pk")
        assert (broken.status, broken.told_at) == ("broken", due_at + timedelta(hours=1))
        assert (now.status, now.due_at, now.message) == ("open", broken.expected_at, message("promise_endangered"))
        assert fresh(part.order).promised_for == now.due_at


class TestADayForWhatHadNone:
    def test_bought_without_a_day_she_is_told_it_once_the_goods_are_ordered(self, shop):
        sell_out(shop)
        order = buy(shop, may_wait=True)
        run(MONDAY)
        assert (fresh(order).promised_for, Promise.objects.get().due_at) == (None, None)

        self.orders_goods(shop, days=3)
        for minutes in (1, 2, 3):
            run(MONDAY + timedelta(minutes=minutes))

        first, second = Promise.objects.order_by("pk")
        assert (first.status, first.danger) == ("told", "")
        assert (second.status, second.message) == ("open", message("promise_dated"))
        assert second.due_at == fresh(order).promised_for > MONDAY + timedelta(days=3)
        [attempt] = Message.objects.get(purpose="promise_dated").attempts.all()
        assert "Ya la tenemos" in attempt.text

    def test_that_day_put_off_is_told_before(self, shop):
        sell_out(shop)
        buy(shop, may_wait=True)
        self.orders_goods(shop, days=3)
        run(MONDAY)

        self.orders_goods(shop, days=9)
        run(MONDAY + timedelta(minutes=2))

        assert list(Promise.objects.order_by("pk").values_list("status", "danger")) == [
            ("told", ""),
            ("told", "stock"),
            ("open", ""),
        ]

    def test_what_is_here_before_anybody_named_a_day_gets_one_too(self, shop):
        sell_out(shop)
        order = buy(shop, may_wait=True)
        run(MONDAY)

        ledger.receive({shop.mug.pk: 1}, location_id=shop.warehouse.pk, by=SYSTEM, at=MONDAY)
        for minutes in (1, 2, 3):
            run(MONDAY + timedelta(minutes=minutes))

        assert Promise.objects.get(status="open").due_at == fresh(order).promised_for > MONDAY

    def test_the_end_of_a_long_list_is_looked_at_as_well(self, shop, monkeypatch):
        monkeypatch.setattr(watching, "BATCH", 1)
        sell_out(shop)
        first, last = buy(shop, may_wait=True), buy(shop, may_wait=True)
        Order.objects.filter(pk=first.pk).update(call_me=True)
        self.orders_goods(shop, days=3)

        for minutes in range(4):
            run(MONDAY + timedelta(minutes=minutes))

        assert [fresh(order).promised_for is None for order in (first, last)] == [False, False]

    def orders_goods(self, shop, *, days: int) -> None:
        where = {"location_id": shop.warehouse.pk, "reference": "PO-1"}
        incoming.expect({shop.mug.pk: 4}, **where, expected_at=MONDAY + timedelta(days=days), at=MONDAY)


def test_a_pickup_that_another_place_sends_later_is_told_before(shop):
    shop.store.transfer_days = 2
    shop.store.save()
    part = shop.pickup()

    rerouting.cannot_find(part, **CLERK, at=MONDAY)
    run(MONDAY)

    moved = Promise.objects.get(status="told")
    assert moved.told_at < moved.due_at
    assert Promise.objects.get(status="open").due_at == part.order.fulfillments.get(status="allocated").promised_for
