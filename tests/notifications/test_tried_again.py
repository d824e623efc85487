"""What the carrier could not deliver: it tries again and she hears of it anew, or brings it back and somebody calls."""

from datetime import timedelta

import pytest

from commerce import clock
from commerce.promises import watching
from commerce.promises.models import Promise
from commerce.timeline.actors import SYSTEM
from commerce.timeline.tasks import run_due
from inventory import incoming
from notifications.models import Attempt, Message
from orders import shipments
from orders.models import Todo
from tests.audits import violations
from tests.factories import MONDAY
from tests.notifications.test_after_the_sale import HOUR, handed_over, heard, later, lucia, news, post, shop
from tests.orders.delivery.windows import buy, sell_out
from tests.orders.shop import fresh

__all__ = ["lucia", "shop"]
pytestmark = pytest.mark.django_db


def says(parcel, status: str, *, id: str, **more: object) -> None:
    post(news(parcel, status, id=id, **more))
    later()


def in_minutes(minutes: int) -> str:
    return (clock.now() + timedelta(minutes=minutes)).isoformat()


def hours_go_by(hours: int) -> None:
    for _ in range(hours):
        watching.watch(at=clock.now())
        later(HOUR)


def test_a_second_try_is_on_its_way_told_half_an_hour_before_and_has_a_day(shop, lucia):
    parcel = handed_over(shop, lucia)
    says(parcel, "out_for_delivery", id="1", expected_at=in_minutes(25))
    says(parcel, "failed", id="2")
    hours_go_by(20)
    before = len(heard())

    says(parcel, "out_for_delivery", id="3", expected_at=in_minutes(85))
    assert not Attempt.objects.filter(message__purpose="arriving", message__phase="3").exists()
    later(HOUR)

    assert fresh(parcel.order).status == "out_for_delivery"
    assert heard()[before:] == [("out_for_delivery", "sms"), ("promise_dated", "email"), ("arriving", "whatsapp")]
    assert "cambio de hora" not in Attempt.objects.latest("pk").text
    assert list(Message.objects.filter(purpose="arriving").order_by("pk").values_list("phase", flat=True)) == ["1", "3"]


def test_the_day_of_the_next_try_is_that_of_what_was_promised_without_one(shop, lucia):
    parcel = handed_over(shop, lucia)
    says(parcel, "failed", id="1")
    hours_go_by(2)
    assert Promise.objects.get(status="open", kind="delivery").due_at is None

    says(parcel, "failed", id="2", expected_at=in_minutes(24 * 60))
    hours_go_by(2)

    assert Promise.objects.get(status="open", kind="delivery").due_at == fresh(parcel.order).expected_at
    assert heard()[-1][0] == "promise_dated"
    assert violations("commerce.promises.audit.RULES", "notifications.audit.RULES") == []


FIRST, AGAIN, SECOND = ("failed", 1), ("out_for_delivery", 2), ("failed", 3)


@pytest.mark.parametrize(
    ("order", "ends"),
    [
        ([FIRST, AGAIN, FIRST, AGAIN], "out_for_delivery"),
        ([AGAIN, FIRST], "out_for_delivery"),
        ([FIRST, AGAIN, SECOND, AGAIN, FIRST], "failed"),
        ([AGAIN, FIRST, SECOND], "failed"),
        ([SECOND, AGAIN, FIRST], "failed"),
    ],
)
def test_between_a_try_and_its_failure_the_newer_news_count(order, ends, shop, lucia):
    parcel = handed_over(shop, lucia)
    start = clock.now()
    clock.move(4 * HOUR)

    for status, hour in order:
        shipments.carrier_event("VL1", status, occurred_at=start + hour * HOUR, by=SYSTEM, at=clock.now())

    assert fresh(parcel.order).status == ends


def test_what_comes_back_is_told_once_and_is_a_matter_for_the_house(shop, lucia):
    parcel = handed_over(shop, lucia)
    before = len(heard())

    says(parcel, "returned_to_sender", id="1")
    hours_go_by(90)

    assert heard()[before:] == [("returned_to_sender", "sms")]
    promise = Promise.objects.get(kind="delivery")
    assert (promise.status, promise.reason) == ("withdrawn", "returned")
    todo = Todo.objects.get(kind="parcel", closed_at=None)
    assert (todo.subject, todo.order) == (parcel.public_id, parcel.order)

    says(parcel, "delivered", id="2")
    assert not Todo.objects.filter(closed_at=None).exists()


def test_a_day_that_is_none_any_more_when_the_message_leaves_is_not_told_but_the_next_one_is(shop):
    def at(hour: int):
        return MONDAY.replace(hour=hour)

    def run(instant) -> None:
        watching.watch(at=instant)
        run_due(at=instant)

    sell_out(shop)
    order = buy(shop, phone="+34600000001", may_wait=True)
    Promise.objects.update(contact_channel="sms", contact_point=order.phone)
    goods, where = {shop.mug.pk: 4}, {"location_id": shop.warehouse.pk}
    incoming.expect(goods, reference="PO-1", **where, expected_at=MONDAY + timedelta(days=3), at=at(21))
    run(at(21))
    waits = Message.objects.get(purpose="promise_dated")
    assert waits.status == "waiting"

    incoming.call_off("PO-1", **where, at=at(22))
    next_day = MONDAY + timedelta(days=1)
    run(next_day)
    waits.refresh_from_db()
    assert (waits.status, Promise.objects.get().expected_at) == ("dropped", None)

    incoming.expect(goods, reference="PO-2", **where, expected_at=MONDAY + timedelta(days=5), at=next_day)
    run(next_day + timedelta(minutes=2))
    run(next_day + timedelta(minutes=3))

    assert list(Message.objects.filter(purpose="promise_dated").order_by("pk").values_list("phase", "status")) == [
        ("1", "dropped"),
        ("2", "sent"),
    ]
    assert Promise.objects.get(status="open").due_at > MONDAY + timedelta(days=5)
