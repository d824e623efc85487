"""Who of the staff reads what we wrote: of whom she acts for, and never the key to an account."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from commerce import clock
from commerce.customers.logins import code_of
from commerce.customers.models import LoginCode, Person, Reading
from commerce.timeline.tasks import run_due
from notifications.messages import tell
from notifications.models import Attempt
from tests import factories
from tests.factories import MONDAY
from tests.notifications.shop import order

pytestmark = pytest.mark.django_db

DOOR = "/api/v1/outbox/"


@pytest.fixture
def lucia() -> Person:
    return factories.person("Lucía", email="lucia@example.com", user=User.objects.create_user("lucia"))


@pytest.fixture
def agent(client: Client) -> Client:
    client.force_login(factories.staff("agent", username="agente"))
    return client


@pytest.fixture
def office() -> Client:
    client = Client()
    client.force_login(factories.staff("back_office"))
    return client


def confirmed(person: Person) -> Attempt:
    """The mail that confirms an order of hers."""
    bought = order(person)
    tell(person, purpose="order_confirmation", subject=bought.public_id, journey=bought.journey, at=MONDAY)
    run_due(at=MONDAY)
    return Attempt.objects.get(message__subject=bought.public_id)


def a_code_was_sent(email: str) -> str:
    """The log-in code that somebody asked for in a browser of her own."""
    Client().post("/login/", {"email": email})
    run_due(at=clock.now())
    return code_of(LoginCode.objects.get())


def looked_for(caller: Client, **wanted: str) -> list[dict[str, str]]:
    answer = caller.post(DOOR, wanted, content_type="application/json")
    assert answer.status_code == 200
    return answer.json()["results"]


def doors_of(mail: Attempt) -> list[str]:
    return [f"/outbox/{mail.public_id}/", f"/outbox/{mail.public_id}/mail/"]


def test_who_knows_her_email_alone_reads_none_of_her_messages(agent: Client, lucia: Person) -> None:
    mail = confirmed(lucia)

    pages = [agent.get("/outbox/").content, agent.post("/outbox/", {"to": "lucia@example.com"}).content]

    assert [mail.message.subject.encode() in page or mail.title.encode() in page for page in pages] == [False, False]
    assert looked_for(agent, to="lucia@example.com") == []
    assert agent.get(DOOR).json() == {"results": []}
    assert [agent.get(door).status_code for door in doors_of(mail)] == [404, 404]
    assert agent.post(f"/outbox/{mail.public_id}/report/", {"status": "failed"}).status_code == 404
    assert not Reading.objects.exists()


def test_who_acts_for_her_reads_hers_and_nobody_elses_and_it_is_written_down(agent: Client, lucia: Person) -> None:
    mail, other = confirmed(lucia), confirmed(factories.person("Eva", email="eva@example.com"))

    factories.serving(User.objects.get(username="agente"), lucia)

    assert [one["id"] for one in looked_for(agent, to="LUCIA@example.com", purpose="order_confirmation")] == [
        mail.public_id
    ]
    assert [one["id"] for one in agent.get(DOOR).json()["results"]] == [mail.public_id]
    assert [agent.get(door).status_code for door in doors_of(mail)] == [200, 200]
    assert [agent.get(door).status_code for door in doors_of(other)] == [404, 404]
    assert set(Reading.objects.values_list("person", flat=True)) == {lucia.pk}


def test_nobody_of_the_staff_reads_a_log_in_code(agent: Client, office: Client, lucia: Person, settings) -> None:
    settings.LOGIN_CODES_IN_OUTBOX = False
    code = a_code_was_sent("lucia@example.com")
    sent = Attempt.objects.get(message__purpose="login_code")
    factories.serving(User.objects.get(username="agente"), lucia)

    assert code in sent.text.replace(" ", "")
    for caller in (agent, office):
        assert looked_for(caller, to="lucia@example.com") == []
        assert [caller.get(door).status_code for door in doors_of(sent)] == [404, 404]


def test_a_shop_for_practice_shows_its_codes_to_the_back_office_alone(
    agent: Client, office: Client, lucia: Person, settings
) -> None:
    settings.LOGIN_CODES_IN_OUTBOX = True
    code = a_code_was_sent("lucia@example.com")
    factories.serving(User.objects.get(username="agente"), lucia)

    assert looked_for(agent, to="lucia@example.com") == []
    [said] = looked_for(office, to="lucia@example.com")
    assert code in said["text"].replace(" ", "")


def test_an_address_stands_in_no_address_bar(office: Client, lucia: Person) -> None:
    confirmed(lucia)

    assert office.get(DOOR, {"to": "lucia@example.com"}).status_code == 400
    assert b"?to=" not in office.post("/outbox/", {"to": "lucia@example.com"}).content
