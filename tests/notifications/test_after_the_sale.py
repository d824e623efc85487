"""What she hears after a purchase, through the real steps of orders and the carrier's webhook."""

import json
import random
from datetime import datetime, timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.inbox.models import InboundEvent
from commerce.inbox.signatures import stamp
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from notifications.messages import tell
from notifications.models import Attempt, Message
from orders import cancel, pickups, shipments
from orders.cases import working
from orders.cases.opening import open_case
from orders.models import Fulfillment
from tests.factories import person
from tests.orders.shop import Shop, open_shop

pytestmark = pytest.mark.django_db

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def shop(settings) -> Shop:
    settings.CARRIER_SECRET = "carrier-secret"
    return open_shop()


@pytest.fixture
def lucia():
    return person(email="lucia@example.com", phone="+34600000001")


def by() -> dict:
    return {"by": SYSTEM, "channel": "store", "at": clock.now()}


def news(parcel: Fulfillment, status: str, *, id: str, occurred_at: datetime | None = None, **more: object) -> bytes:
    told = {
        "id": id,
        "tracking_number": parcel.tracking_number,
        "status": status,
        "occurred_at": (occurred_at or clock.now()).isoformat(),
    }
    return json.dumps(told | more).encode()


def post(body: bytes, *, signature: str | None = None):
    header = stamp(body, secret="carrier-secret", at=clock.now()) if signature is None else signature
    return Client().post(
        "/hooks/carrier/", body, content_type="application/json", headers={"Carrier-Signature": header}
    )


def later(by: timedelta = MINUTE) -> None:
    """Time goes by, and what is due is done."""
    clock.move(by)
    run_due(at=clock.now())


def heard() -> list[tuple[str, str]]:
    """What she was told, in its order, and how."""
    said = Attempt.objects.order_by("pk").values_list("message__purpose", "contact_channel")
    return list(said)


def handed_over(shop: Shop, lucia) -> Fulfillment:
    parcel = shop.parcel(person=lucia, at=clock.now())
    later()
    shipments.hand_over(parcel, carrier="veloz", tracking_number="VL1", **by())
    later()
    parcel.refresh_from_db()
    return parcel


def test_a_pickup_is_confirmed_told_when_ready_and_asked_about_a_day_after_it_was_collected(shop, lucia):
    waiting = shop.pickup(person=lucia, at=clock.now())
    later()
    assert heard() == [("order_confirmation", "email")]

    pickups.mark_ready(waiting, **by())
    later()
    assert heard()[1:] == [("pickup_ready", "sms")]
    waiting.refresh_from_db()
    assert waiting.pickup_code in Attempt.objects.latest("pk").text

    pickups.collect(waiting, code=waiting.pickup_code, **by())
    later(23 * HOUR)
    assert len(heard()) == 2

    later(HOUR)
    later(HOUR)
    assert heard()[2:] == [("survey", "email")]


def test_a_parcel_is_told_by_sms_at_each_step_and_asked_about_a_day_later(shop, lucia):
    parcel = handed_over(shop, lucia)

    post(news(parcel, "out_for_delivery", id="1", expected_at=(clock.now() + HOUR).isoformat()))
    later()
    post(news(parcel, "delivered", id="2"))
    later()
    later(25 * HOUR)

    assert heard() == [
        ("order_confirmation", "email"),
        ("shipped", "sms"),
        ("out_for_delivery", "sms"),
        ("delivered", "sms"),
        ("survey", "email"),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_news_five_times_each_and_in_any_order_end_the_same_and_are_told_at_most_once(shop, lucia, seed):
    parcel = handed_over(shop, lucia)
    start = clock.now()
    told = [
        news(parcel, "out_for_delivery", id="1", occurred_at=start + MINUTE),
        news(parcel, "delivered", id="2", occurred_at=start + 30 * MINUTE),
    ] * 5
    random.Random(seed).shuffle(told)
    clock.move(31 * MINUTE)

    for body in told:
        assert post(body).status_code == 200
        later(timedelta(seconds=1))
    later()

    parcel.refresh_from_db()
    assert (parcel.status, InboundEvent.objects.count()) == ("delivered", 2)
    purposes = [purpose for purpose, _ in heard()]
    assert purposes.count("delivered") == 1
    assert purposes.count("out_for_delivery") <= 1
    # Never news of the way after news of the arrival; what came too late was dropped, and says so.
    if "out_for_delivery" in purposes:
        assert purposes.index("out_for_delivery") < purposes.index("delivered")
    else:
        assert Message.objects.get(purpose="out_for_delivery").status == "dropped"
    assert Entry.objects.filter(type="order.completed").count() == 1


def test_a_delivery_that_failed_is_told(shop, lucia):
    parcel = handed_over(shop, lucia)

    post(news(parcel, "failed", id="1"))
    later()

    assert heard()[-1] == ("delivery_failed", "sms")


def test_an_order_that_was_canceled_before_its_confirmation_left_is_not_confirmed(shop, lucia):
    waiting = shop.pickup(person=lucia, at=clock.now())
    cancel.cancel(waiting.order, **by())

    later()

    assert heard() == [("order_canceled", "email")]
    assert Message.objects.get(purpose="order_confirmation").status == "dropped"


def test_a_guest_hears_at_the_addresses_she_gave_though_nobody_verified_them(shop):
    shop.pickup(at=clock.now())

    later()

    attempt = Attempt.objects.get()
    assert (attempt.contact_point.value, attempt.contact_point.verified_at) == ("eva@example.com", None)


def test_news_of_a_parcel_that_nobody_knows_stay_visible(shop, lucia):
    unknown = Fulfillment(tracking_number="VL1")
    assert post(news(unknown, "out_for_delivery", id="1")).status_code == 200
    later()
    event = InboundEvent.objects.get()
    assert (event.status, event.reason) == ("failed", "no parcel has this number")


def test_news_from_a_clock_that_is_ahead_are_taken_as_of_now(shop, lucia):
    parcel = handed_over(shop, lucia)

    post(news(parcel, "delivered", id="1", occurred_at=clock.now() + 30 * HOUR))
    later()

    entry = Entry.objects.get(type="fulfillment.delivered")
    assert entry.occurred_at <= entry.recorded_at
    assert heard()[-1] == ("delivered", "sms")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "malformed"),
        (b"{", 400, "malformed"),
        (b"[]", 400, "malformed"),
        (b"{}", 400, "malformed"),
        (b'{"id": 7}', 400, "malformed"),
        (b'{"id": ""}', 400, "malformed"),
        (b'{"id": "' + b"x" * 500 + b'"}', 400, "malformed"),
        (b'{"id": "a\\u0000b"}', 400, "malformed"),
        (b"\xff", 400, "malformed"),
    ],
)
def test_news_that_cannot_be_read_are_a_clear_400(shop, body, status, code):
    answer = post(body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({"status": "lost"}, "ignored"),
        ({"status": None}, "ignored"),
        ({"occurred_at": "yesterday"}, "failed"),
        ({"occurred_at": "2026-11-23T10:00:00"}, "failed"),
        ({"occurred_at": None}, "failed"),
        ({"expected_at": 7}, "failed"),
        ({"tracking_number": ["VL1"]}, "failed"),
        ({"tracking_number": ""}, "failed"),
    ],
)
def test_news_that_make_no_sense_are_kept_with_the_reason(shop, lucia, told, state):
    parcel = handed_over(shop, lucia)
    body = json.loads(news(parcel, "delivered", id="1")) | told

    assert post(json.dumps(body).encode()).status_code == 200
    later()

    event = InboundEvent.objects.get()
    assert event.status == state
    assert event.reason


@pytest.mark.parametrize("seconds", [-310, 310, 3600])
def test_a_stamp_that_is_old_or_in_the_future_is_refused(shop, seconds):
    body = news(Fulfillment(tracking_number="VL1"), "delivered", id="1")

    answer = post(body, signature=stamp(body, secret="carrier-secret", at=clock.now() + timedelta(seconds=seconds)))

    assert (answer.status_code, answer.json()["code"]) == (400, "signature_invalid")


def test_without_a_signature_or_by_get_nothing_is_taken(shop):
    body = news(Fulfillment(tracking_number="VL1"), "delivered", id="1")

    assert post(body, signature="").status_code == 400
    assert post(body, signature=stamp(body, secret="guess", at=clock.now())).status_code == 400
    assert Client().get("/hooks/carrier/").status_code == 405
    assert not InboundEvent.objects.exists()


def test_while_a_case_is_open_nobody_asks_how_it_was_and_once_it_is_closed_somebody_does(shop, lucia):
    parcel = handed_over(shop, lucia)
    post(news(parcel, "delivered", id="1"))
    later()
    case = open_case("damaged", person=lucia, order=parcel.order, request="Llegó roto", **by())
    later(25 * HOUR)
    assert "survey" not in [purpose for purpose, _ in heard()]

    working.close(case, outcome="solved", **by())
    later(25 * HOUR)

    assert heard()[-1] == ("case_survey", "email")


def test_a_case_about_another_order_keeps_nobody_from_asking(shop, lucia):
    parcel = handed_over(shop, lucia)
    other = shop.order(person=lucia, at=clock.now())
    open_case("damaged", person=lucia, order=other, request="Llegó roto", **by())
    post(news(parcel, "delivered", id="1"))
    later()

    later(25 * HOUR)

    assert heard().count(("survey", "email")) == 1


@pytest.mark.parametrize("hours", [1, 24], ids=["before it is due", "when it was about to leave"])
def test_a_case_of_hers_about_no_order_lets_the_question_wait_as_long_as_it_takes(shop, lucia, hours):
    parcel = handed_over(shop, lucia)
    post(news(parcel, "delivered", id="1"))
    later()
    clock.move(hours * HOUR)
    case = open_case("complaint", person=lucia, request="Nadie me llamó", **by())
    for _ in range(8):
        later(12 * HOUR)
    assert "survey" not in [purpose for purpose, _ in heard()]

    working.close(case, outcome="solved", **by())
    for _ in range(2):
        later(12 * HOUR)

    assert [purpose for purpose, _ in heard()].count("survey") == 1


def test_a_case_about_it_that_is_opened_once_the_question_is_planned_asks_in_its_stead(shop, lucia):
    parcel = handed_over(shop, lucia)
    post(news(parcel, "delivered", id="1"))
    later()
    clock.move(20 * HOUR)
    case = open_case("damaged", person=lucia, order=parcel.order, request="Llegó roto", **by())
    message = tell(
        lucia, purpose="survey", subject=parcel.order.public_id, journey=parcel.order.journey, at=clock.now()
    )
    later()
    message.refresh_from_db()
    assert (message.status, message.attempts.count()) == ("dropped", 0)

    working.close(case, outcome="solved", **by())
    later(25 * HOUR)
    later(12 * HOUR)

    assert [purpose for purpose, _ in heard() if "survey" in purpose] == ["case_survey"]
