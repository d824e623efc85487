"""Half an hour before the carrier comes: one WhatsApp, a text message if it does not arrive, one correction at most."""

from datetime import timedelta

import pytest

from commerce import clock
from notifications.models import Attempt, Message
from notifications.reports import report
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
