"""The outbox of the staff, and the pages behind links that we sent."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.timeline import record
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from notifications.messages import tell
from notifications.models import Attempt, Message, Survey
from notifications.reports import report
from orders.happenings import OrderCompleted
from tests.factories import MONDAY, person, staff
from tests.notifications.shop import agree, left_cart, order, parcel

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Client:
    client = Client()
    client.force_login(staff("back_office"))
    return client


def a_mail() -> Attempt:
    lucia = person(email="lucia@example.com")
    bought = order(lucia)
    tell(lucia, purpose="order_confirmation", subject=bought.public_id, journey=bought.journey, at=MONDAY)
    run_due(at=MONDAY)
    return Attempt.objects.get()


def an_sms() -> Attempt:
    ana = person("Ana", phone="+34600000002")
    sent = parcel(order(ana))
    tell(ana, purpose="shipped", subject=sent.public_id, journey=sent.order.journey, at=MONDAY)
    run_due(at=MONDAY)
    return Attempt.objects.get(contact_channel="sms")


def test_the_outbox_lists_what_was_said_and_finds_an_address_however_it_is_typed(office):
    mail, sms = a_mail(), an_sms()

    page = office.get("/outbox/").content.decode()
    assert mail.title in page
    assert sms.text[:40] in page

    found = office.post("/outbox/", {"to": "600 00 00 02"}).content.decode()
    assert sms.text[:40] in found
    assert mail.title not in found


def test_a_mail_is_shown_in_a_frame_that_can_do_nothing(office):
    mail = a_mail()

    page = office.get(f"/outbox/{mail.public_id}/")
    frame = office.get(f"/outbox/{mail.public_id}/mail/")

    assert f'src="/outbox/{mail.public_id}/mail/"' in page.content.decode()
    assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"]
    policy = frame.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "pedido" in frame.content.decode()


def test_an_sms_is_shown_as_a_bubble_and_has_no_mail(office):
    sms = an_sms()

    assert 'class="bubble"' in office.get(f"/outbox/{sms.public_id}/").content.decode()
    assert office.get(f"/outbox/{sms.public_id}/mail/").status_code == 404


@pytest.mark.parametrize("status", ["delivered", "read", "failed"])
def test_its_fate_can_be_played(office, status):
    mail = a_mail()

    answer = office.post(f"/outbox/{mail.public_id}/report/", {"status": status})

    mail.refresh_from_db()
    assert (answer.status_code, mail.status) == (302, status)


def test_no_other_fate_and_none_of_what_really_left(office):
    mail = a_mail()
    office.post(f"/outbox/{mail.public_id}/report/", {"status": "accepted"})
    Attempt.objects.update(transport="smtp")

    answer = office.post(f"/outbox/{mail.public_id}/report/", {"status": "failed"})

    mail.refresh_from_db()
    assert (answer.status_code, mail.status) == (404, "accepted")


def test_the_outbox_is_for_agents_and_the_back_office():
    mail = a_mail()
    clerk = Client()
    clerk.force_login(staff("store"))

    assert clerk.get("/outbox/").status_code == 404
    assert clerk.get(f"/outbox/{mail.public_id}/").status_code == 404
    assert Client().get("/outbox/").status_code == 302


def asked() -> tuple[Survey, str]:
    """A survey, and the path of its page as the mail brings it."""
    lucia = person(email="lucia@example.com")
    bought = order(lucia, status="completed", at=clock.now())
    record.record(
        bought.journey_id, OrderCompleted(bought.public_id, bought.number), by=SYSTEM, channel="web", at=clock.now()
    )
    run_due(at=clock.now() + timedelta(hours=24))
    text = Attempt.objects.get(message__purpose="survey").text
    return Survey.objects.get(), re.search(r"/s/[\w-]+/", text)[0]


def test_a_survey_is_asked_a_day_after_the_order_is_completed_and_not_before():
    lucia = person(email="lucia@example.com")
    bought = order(lucia, status="completed")
    record.record(
        bought.journey_id, OrderCompleted(bought.public_id, bought.number), by=SYSTEM, channel="web", at=MONDAY
    )

    run_due(at=MONDAY + timedelta(hours=23, minutes=59))
    assert not Message.objects.exists()

    run_due(at=MONDAY + timedelta(hours=24))
    run_due(at=MONDAY + timedelta(hours=30))
    message = Message.objects.get()
    assert (message.purpose, message.status, message.attempts.get().contact_channel) == ("survey", "sent", "email")


def test_opening_a_survey_answers_nothing_and_sending_it_does():
    survey, path = asked()
    client = Client()

    for _ in range(3):
        assert client.get(path, {"score": "3"}).status_code == 200
    survey.refresh_from_db()
    assert (survey.score, Entry.objects.filter(type="survey.answered").count()) == (None, 0)

    answer = client.post(path, {"score": "9", "comment": "Todo muy fácil."})

    survey.refresh_from_db()
    assert (answer.status_code, survey.score, survey.comment) == (200, 9, "Todo muy fácil.")
    entry = Entry.objects.get(type="survey.answered")
    assert entry.data == {"survey": survey.public_id, "order": survey.order.public_id, "score": 9}
    assert entry.actor == f"person:{survey.person.public_id}"


def test_the_same_answer_twice_is_one_and_another_one_counts_anew():
    survey, path = asked()
    for form in ({"score": "9"}, {"score": "9"}, {"score": "4", "comment": "No llegó"}):
        Client().post(path, form)

    survey.refresh_from_db()
    assert (survey.score, survey.comment) == (4, "No llegó")
    assert [e.data["score"] for e in Entry.objects.filter(type="survey.answered").order_by("number")] == [9, 4]


@pytest.mark.parametrize(
    "form",
    [{}, {"score": ""}, {"score": "11"}, {"score": "-1"}, {"score": "9.5"}, {"score": "9", "comment": "x" * 2001}],
)
def test_an_answer_that_is_none_is_told_so_and_not_kept(form):
    survey, path = asked()

    answer = Client().post(path, form)

    survey.refresh_from_db()
    assert (answer.status_code, survey.answered_at) == (422, None)


def test_links_that_are_wrong_or_have_ended_say_so():
    _, path = asked()
    clock.move(timedelta(days=40))

    assert Client().get("/s/guess/").status_code == 404
    assert Client().get(path).status_code == 410
    assert Client().post(path, {"score": "1"}).status_code in (302, 410)
    assert Survey.objects.get().score is None


def test_a_survey_is_not_a_way_to_end_messages_and_the_other_way_round():
    _, path = asked()

    assert Client().get(path.replace("/s/", "/u/")).status_code == 404


def test_the_page_is_in_her_language_and_is_not_kept_by_anybody():
    survey, path = asked()
    survey.person.language = "en"
    survey.person.save()

    answer = Client().get(path)

    assert "How was it?" in answer.content.decode()
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")


def reminded() -> tuple[Message, str]:
    """A reminder, and the path at which she ends such messages."""
    lucia = person(email="lucia@example.com")
    agree(lucia)
    cart = left_cart(lucia, at=clock.now())
    message = tell(lucia, purpose="cart_reminder", subject=cart.public_id, journey=cart.journey, at=clock.now())
    run_due(at=clock.now())
    return message, re.search(r"/u/[\w-]+/", message.attempts.get().text)[0]


def test_looking_at_the_end_of_messages_ends_nothing_and_saying_so_does():
    message, path = reminded()
    consents = message.person.contact_points.get().consents

    assert Client().get(path).status_code == 200
    assert [c.granted for c in consents.order_by("pk")] == [True]

    assert Client(enforce_csrf_checks=True).post(path).status_code == 200
    Client().post(path)
    assert [(c.granted, c.contact_channel, c.purpose) for c in consents.order_by("pk")] == [
        (True, "email", "reminder"),
        (False, "email", "reminder"),
    ]
    assert Entry.objects.get(type="consent.chosen").data["granted"] is False


def test_after_that_no_reminder_leaves():
    message, path = reminded()
    Client().post(path)
    again = left_cart(None, at=clock.now())
    tell(message.person, purpose="cart_reminder", subject=again.public_id, journey=again.journey, at=clock.now())

    run_due(at=clock.now())

    assert Message.objects.get(subject=again.public_id).status == "dropped"


def test_what_the_networks_report_is_seen(office):
    mail = a_mail()
    report(mail, status=Attempt.Status.READ, at=MONDAY)

    assert "leído" in office.get(f"/outbox/{mail.public_id}/").content.decode()
