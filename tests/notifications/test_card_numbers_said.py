"""A card number that somebody writes to us is kept nowhere, whichever door she comes through; and she is told."""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.customers import profile, tastes
from commerce.customers.logins import request_code
from commerce.customers.models import Person
from commerce.inbox.models import InboundEvent
from commerce.links import links
from commerce.timeline.actors import SYSTEM
from notifications.conversations.receiving import Said, receive
from notifications.conversations.replying import reply
from notifications.models import Attempt, Conversation, Survey, Turn
from orders.buyers import buyer_of
from orders.cases import working
from orders.cases.models import Case, Team
from orders.cases.opening import open_case
from orders.changes.holding import put_on_hold
from tests import factories
from tests.factories import MONDAY
from tests.inventory.test_pages import words
from tests.notifications import shop
from tests.notifications.test_chat import say
from tests.notifications.test_mail import mail, post, work
from tests.notifications.test_meta import body, message
from tests.notifications.test_meta import post as post_to_meta
from tests.orders.stripe.card_search import card_numbers, everything_stored

pytestmark = pytest.mark.django_db

CARD = "4242 4242 4242 4242"
HIDDEN = "•••• 4242"
TUESDAY = MONDAY + timedelta(days=1)
TOLD = "We saw a card number"


@pytest.fixture(autouse=True)
def searched(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """At the end of each test: no row and no line of a log holds one."""
    caplog.set_level(logging.DEBUG)
    yield
    assert card_numbers(everything_stored()) == []
    assert card_numbers(caplog.text) == []


def test_in_the_chat_she_is_told_once(client: Client) -> None:
    client.cookies["django_language"] = "en"
    for _ in range(2):
        say(client, f"charge it to {CARD} please")

    assert (
        list(Turn.objects.filter(side="person").values_list("text", flat=True)) == [f"charge it to {HIDDEN} please"] * 2
    )
    assert words(client.get("/chat/")).count(TOLD) == 1


def test_by_mail_neither_the_turn_nor_the_mail_itself_holds_it_and_she_is_answered(client: Client) -> None:
    written = mail(f"Mi tarjeta es {CARD}")
    written.replace_header("Subject", f"tarjeta {CARD}")
    written.set_content(f"Mi tarjeta es {CARD}", cte="base64")
    post(client, written)
    work()

    talk = Conversation.objects.get()
    assert (talk.title, talk.turns.first().text.strip()) == (f"tarjeta {HIDDEN}", f"Mi tarjeta es {HIDDEN}")
    event = InboundEvent.objects.get()
    assert (event.status, bytes(event.body)) == ("handled", b"")
    assert "los cuatro últimos dígitos" in Attempt.objects.get().text


def test_on_instagram(settings) -> None:
    settings.META_APP_SECRET = "app-secret"

    post_to_meta(body(message("m_1", text=f"mi tarjeta {CARD}")))
    work()

    assert Turn.objects.filter(side="person").get().text == f"mi tarjeta {HIDDEN}"
    assert bytes(InboundEvent.objects.get().body) == b""


def test_in_a_case_and_its_hand_over() -> None:
    lucia = factories.person("Lucía", email="lucia@example.com")
    by = {"by": SYSTEM, "at": clock.now()}
    case = open_case("billing", person=lucia, request=f"charged to {CARD}", channel="web", **by)
    working.hand_over(case, to=Team.STORE, reason=f"see {CARD}", channel="web", **by)

    assert Case.objects.get().request == f"charged to {HIDDEN}"
    assert case.handovers.get().reason == f"see {HIDDEN}"


def test_in_the_answer_to_the_survey(client: Client) -> None:
    lucia = factories.person("Lucía", email="lucia@example.com", language="en")
    order = shop.order(lucia)
    asked = Survey.objects.create(person=lucia, order=order, journey=order.journey, asked_at=clock.now())
    secret = links.create("survey", asked.public_id, lasts=timedelta(days=1), at=clock.now())

    done = client.post(f"/s/{secret}/", {"score": "2", "comment": f"why twice on {CARD}?"})

    assert TOLD in words(done)
    assert Survey.objects.get().comment == f"why twice on {HIDDEN}?"


@pytest.mark.parametrize(
    "write",
    [
        lambda her, how: tastes.note(her, kind="likes", value=CARD, source="said", entered_in="web", by=SYSTEM, **how),
        lambda her, how: profile.add_address(
            her, entered_in="web", recipient=CARD, street=CARD, postal_code="28013", city="Madrid", **how
        ),
        lambda her, how: buyer_of(
            shop.left_cart(None), email="eva@example.com", phone="", name=CARD, language="es", by=SYSTEM, **how
        ),
        lambda her, how: profile.change(her, fields={"given_name": CARD}, entered_in="web", **how),
        lambda her, how: request_code("eva@example.com", given_name=CARD, language="es", channel="web", **how),
        lambda her, how: put_on_hold(
            shop.order(her), kind="fraud", owner=CARD, due_at=TUESDAY, by=SYSTEM, channel="web", **how
        ),
        lambda her, how: reply(
            receive(
                Said("email", "eva@example.com", "Hola", "m1", MONDAY), contact_point=her.contact_points.get(), **how
            ).conversation,
            text=f"is it {CARD}?",
            by=SYSTEM,
            **how,
        ),
    ],
    ids=["taste", "address", "name", "her name", "name at a log-in", "who decides on a hold", "answer of ours"],
)  # fmt: skip
def test_in_whatever_else_has_room_for_words(write: Callable[[Person, dict], object]) -> None:
    write(factories.person("Lucía", email="lucia@example.com"), {"at": MONDAY})

    assert HIDDEN.split()[0] in everything_stored()
