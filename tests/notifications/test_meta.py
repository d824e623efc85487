"""Meta's webhook: signed, stored once, and everything in it that somebody said becomes a turn of a conversation."""

import hashlib
import hmac
import json
import random

import pytest
from django.test import Client

from commerce.customers.models import ContactPoint, Person
from commerce.inbox.models import InboundEvent
from commerce.timeline.models import Entry, Task
from commerce.timeline.tasks import run_due
from notifications.models import Conversation, Turn
from tests.factories import MONDAY

pytestmark = pytest.mark.django_db

SAID_AT = 1_779_000_000_000


@pytest.fixture(autouse=True)
def secrets(settings):
    settings.META_APP_SECRET = "app-secret"
    settings.META_VERIFY_TOKEN = "verify-token"


def message(mid: str, text: str = "¿La tenéis en la 42?", *, sender: str = "900001", **more: object) -> dict:
    return {
        "sender": {"id": sender},
        "recipient": {"id": "17841400000000000"},
        "timestamp": SAID_AT,
        "message": {"mid": mid, "text": text} | more,
    }


def body(*messages: dict, network: str = "instagram") -> bytes:
    return json.dumps(
        {"object": network, "entry": [{"id": "1", "time": SAID_AT, "messaging": list(messages)}]}
    ).encode()


def post(raw: bytes, *, signature: str | None = None):
    signed = "sha256=" + hmac.new(b"app-secret", raw, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": signed if signature is None else signature}
    return Client().post("/hooks/meta/", raw, content_type="application/json", headers=headers)


def test_a_word_of_somebody_new_opens_a_person_a_conversation_and_a_journey():
    answer = post(body(message("m_1")))
    run_due(at=MONDAY)

    assert (answer.status_code, answer.json()) == (200, {"status": "received"})
    person = Person.objects.get()
    assert list(person.contact_points.values_list("kind", "value", "verified_how")) == [
        ("instagram", "900001", "network")
    ]
    turn = Turn.objects.select_related("conversation").get()
    assert (turn.text, turn.conversation.person, turn.conversation.contact_channel) == (
        "¿La tenéis en la 42?",
        person,
        "instagram",
    )
    entry = Entry.objects.get()
    assert (entry.type, entry.channel, entry.actor, entry.data) == (
        "conversation.message_received",
        "instagram",
        f"person:{person.public_id}",
        {"conversation": turn.conversation.public_id, "turn": turn.pk},
    )


def test_a_second_word_goes_on_in_the_same_conversation():
    post(body(message("m_1")))
    post(body(message("m_2", "¿Y en azul?")))
    run_due(at=MONDAY)

    assert Conversation.objects.count() == 1
    assert list(Turn.objects.order_by("pk").values_list("text", flat=True)) == ["¿La tenéis en la 42?", "¿Y en azul?"]


def test_messenger_and_instagram_are_two_networks():
    post(body(message("m_1", sender="7")))
    post(body(message("m_1", sender="7"), network="page"))
    run_due(at=MONDAY)

    assert sorted(ContactPoint.objects.values_list("kind", flat=True)) == ["instagram", "messenger"]
    assert Turn.objects.count() == 2


def test_several_messages_in_one_body_are_all_taken():
    post(body(message("m_1"), message("m_2", sender="900002"), message("m_3")))
    run_due(at=MONDAY)

    assert (Turn.objects.count(), Person.objects.count()) == (3, 2)


def test_five_deliveries_of_each_in_any_order_and_grouping_are_one_turn_each():
    single = [body(message(f"m_{n}", f"mensaje {n}", sender=f"90000{n % 3}")) for n in range(6)]
    grouped = [
        body(*(message(f"m_{n}", f"mensaje {n}", sender=f"90000{n % 3}") for n in pair)) for pair in ((0, 3), (5, 1))
    ]
    deliveries = (single + grouped) * 5
    random.Random(7).shuffle(deliveries)

    answers = [post(raw).status_code for raw in deliveries]
    run_due(at=MONDAY)

    assert set(answers) == {200}
    assert InboundEvent.objects.count() == 8
    assert sorted(Turn.objects.values_list("text", flat=True)) == [f"mensaje {n}" for n in range(6)]
    assert Conversation.objects.count() == 3
    assert set(InboundEvent.objects.values_list("status", flat=True)) <= {"handled", "ignored"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (message("m_1", is_echo=True), "an echo of what we said"),
        (message("m_1", is_deleted=True), "taken back by who said it"),
        (message("m_1", "  "), "a message without content"),
        (message("", "hola"), "without a sender or an id"),
        (message("m_1", sender=""), "without a sender or an id"),
        (message("m_1", sender=7), "without a sender or an id"),
        (message("m_1", sender="x" * 200), "without a sender or an id"),
        ({"sender": {"id": "1"}, "read": {"watermark": 1}}, "no message in it"),
        ({"message": "text"}, "no message in it"),
        ({}, "no message in it"),
    ],
)
def test_what_nobody_said_is_ignored_with_a_reason(content, reason):
    post(body(content))
    run_due(at=MONDAY)

    assert list(InboundEvent.objects.values_list("status", "reason")) == [("ignored", reason)]
    assert not Turn.objects.exists()
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    "strange",
    [
        {"object": "whatsapp_business_account", "entry": []},
        {"object": None},
        {"object": ["instagram"]},
        {},
        {"object": "instagram", "entry": {"messaging": 1}},
        {"object": "instagram", "entry": [1, None, {"messaging": "x"}, {"messaging": [[]]}]},
    ],
)
def test_objects_that_mean_nothing_to_us_are_ignored(strange):
    post(json.dumps(strange).encode())
    run_due(at=MONDAY)

    assert [event.status for event in InboundEvent.objects.all()] == ["ignored"]
    assert Task.objects.get().status == "done"


def test_a_picture_is_written_down_as_one():
    content = message("m_1", attachments=[{"type": "image", "payload": {"url": "https://cdn.example/1.jpg"}}])
    del content["message"]["text"]

    post(body(content))
    run_due(at=MONDAY)

    assert Turn.objects.get().text == "[image]"


def test_a_text_that_postgresql_cannot_hold_is_cleaned_not_refused():
    post(body(message("m_1", "antes\x00después" + "ñ" * 20_000)))
    run_due(at=MONDAY)

    text = Turn.objects.get().text
    assert (text[:12], len(text)) == ("antesdespués", 10_000)


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=" + "0" * 64, "sha1=abc", "sha256=ñ", "garbage"])
def test_a_wrong_or_missing_signature_is_refused_and_nothing_stored(signature):
    answer = post(body(message("m_1")), signature=signature)

    assert (answer.status_code, answer.json()["code"]) == (400, "signature_invalid")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not InboundEvent.objects.exists()


def test_a_signature_over_another_body_is_refused():
    raw = body(message("m_1"))
    signature = "sha256=" + hmac.new(b"app-secret", raw, hashlib.sha256).hexdigest()

    assert post(raw + b" ", signature=signature).status_code == 400


def test_without_a_secret_nothing_is_believed(settings):
    settings.META_APP_SECRET = ""
    raw = body(message("m_1"))

    answer = post(raw, signature="sha256=" + hmac.new(b"", raw, hashlib.sha256).hexdigest())

    assert (answer.status_code, answer.json()["code"]) == (404, "not_connected")


def test_while_a_secret_is_replaced_both_are_good(settings):
    settings.META_APP_SECRET = "new-secret,app-secret"

    assert post(body(message("m_1"))).status_code == 200


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"a": "\\ud800"}', b"[" * 100_000, b"1" * 5000]
)
def test_signed_nonsense_is_a_clear_400(raw):
    answer = post(raw)

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert not InboundEvent.objects.exists()


def test_a_body_over_the_limit_is_refused(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    answer = post(body(message("m_1", "x" * 2000)))

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_the_handshake_gives_back_the_challenge():
    query = {"hub.mode": "subscribe", "hub.verify_token": "verify-token", "hub.challenge": "1158201444"}

    answer = Client().get("/hooks/meta/", query)

    assert (answer.status_code, answer.content) == (200, b"1158201444")
    assert Client().get("/hooks/meta/", query | {"hub.verify_token": "guess"}).status_code == 403
    assert Client().get("/hooks/meta/").status_code == 400


def test_other_methods_and_providers_find_nothing():
    assert Client().put("/hooks/meta/", b"{}").status_code == 405
    assert Client().post("/hooks/nobody/", b"{}", content_type="application/json").status_code == 404


def test_a_delivery_costs_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        post(body(message("m_1")))
