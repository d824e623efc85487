"""Half an hour before the carrier comes: one WhatsApp, a text message if it does not arrive, one correction at most."""

from datetime import timedelta

import pytest

from commerce import clock
from commerce.timeline.models import Task
from commerce.timeline.tasks import pause_after
from notifications.models import Attempt, Message
from notifications.reports import NOT_IN_TIME, report
from notifications.transports.outgoing import Outgoing, TransportError, Unclear
from notifications.transports.table import TRANSPORTS, Transport
from tests.notifications.test_after_the_sale import HOUR, MINUTE, handed_over, later, lucia, news, post, shop

__all__ = ["lucia", "shop"]
pytestmark = pytest.mark.django_db


def said() -> list[tuple[str, str]]:
    arriving = Attempt.objects.filter(message__purpose="arriving").order_by("pk")
    return list(arriving.values_list("contact_channel", "message__phase"))


def estimate(parcel, minutes: int, *, id: str):
    expected = clock.now() + timedelta(minutes=minutes)
    post(news(parcel, "out_for_delivery", id=id, expected_at=expected.isoformat()))
    later(timedelta(seconds=5))
    return expected


def test_half_an_hour_before_one_whatsapp_and_a_text_message_if_it_does_not_arrive(shop, lucia):
    parcel = handed_over(shop, lucia)

    estimate(parcel, 90, id="1")
    assert said() == []
    later(HOUR)
    assert said() == [("whatsapp", "1")]
    later(timedelta(seconds=110))
    assert said() == [("whatsapp", "1")]
    later(timedelta(seconds=15))
    assert said() == [("whatsapp", "1"), ("sms", "1")]


def test_a_whatsapp_that_arrived_needs_no_text_message(shop, lucia):
    parcel = handed_over(shop, lucia)
    estimate(parcel, 25, id="1")

    report(Attempt.objects.latest("pk"), status=Attempt.Status.DELIVERED, at=clock.now())
    later(5 * MINUTE)

    assert said() == [("whatsapp", "1")]


def test_one_correction_at_most_and_none_for_a_few_minutes(shop, lucia):
    parcel = handed_over(shop, lucia)
    estimate(parcel, 25, id="1")
    report(Attempt.objects.latest("pk"), status=Attempt.Status.DELIVERED, at=clock.now())

    estimate(parcel, 35, id="2")
    assert len(said()) == 1
    estimate(parcel, 60, id="3")
    assert said()[-1] == ("whatsapp", "2")
    report(Attempt.objects.latest("pk"), status=Attempt.Status.DELIVERED, at=clock.now())
    assert "cambio de hora" in Attempt.objects.latest("pk").text
    estimate(parcel, 120, id="4")
    later(2 * HOUR)
    assert len(said()) == 2


def test_the_same_estimate_twice_and_an_old_one_late_say_nothing_more(shop, lucia):
    parcel = handed_over(shop, lucia)
    old = news(parcel, "out_for_delivery", id="0", expected_at=(clock.now() + 9 * HOUR).isoformat())
    clock.move(MINUTE)
    estimate(parcel, 25, id="1")
    report(Attempt.objects.latest("pk"), status=Attempt.Status.DELIVERED, at=clock.now())

    post(old)
    later(MINUTE)

    assert said() == [("whatsapp", "1")]


def test_what_was_delivered_meanwhile_is_not_announced(shop, lucia):
    parcel = handed_over(shop, lucia)
    estimate(parcel, 60, id="1")

    post(news(parcel, "delivered", id="2"))
    later(HOUR)

    assert not Message.objects.filter(purpose="arriving").exists()


@pytest.fixture
def silent_whatsapp(monkeypatch, settings):
    """WhatsApp does not answer: nobody knows whether it took the message."""

    def send(outgoing: Outgoing) -> str:
        raise Unclear("no answer: TimeoutError")

    monkeypatch.setitem(TRANSPORTS, "silent", Transport(send, is_keyed=False, contact_channels=frozenset({"whatsapp"})))
    settings.TRANSPORTS = settings.TRANSPORTS | {"whatsapp": "silent"}


def test_a_whatsapp_of_which_nobody_knows_is_followed_by_a_text_message_once(shop, lucia, silent_whatsapp):
    parcel = handed_over(shop, lucia)
    estimate(parcel, 25, id="1")
    assert Message.objects.get(purpose="arriving").status == "unknown"

    later(timedelta(seconds=110))
    assert said() == [("whatsapp", "1")]
    later(timedelta(seconds=15))
    assert said() == [("whatsapp", "1"), ("sms", "1")]
    later(5 * MINUTE)
    assert len(said()) == 2
    assert Message.objects.get(purpose="arriving").status == "sent"


def test_a_report_that_comes_after_the_text_message_says_nothing_more(shop, lucia, silent_whatsapp):
    parcel = handed_over(shop, lucia)
    estimate(parcel, 25, id="1")
    later(timedelta(seconds=125))

    report(Attempt.objects.get(contact_channel="whatsapp"), status=Attempt.Status.DELIVERED, at=clock.now())
    later(5 * MINUTE)

    assert said() == [("whatsapp", "1"), ("sms", "1")]


def test_a_report_that_comes_just_before_the_text_message_leaves_keeps_it_back(shop, lucia):
    parcel = handed_over(shop, lucia)
    estimate(parcel, 25, id="1")
    whatsapp = Attempt.objects.get(contact_channel="whatsapp")
    clock.move(timedelta(seconds=121))
    report(whatsapp, status=Attempt.Status.FAILED, error=NOT_IN_TIME, at=clock.now())

    report(whatsapp, status=Attempt.Status.DELIVERED, at=clock.now())
    later(5 * MINUTE)

    whatsapp.refresh_from_db()
    assert (said(), whatsapp.status) == ([("whatsapp", "1")], "delivered")
    assert Message.objects.get(purpose="arriving").status == "sent"


def test_a_correction_of_which_nobody_knows_is_said_by_text_message_and_is_the_last_one(shop, lucia, silent_whatsapp):
    parcel = handed_over(shop, lucia)
    estimate(parcel, 25, id="1")
    later(3 * MINUTE)

    estimate(parcel, 60, id="2")
    later(3 * MINUTE)
    estimate(parcel, 120, id="3")
    later(2 * HOUR)

    assert said() == [("whatsapp", "1"), ("sms", "1"), ("whatsapp", "2"), ("sms", "2")]


def test_a_whatsapp_that_is_not_taken_for_now_becomes_a_text_message_in_time(shop, lucia, monkeypatch, settings):
    def send(outgoing: Outgoing) -> str:
        raise TransportError("twilio 429", permanent=False)

    monkeypatch.setitem(TRANSPORTS, "busy", Transport(send, is_keyed=False, contact_channels=frozenset({"whatsapp"})))
    settings.TRANSPORTS = settings.TRANSPORTS | {"whatsapp": "busy"}
    parcel = handed_over(shop, lucia)
    start = clock.now()
    estimate(parcel, 25, id="1")

    for _ in range(8):
        if waiting := Task.objects.filter(handler="notifications.delivery.deliver", status="pending").first():
            Task.objects.update(retry_at=None)
            later(pause_after(waiting.attempts))

    tries = said()
    assert tries == [("whatsapp", "1")] * (len(tries) - 1) + [("sms", "1")]
    assert len(tries) > 3
    assert Attempt.objects.latest("pk").started_at - start <= timedelta(seconds=120)
