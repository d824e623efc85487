"""An answer that she did not wait for: sent after her once, with the way back, or the reason why not is kept."""

from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.customers.models import Person
from commerce.timeline.actors import Actor
from commerce.timeline.tasks import run_due
from notifications.conversations.receiving import Said, receive
from notifications.conversations.replying import reply
from notifications.mail import reply_addresses
from notifications.models import Attempt, Conversation, Message, Turn
from orders.cases import opening, working
from orders.cases.models import Case
from tests import factories
from tests.notifications import shop
from tests.notifications.test_chat import say
from tests.notifications.test_mail import mail, post

pytestmark = pytest.mark.django_db

ANA = Actor("staff", "7")


@pytest.fixture
def lucia() -> Person:
    return factories.person("Lucía", email="lucia@example.com", user=factories.User.objects.create_user("lucia"))


@pytest.fixture
def her(client: Client, lucia: Person) -> Client:
    client.force_login(lucia.user)
    return client


def answered(*texts: str) -> None:
    """What we said in the only talk."""
    for text in texts:
        reply(Conversation.objects.get(), text=text, by=ANA, at=clock.now())
    run_due(at=clock.now())


def later(minutes: int = 11) -> list[Attempt]:
    """The mails about it after a while."""
    clock.move(timedelta(minutes=minutes))
    run_due(at=clock.now())
    return list(Attempt.objects.filter(message__purpose="chat_unread").order_by("pk"))


def test_who_has_gone_gets_all_answers_in_one_mail_with_the_way_back(her: Client) -> None:
    say(her, "¿La tienen en azul?")
    answered("Sí, tres.", "¿Te guardo una?")
    assert later(5) == []

    (sent,) = later()

    assert sent.contact_point.value == "lucia@example.com"
    assert "Sí, tres.\n¿Te guardo una?" in sent.text
    assert "/chat/" in sent.text
    assert later(60) == [sent]
    answered("¿Sigues ahí?")
    assert "Sí, tres." not in later()[-1].text


def test_who_had_it_before_her_is_not_written_to(her: Client) -> None:
    say(her, "¿La tienen en azul?")
    answered("Sí, tres.")
    her.get("/chat/news/0/")

    assert later() == []
    assert not Message.objects.filter(purpose="chat_unread").exists()


def test_who_comes_back_just_before_it_leaves_keeps_the_reason(her: Client) -> None:
    say(her, "¿La tienen en azul?")
    answered("Sí, tres.")
    clock.move(timedelta(minutes=11))
    run_due(at=clock.now() - timedelta(minutes=2))
    talk = Conversation.objects.get()
    message = Message.objects.create(
        person=talk.person,
        purpose="chat_unread",
        subject=talk.public_id,
        phase="9",
        facts={"after": 0, "turn": talk.turns.latest("pk").pk},
        due_at=clock.now(),
        expires_at=clock.now() + timedelta(hours=1),
        created_at=clock.now(),
    )
    her.get("/chat/")

    assert later() == []
    assert not message.attempts.exists()


def test_nobody_known_behind_a_browser_leaves_a_stored_reason(client: Client) -> None:
    say(client, "Hola")
    answered("Hola, ¿en qué te ayudo?")

    assert later() == []
    (verdict,) = Message.objects.get(purpose="chat_unread").verdicts.all()
    assert (verdict.decision, [reason["why"] for reason in verdict.reasons]) == ("drop", ["no_address"])


def test_what_she_answers_to_that_mail_joins_the_case_that_the_talk_is_about(her: Client, lucia: Person) -> None:
    order = shop.order(lucia, at=clock.now() - timedelta(days=2))
    say(her, "Llegó roto")
    her.post("/chat/case/", {"order": order.public_id, "kind": "damaged"})
    answered("¿Puedes mandar una foto?")
    (sent,) = later()
    case = Case.objects.get()
    assert case.key in sent.title

    post(Client(), mail("Aquí está", to=reply_addresses.reply_to(sent.message.public_id)))
    run_due(at=clock.now())

    assert Turn.objects.get(text="Aquí está").about == case.public_id


def test_what_she_answers_to_an_answer_by_mail_joins_its_case_and_opens_it_again(lucia: Person) -> None:
    order = shop.order(lucia, at=clock.now() - timedelta(days=2))
    stamp = {"by": ANA, "channel": "call_center", "at": clock.now()}
    case = opening.open_case("damaged", person=lucia, order=order, **stamp)
    point = lucia.contact_points.get()
    first = Said("email", point.value, "Llegó roto", "m1", clock.now(), about=case.public_id)
    receive(first, contact_point=point, at=clock.now())
    answered("Te mandamos otro")
    working.close(case, outcome="solved", **stamp)
    ours = Message.objects.get(purpose="dm_reply")

    post(Client(), mail("No ha llegado", to=reply_addresses.reply_to(ours.public_id)))
    run_due(at=clock.now())

    case.refresh_from_db()
    assert (case.status, Turn.objects.get(text="No ha llegado").about) == ("open", case.public_id)
