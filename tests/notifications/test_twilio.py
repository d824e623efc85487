"""Twilio, as its stand-in plays it: taken, refused for good or for now, silent; and reports with their signature."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from commerce.inbox.models import InboundEvent
from commerce.timeline.tasks import run_due
from notifications.messages import tell
from notifications.models import Attempt, Message
from notifications.transports import twilio
from notifications.transports.outgoing import Outgoing, TransportError, Unclear
from tests.factories import MONDAY, person
from tests.notifications import shop
from tests.peers.twilio.server import BROKEN, BUSY, INVALID, SAID_STOP, SILENT, Twilio

OURS = "+34910000000"


@pytest.fixture
def peer(settings):
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "AC" + "1" * 32, "a token"
    settings.TWILIO_SMS_FROM = settings.TWILIO_WHATSAPP_FROM = OURS
    settings.TRANSPORTS = settings.TRANSPORTS | {"sms": "twilio", "whatsapp": "twilio"}
    with Twilio(sid=settings.TWILIO_ACCOUNT_SID, token=settings.TWILIO_AUTH_TOKEN) as running:
        settings.TWILIO_API_BASE = running.url
        yield running


def outgoing(to: str = "+34600000001", *, contact_channel: str = "sms") -> Outgoing:
    return Outgoing("key", contact_channel, to, "", "Hola", "", "")


def test_a_text_message_and_a_whatsapp_leave_as_twilio_takes_them(peer, settings):
    sids = [twilio.send(outgoing()), twilio.send(outgoing(contact_channel="whatsapp"))]

    text, chat = (peer.messages[sid] for sid in sids)
    callback = f"{settings.PUBLIC_URL}/hooks/twilio/"
    assert text == {"To": "+34600000001", "From": OURS, "Body": "Hola", "StatusCallback": callback}
    assert (chat["To"], chat["From"]) == ("whatsapp:+34600000001", f"whatsapp:{OURS}")


@pytest.mark.django_db
def test_over_whatsapp_an_approved_template_is_filled_where_there_is_one(peer, settings):
    sid = "HX" + "a" * 32
    settings.TWILIO_WHATSAPP_TEMPLATES = {"arriving.es": {"sid": sid, "variables": ["number", "expected_hour"]}}
    lucia = person(phone="+34600000001")
    parcel = shop.parcel(shop.order(lucia))
    tell(lucia, purpose="arriving", subject=parcel.public_id, at=MONDAY)

    run_due(at=MONDAY)

    [said] = peer.messages.values()
    assert (said["To"], said["ContentSid"], "Body" in said) == ("whatsapp:+34600000001", sid, False)
    assert json.loads(said["ContentVariables"]) == {"1": parcel.order.number, "2": "15:00"}
    attempt = Attempt.objects.get()
    assert "15:00" in attempt.text  # what she reads stands in the outbox all the same


@pytest.mark.parametrize(("to", "permanent"), [(INVALID, True), (SAID_STOP, True), (BUSY, False)])
def test_a_refusal_is_for_good_or_for_now(peer, to, permanent):
    with pytest.raises(TransportError) as refused:
        twilio.send(outgoing(to))

    assert refused.value.permanent == permanent
    assert to not in refused.value.code


@pytest.mark.parametrize("to", [BROKEN, SILENT])
def test_what_was_not_answered_is_unclear(peer, to):
    with pytest.raises(Unclear):
        twilio.send(outgoing(to))


def test_nobody_there_is_a_failure_for_now(peer, settings):
    settings.TWILIO_API_BASE = "http://127.0.0.1:9"

    with pytest.raises(TransportError) as refused:
        twilio.send(outgoing())

    assert not refused.value.permanent


@pytest.fixture
def sent(peer, db):
    """A message that Twilio took."""
    lucia = person(phone="+34600000001")
    parcel = shop.parcel(shop.order(lucia))
    tell(lucia, purpose="shipped", subject=parcel.public_id, at=MONDAY)
    run_due(at=MONDAY)
    return Attempt.objects.get()


def knock(url: str, body: bytes, headers: dict[str, str]) -> int:
    kind = headers.pop("Content-Type")
    answer = Client().post("/hooks/twilio/", body, content_type=kind, headers=headers)
    run_due(at=MONDAY + timedelta(minutes=1))
    return answer.status_code


class TestReports:
    def test_delivered_then_read_and_again(self, peer, sent):
        for status in ("sent", "delivered", "delivered", "read"):
            assert knock(*peer.report(sent.provider_id, status)) == 200

        sent.refresh_from_db()
        assert (sent.transport, sent.status) == ("twilio", "read")
        assert InboundEvent.objects.count() == 3

    def test_what_could_not_be_delivered_is_said_another_way_or_told_as_failed(self, peer, sent):
        knock(*peer.report(sent.provider_id, "undelivered", ErrorCode="30003"))

        sent.refresh_from_db()
        assert (sent.status, sent.error) == ("failed", "twilio 30003")
        assert Message.objects.get().status == "failed"

    def test_a_signature_that_does_not_fit_is_refused(self, peer, sent):
        url, body, headers = peer.report(sent.provider_id, "delivered")

        assert knock(url, body.replace(b"delivered", b"failed"), headers) == 400
        assert InboundEvent.objects.count() == 0

    def test_without_a_token_nobody_is_connected(self, peer, sent, settings):
        report = peer.report(sent.provider_id, "delivered")
        settings.TWILIO_AUTH_TOKEN = ""

        assert knock(*report) == 404

    def test_a_report_that_is_faster_than_our_own_commit_is_tried_again(self, peer, sent):
        sid = sent.provider_id
        Attempt.objects.update(provider_id="")

        knock(*peer.report(sid, "delivered"))

        assert InboundEvent.objects.get().status == "received"
