"""Conversations and messages over the API: an agent reads, answers, and gives a code."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from commerce import clock
from commerce.promotions.models import Coupon
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from notifications.conversations.receiving import Said, receive
from notifications.models import Attempt, Conversation, Turn
from tests.factories import MONDAY, person, promotion, serving, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> User:
    return staff("agent")


@pytest.fixture
def agent(member: User) -> Client:
    client = Client()
    client.force_login(member)
    return client


def asked(address: str = "900001", text: str = "¿La tenéis en la 42?", mid: str = "m1") -> Conversation:
    return receive(Said("instagram", address, text, mid, MONDAY), at=MONDAY).conversation


def send(client: Client, path: str, body: dict, **headers: str):
    return client.post(path, body, content_type="application/json", headers=headers)


def test_an_agent_sees_who_is_waiting_and_what_was_said(agent):
    conversation = asked()

    (listed,) = agent.get("/api/v1/conversations/").json()["results"]
    whole = agent.get(f"/api/v1/conversations/{conversation.public_id}/").json()

    assert (listed["id"], listed["address"], listed["contact_channel"]) == (
        conversation.public_id,
        "900001",
        "instagram",
    )
    assert [(t["side"], t["text"]) for t in whole["turns"]] == [("person", "¿La tenéis en la 42?")]


def test_an_answer_leaves_over_the_same_network_and_stands_in_the_talk(agent):
    conversation = asked()

    answer = send(agent, f"/api/v1/conversations/{conversation.public_id}/reply/", {"text": "Sí, en Centro <3 & más."})
    run_due(at=clock.now())

    assert answer.status_code == 201
    attempt = Attempt.objects.get()
    assert (attempt.contact_channel, attempt.contact_point.value, attempt.text) == (
        "instagram",
        "900001",
        "Sí, en Centro <3 & más.",
    )
    assert list(Turn.objects.order_by("pk").values_list("side", "text")) == [
        ("person", "¿La tenéis en la 42?"),
        ("house", "Sí, en Centro <3 & más."),
    ]
    received, replied, sent = Entry.objects.filter(journey=conversation.journey).order_by("number")
    assert [received.type, replied.type, sent.type] == [
        "conversation.message_received",
        "conversation.replied",
        "message.sent",
    ]
    assert sent.cause == replied.pk


def test_an_answer_sent_twice_with_its_key_is_said_once(agent):
    path = f"/api/v1/conversations/{asked().public_id}/reply/"

    answers = [send(agent, path, {"text": "Sí"}, **{"Idempotency-Key": "k1"}).json() for _ in range(2)]

    assert answers[0] == answers[1]
    assert Turn.objects.filter(side="house").count() == 1


def test_a_code_is_hers_alone_works_once_and_is_on_the_journey_of_the_talk(agent):
    conversation = asked()
    ten = promotion(value=1000, needs_coupon=True)

    answer = send(
        agent,
        f"/api/v1/conversations/{conversation.public_id}/reply-with-code/",
        {"promotion": ten.pk, "text": "¡Hola! Un detalle para ti:"},
    )

    coupon = Coupon.objects.get()
    assert answer.status_code == 201
    assert answer.json()["code"] == coupon.code
    assert (coupon.person, coupon.journey, coupon.use_limit) == (conversation.person, conversation.journey, 1)
    turn = Turn.objects.get(side="house")
    assert turn.text.startswith(f"¡Hola! Un detalle para ti:\n\nTu código personal: {coupon.code} (−10 %).")
    assert Entry.objects.get(type="conversation.replied").data["coupon"] == coupon.pk


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("reply", {}, 400),
        ("reply", {"text": ""}, 400),
        ("reply", {"text": 7}, 400),
        ("reply", {"text": "x" * 2001}, 400),
        ("reply", {"text": "a\x00b"}, 400),
        ("reply", {"text": "hola", "by": "me"}, 400),
        ("reply-with-code", {"text": "hola"}, 400),
        ("reply-with-code", {"promotion": "1"}, 400),
        ("reply-with-code", {"promotion": 2**70}, 400),
        ("reply-with-code", {"promotion": 999_999}, 404),
    ],
)
def test_an_answer_that_says_nothing_or_too_much_is_refused(agent, path, body, status):
    conversation = asked()

    answer = send(agent, f"/api/v1/conversations/{conversation.public_id}/{path}/", body)

    assert answer.status_code == status
    assert Turn.objects.count() == 1


def test_messages_of_a_person_are_given_with_why_and_how_but_not_with_their_words(agent, member):
    conversation = asked()
    serving(member, conversation.person)
    send(agent, f"/api/v1/conversations/{conversation.public_id}/reply/", {"text": "Sí"})
    run_due(at=clock.now())

    (message,) = agent.get("/api/v1/messages/", {"person": conversation.person.public_id}).json()["results"]

    assert (message["purpose"], message["status"]) == ("dm_reply", "sent")
    assert [v["decision"] for v in message["verdicts"]] == ["send"]
    assert [a["status"] for a in message["attempts"]] == ["accepted"]
    assert "text" not in message["attempts"][0]


def test_lists_are_filtered_by_person_and_an_unknown_one_is_a_404(agent, member):
    asked()
    serving(member, other := person("Ana"))

    assert agent.get("/api/v1/conversations/", {"person": other.public_id}).json() == {"results": []}
    assert agent.get("/api/v1/conversations/", {"person": "nobody"}).status_code == 404
    assert agent.get("/api/v1/messages/", {"person": "a\x00"}).status_code == 400


def test_a_list_costs_as_many_statements_for_three_as_for_one(agent, member, django_assert_num_queries):
    for n in range(3):
        conversation = asked(address=f"90000{n}", mid=f"m{n}")
        serving(member, conversation.person)
        send(agent, f"/api/v1/conversations/{conversation.public_id}/reply/", {"text": "Sí"})
        run_due(at=clock.now())
        with django_assert_num_queries(5):
            agent.get("/api/v1/conversations/")
        with django_assert_num_queries(7):
            agent.get("/api/v1/messages/")


def test_shoppers_and_stores_have_no_business_here():
    conversation = asked()
    clerk = Client()
    clerk.force_login(staff("store"))

    for path in ("conversations/", f"conversations/{conversation.public_id}/", "messages/", "outbox/"):
        assert Client().get(f"/api/v1/{path}").status_code == 401
        assert clerk.get(f"/api/v1/{path}").status_code == 403
