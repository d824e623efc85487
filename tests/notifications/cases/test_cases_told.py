"""Cases as people meet them: opened in the chat or by a form, told at every step, read by everybody who helps."""

from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.customers.models import Person, Reading
from commerce.ids import public_id
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from commerce.timeline.tasks import run_due
from notifications.cases.offering import guess
from notifications.conversations.receiving import Said, receive
from notifications.conversations.replying import reply
from notifications.mail import reply_addresses
from notifications.messages import tell
from notifications.models import Attempt, Conversation, Message, Turn
from notifications.surveys import answer
from orders.cases import opening, working
from orders.cases.models import Case
from orders.models import Order
from tests import factories
from tests.inventory.test_pages import words
from tests.notifications import shop
from tests.notifications.test_chat import photo_file, say
from tests.notifications.test_mail import mail, post

pytestmark = pytest.mark.django_db

ANA = Actor("staff", "7")


@pytest.fixture
def lucia() -> Person:
    return factories.person("Lucía", email="lucia@example.com", user=factories.User.objects.create_user("lucia"))


@pytest.fixture
def order(lucia: Person) -> Order:
    return shop.order(lucia, at=clock.now() - timedelta(days=2))


@pytest.fixture
def her(client: Client, lucia: Person) -> Client:
    client.force_login(lucia.user)
    return client


@pytest.fixture
def agent() -> Client:
    factories.sales_channel("call_center", locations=(factories.warehouse(),))
    browser = Client()
    browser.force_login(factories.staff("agent"))
    return browser


@pytest.fixture
def case(order: Order, lucia: Person) -> Case:
    return open_one(order, lucia)


def open_one(order: Order, person: Person, kind: str = "damaged", **fields: object) -> Case:
    stamp = {"by": ANA, "channel": "call_center", "at": clock.now()}
    return opening.open_case(kind, person=person, order=order, request="Llegó roto", **(stamp | fields))


def told(case: Case) -> list[str]:
    """What she was told about a case, in the order in which it left."""
    run_due(at=clock.now())
    return list(Attempt.objects.filter(message__subject=case.public_id).order_by("pk").values_list("title", flat=True))


# in the chat


def test_who_says_that_it_came_broken_is_offered_her_order_and_needs_no_number(her: Client, order: Order) -> None:
    say(her, "Llegó roto")

    page = words(her.get("/chat/"))

    assert order.number in page
    assert "Abrir un caso" in page


def test_one_press_opens_the_case_with_her_words_and_pictures_and_its_key_stands_in_the_chat(
    her: Client, order: Order
) -> None:
    say(her, "Llegó roto", photos=(photo_file(),))

    her.post("/chat/case/", {"order": order.public_id, "kind": "damaged"})

    case = Case.objects.get()
    assert (case.order, case.request, case.photos.count()) == (order, "Llegó roto", 1)
    assert case.key in words(her.get("/chat/"))
    assert Entry.objects.filter(journey=order.journey, type="case.opened").exists()


def test_the_key_is_in_the_answer_to_the_press_at_the_same_instant_and_for_few_statements(
    her: Client, order: Order, django_assert_max_num_queries
) -> None:
    say(her, "Llegó roto")

    with django_assert_max_num_queries(90):
        page = words(her.post("/chat/case/", {"order": order.public_id, "kind": "damaged"}, follow=True))

    case = Case.objects.get()
    assert case.key in page
    assert Turn.objects.get(actor="system").said_at == case.opened_at


def test_pressing_twice_opens_one_case(her: Client, order: Order) -> None:
    say(her, "Llegó roto")
    for _ in range(2):
        her.post("/chat/case/", {"order": order.public_id, "kind": "damaged"})

    assert Case.objects.count() == 1


def test_nobody_opens_a_case_about_anothers_order(her: Client) -> None:
    iker = factories.person("Iker", email="iker@example.com")

    answered = her.post("/chat/case/", {"order": shop.order(iker).public_id, "kind": "damaged"})

    assert answered.status_code == 404
    assert not Case.objects.exists()


def test_what_she_says_next_joins_the_case_and_starts_the_clock(her: Client, order: Order) -> None:
    say(her, "Llegó roto")
    her.post("/chat/case/", {"order": order.public_id, "kind": "damaged"})
    say(her, "¿Cuándo vienen?")

    case = Case.objects.get()
    assert Turn.objects.filter(about=case.public_id, text="¿Cuándo vienen?").exists()
    assert case.answer_due is not None

    reply(Conversation.objects.get(), text="Mañana", by=ANA, at=clock.now())

    case.refresh_from_db()
    assert case.answer_due is None
    assert case.answered_at is not None


def test_what_she_says_on_any_network_joins_the_case_that_the_talk_is_about(case: Case) -> None:
    def written(number: int) -> Turn:
        return receive(Said("instagram", "lucia.p", "¿Y bien?", f"m{number}", clock.now()), at=clock.now())

    Turn.objects.filter(pk=written(1).pk).update(about=case.public_id)

    turn = written(2)

    case.refresh_from_db()
    assert (turn.about, case.answer_due is not None) == (case.public_id, True)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("La taza llegó rota", "damaged"),
        ("The cup is broken", "damaged"),
        ("No es lo que pedí", "wrong_item"),
        ("Falta una pieza", "missing_part"),
        ("Mi pedido no ha llegado", "not_received"),
        ("Me han cobrado dos veces", "billing"),
        ("Quiero poner una queja", "complaint"),
        ("¿Tienen la taza en azul?", None),
    ],
)
def test_what_is_wrong_is_guessed_from_her_words(text: str, kind: str | None) -> None:
    assert guess(text) == kind


# told at every step


def test_she_is_written_every_step_with_its_time(case: Case) -> None:
    assert told(case) == [f"Caso {case.key}: esto es lo que haremos"]

    text = Attempt.objects.get(message__subject=case.public_id).text
    for step in case.steps.filter(is_told=True):
        assert step.title_es in text
    for hidden in case.steps.filter(is_told=False):
        assert hidden.title_es not in text


def test_each_change_that_she_sees_is_told_once_and_no_other(case: Case) -> None:
    stamp = {"by": ANA, "channel": "call_center"}
    told(case)
    working.settle_step(case, 1, at=clock.now(), **stamp)
    working.settle_step(case, 5, at=clock.now(), **stamp)  # which she does not see
    working.move_step(case, 3, due_at=clock.now() + timedelta(days=4), at=clock.now(), **stamp)
    working.close(case, outcome="replaced", at=clock.now(), **stamp)

    titles = told(case)

    assert len(titles) == 4
    assert titles[-1] == f"Caso {case.key} cerrado"
    assert told(case) == titles


def test_a_person_whom_nothing_can_reach_has_the_reason_on_record(order: Order, lucia: Person) -> None:
    lucia.contact_points.all().update(verified_at=None)
    Order.objects.update(email=None, phone=None)
    case = open_one(Order.objects.get(), lucia)

    assert told(case) == []
    message = Message.objects.get(subject=case.public_id)
    assert message.status == "dropped"
    assert [reason["why"] for reason in message.verdicts.get().reasons] == ["no_address"]


def test_a_reply_to_any_mail_about_it_joins_the_case_and_opens_a_closed_one_again(client: Client, case: Case) -> None:
    told(case)
    working.close(case, outcome="solved", by=ANA, channel="call_center", at=clock.now())
    message = Message.objects.get(subject=case.public_id, purpose="case_opened")

    post(client, mail("Sigue sin llegar", to=reply_addresses.reply_to(message.public_id)))
    run_due(at=clock.now())

    case.refresh_from_db()
    assert case.status == "open"
    assert Turn.objects.get().about == case.public_id


def test_a_strangers_reply_opens_nothing_again(client: Client, case: Case) -> None:
    told(case)
    working.close(case, outcome="solved", by=ANA, channel="call_center", at=clock.now())
    message = Message.objects.get(subject=case.public_id, purpose="case_opened")

    post(client, mail("x", sender="eva@example.org", to=reply_addresses.reply_to(message.public_id)))
    run_due(at=clock.now())

    case.refresh_from_db()
    assert case.status == "closed"


def test_nobody_is_asked_how_it_was_while_a_case_is_open(order: Order, lucia: Person) -> None:
    open_one(order, lucia)
    survey = tell(lucia, purpose="survey", subject=order.public_id, journey=order.journey, at=clock.now())
    run_due(at=clock.now())
    survey.refresh_from_db()
    assert survey.status == "dropped"
    assert {"why": "case_open"} in survey.verdicts.get().reasons


def test_a_bad_answer_opens_a_case_with_its_words(order: Order, lucia: Person) -> None:
    survey = order.surveys.create(person=lucia, journey=order.journey, asked_at=clock.now())

    answer(survey, score=3, comment="Llegó tarde y roto", at=clock.now())
    answer(survey, score=2, comment="…", at=clock.now())

    case = Case.objects.get()
    assert (case.kind, case.order, case.request) == ("complaint", order, "Llegó tarde y roto")


def test_a_good_answer_opens_none(order: Order, lucia: Person) -> None:
    survey = order.surveys.create(person=lucia, journey=order.journey, asked_at=clock.now())

    answer(survey, score=9, comment="Bien", at=clock.now())

    assert not Case.objects.exists()


# pages


def test_the_form_ends_in_a_case_with_a_key_and_its_page(her: Client, order: Order) -> None:
    page = her.post(
        f"/cases/new/{order.public_id}/",
        {"kind": "wrong_item", "request": "No es mi taza", "photos": [photo_file()]},
        follow=True,
    )

    case = Case.objects.get()
    assert page.status_code == 200
    assert case.key in words(page)
    assert "No es mi taza" in words(page)
    picture = page.context["photo_base"] + case.photos.get().public_id + "/"
    assert Client().get(picture).status_code == 200


def test_the_form_refuses_what_is_empty_or_no_picture(her: Client, order: Order) -> None:
    address = f"/cases/new/{order.public_id}/"

    assert her.post(address, {"kind": "wrong_item", "request": ""}).status_code == 422
    assert her.post(address, {"kind": "nonsense", "request": "x"}).status_code == 422
    broken = photo_file()
    broken.file.seek(0)
    broken.file.truncate(20)
    refused = her.post(address, {"kind": "wrong_item", "request": "Son azules, no blancas", "photos": [broken]})

    assert refused.status_code == 422
    assert "Son azules, no blancas" in words(refused)
    assert 'value="wrong_item" selected' in refused.content.decode()
    assert not Case.objects.exists()


def test_a_case_is_shown_to_her_and_to_nobody_else(her: Client, case: Case) -> None:
    other = Client()
    other.force_login(factories.person("Iker", user=factories.User.objects.create_user("iker")).user)

    assert her.get(f"/cases/{case.public_id}/").status_code == 200
    assert other.get(f"/cases/{case.public_id}/").status_code == 404
    assert Client().get(f"/cases/{case.public_id}/").status_code in (302, 403, 404)
    assert Client().get(f"/case/{public_id()}/").status_code == 404


def test_who_helps_sees_the_request_the_talk_and_the_state_first_and_that_is_written_down(
    agent: Client, case: Case
) -> None:
    page = words(agent.get(f"/staff/cases/{case.public_id}/"))

    assert page.index("Lo que se pidió primero") < page.index("Lo que se ha dicho") < page.index("Cómo está")
    assert "Llegó roto" in page
    assert Reading.objects.filter(person=case.person).exists()


def test_an_agent_takes_a_case_to_its_end(agent: Client, case: Case) -> None:
    address = f"/staff/cases/{case.public_id}/"
    agent.post(address + "step/", {"ordinal": 1, "status": "done"})
    agent.post(address + "step/", {"ordinal": 3, "status": "moved", "due_at": "2026-12-01T10:00"})
    agent.post(address + "hand-over/", {"to": "store", "reason": "Está más cerca"})
    agent.post(address + "close/", {"outcome": "solved"})

    case.refresh_from_db()
    assert (case.status, case.team) == ("closed", "store")
    assert agent.get("/staff/cases/").status_code == 200
    assert agent.post(address + "nonsense/").status_code == 404


def test_a_step_that_is_moved_needs_its_time(agent: Client, case: Case) -> None:
    before = case.steps.get(ordinal=3).due_at

    agent.post(f"/staff/cases/{case.public_id}/step/", {"ordinal": 3, "status": "moved"})

    assert case.steps.get(ordinal=3).due_at == before


def test_a_store_sees_the_cases_of_its_own_place_only(case: Case) -> None:
    near, far = Client(), Client()
    near.force_login(factories.staff("store", factories.location("centro")))
    far.force_login(factories.staff("store", factories.location("norte")))
    Case.objects.update(location=factories.location("centro"))

    assert near.get(f"/staff/cases/{case.public_id}/").status_code == 200
    assert far.get(f"/staff/cases/{case.public_id}/").status_code == 404
    assert far.post(f"/staff/cases/{case.public_id}/close/", {"outcome": "solved"}).status_code == 404
    assert case.key not in words(far.get("/staff/cases/"))


def test_an_agent_opens_a_case_for_who_is_on_the_phone(agent: Client, order: Order, lucia: Person) -> None:
    agent.post(f"/desk/{lucia.public_id}/gate/", {"proof": order.number, "reason": "complaint"})

    agent.post(
        f"/desk/{lucia.public_id}/cases/",
        {"kind": "late", "order": order.public_id, "request": "Dice que no llega"},
    )

    assert (Case.objects.get().kind, Case.objects.get().opened_in) == ("late", "call_center")


def test_a_case_that_was_told_in_a_form_is_answered_by_mail_and_her_answer_joins_it(agent: Client, case: Case) -> None:
    agent.post(f"/staff/cases/{case.public_id}/answer/", {"text": "Mañana le llamamos"})
    run_due(at=clock.now())

    case.refresh_from_db()
    letter = Attempt.objects.get(message__purpose="dm_reply")
    assert case.answered_at is not None
    assert (letter.contact_point.value, letter.text.strip()[:18]) == ("lucia@example.com", "Mañana le llamamos")
    back = {"sender": "lucia@example.com", "to": reply_addresses.reply_to(letter.message.public_id)}
    assert post(Client(), mail("Gracias", **back)).status_code == 200
    run_due(at=clock.now())
    assert Turn.objects.get(text="Gracias").about == case.public_id


def test_who_cannot_be_written_to_is_not_answered_in_silence(agent: Client, case: Case) -> None:
    case.person.contact_points.all().update(verified_at=None)
    Case.objects.update(contact_point=None)

    agent.post(f"/staff/cases/{case.public_id}/answer/", {"text": "Mañana le llamamos"})

    case.refresh_from_db()
    assert case.answered_at is None
    assert "Llámala" in words(agent.get(f"/staff/cases/{case.public_id}/"))


def test_she_reads_the_story_of_her_case_without_what_is_only_ours(her: Client, case: Case) -> None:
    stamp = {"by": ANA, "channel": "call_center", "at": clock.now()}
    hidden = case.steps.get(is_told=False)
    working.settle_step(case, 1, **stamp)
    working.settle_step(case, hidden.ordinal, **stamp)
    working.hand_over(case, to="store", reason="Está más cerca", **stamp)

    story = [entry.type for entry, _ in her.get(f"/cases/{case.public_id}/").context["story"]]

    assert story == ["case.opened", "case.step_done"]
