"""Two levels of disclosure at every door of the staff, and every look written down."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import get_resolver, reverse

from commerce import clock
from commerce.customers import serving
from commerce.customers.models import ContactPoint, Person, Reading, Serving
from commerce.rest.doors import DOORS
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from notifications.conversations.receiving import Said, receive
from notifications.gate import OPEN_DOORS
from notifications.models import Conversation
from tests import factories
from tests.factories import LONG_AGO
from tests.inventory.test_pages import words
from tests.notifications.shop import order, pickup

pytestmark = pytest.mark.django_db


@pytest.fixture
def lucia() -> Person:
    return factories.person("Lucía", family_name="Prado", email="lucia@example.com", phone="+34621000101")


@pytest.fixture
def agent(client: Client) -> Client:
    factories.sales_channel("call_center", locations=(factories.location(),))
    client.force_login(factories.staff("agent", username="agente"))
    return client


def gate_of(person: Person) -> str:
    return f"/desk/{person.public_id}/gate/"


def test_an_email_alone_tells_when_it_is_ready_and_not_even_a_name(agent: Client, lucia: Person) -> None:
    ready = pickup(order(lucia))

    found = agent.post("/desk/", {"q": "lucia@example.com"}, follow=True)
    page = words(found)

    assert found.redirect_chain[-1][0] == gate_of(lucia)
    assert "Está listo" in page
    hidden = (
        "Lucía",
        "Prado",
        "lucia@example.com",
        "621000101",
        ready.order.number,
        "Taza",
        ready.pickup_code,
        "25,98",
    )
    assert [word for word in hidden if word in found.content.decode().replace('value="lucia@example.com"', "")] == []
    assert list(Reading.objects.values_list("person", "what")) == [(lucia.pk, "ready_time")]


def test_of_several_who_gave_a_number_no_name_is_told(agent: Client, lucia: Person) -> None:
    ContactPoint.objects.create(
        person=factories.person("Xiomara"), kind="phone", value="+34621000101", created_at=LONG_AGO
    )

    page = words(agent.post("/desk/", {"q": "621 000 101"}))

    assert "2 personas encontradas" in page
    assert "Lucía" not in page
    assert "Xiomara" not in page


@pytest.mark.parametrize("proof", ["number", "code"])
def test_the_number_of_an_order_or_a_pickup_code_opens_the_rest_with_both_ids_in_the_audit(
    agent: Client, lucia: Person, proof: str
) -> None:
    said = {"number": order(lucia).number, "code": pickup(order(lucia)).pickup_code.lower()}[proof]

    opened = agent.post(gate_of(lucia), {"proof": said, "reason": "complaint"}, follow=True)

    page = words(opened)
    assert "Actúas por Lucía Prado" in page
    told = Entry.objects.get(type="serving.begun")
    member = User.objects.get(username="agente").staff_member
    assert told.actor == f"staff:{member.pk}"
    assert told.data == {"person": lucia.public_id, "proof": proof, "reason": "complaint"}


@pytest.mark.parametrize(
    "said",
    [{"proof": "", "reason": "order"}, {"proof": "A-0", "reason": "order"}, {"proof": "-", "reason": "order"}],
)
def test_what_proves_nothing_opens_nothing(agent: Client, lucia: Person, said: dict[str, str]) -> None:
    pickup(order(lucia), status="allocated")

    agent.post(gate_of(lucia), said)

    assert not Serving.objects.exists()


def test_the_number_of_somebody_elses_order_opens_nothing(agent: Client, lucia: Person) -> None:
    number = order(factories.person("Eva")).number

    agent.post(gate_of(lucia), {"proof": number, "reason": "order"})

    assert not Serving.objects.exists()


def test_no_reason_no_opening(agent: Client, lucia: Person) -> None:
    number = order(lucia).number

    for reason in ("", "curiosity"):
        agent.post(gate_of(lucia), {"proof": number, "reason": reason})

    assert not Serving.objects.exists()


def test_second_facts_are_not_guessed(agent: Client, lucia: Person) -> None:
    answers = [agent.post(gate_of(lucia), {"proof": f"A-{n}", "reason": "order"}) for n in range(12)]
    number = order(lucia).number
    agent.post(gate_of(lucia), {"proof": number, "reason": "order"})

    assert len(answers) == 12
    assert not Serving.objects.exists()


def test_every_door_of_a_person_at_the_desk_leads_to_the_gate(agent: Client, lucia: Person) -> None:
    names = [
        pattern.name
        for room in get_resolver().url_patterns
        for pattern in getattr(room, "url_patterns", ())
        if str(pattern.pattern).startswith("desk/<public_id") and pattern.name not in OPEN_DOORS
    ]
    agent.force_login(factories.staff("back_office"))

    answers = {}
    for name in names:
        for method in DOORS[name]:
            values = {"public_id": lucia.public_id, "what": "set", "number": "1", "after": "1"}
            wanted = next(iter(get_resolver().reverse_dict.getlist(name)))[0][0][1]
            path = reverse(name, kwargs={key: values.get(key, lucia.public_id) for key in wanted})
            answers[name, method] = agent.generic(method, path).headers.get("Location")

    assert len(names) >= 5
    assert set(answers.values()) == {gate_of(lucia)}
    assert not Reading.objects.exists()


def wrote(lucia: Person, *, ago: timedelta = timedelta()) -> Conversation:
    """A talk that she began on WhatsApp, from a number that is hers."""
    ContactPoint.objects.create(
        person=lucia, kind="whatsapp", value="+34621000101", verified_at=LONG_AGO, created_at=LONG_AGO
    )
    at = clock.now() - ago
    return receive(Said("whatsapp", "34621000101", "¿Hola?", "wamid.7", at), at=at).conversation


def test_who_writes_from_her_own_address_is_opened_where_her_talk_is_answered(agent: Client, lucia: Person) -> None:
    talk = wrote(lucia, ago=timedelta(hours=3))

    page = agent.get(f"/desk/talks/{talk.public_id}/", follow=True)

    assert page.redirect_chain == [(f"/desk/{lucia.public_id}/", 302)]
    assert f"/desk/talks/{talk.public_id}/" in agent.get("/desk/").content.decode()
    assert Serving.objects.get().proof == "talk"


def test_who_phones_with_her_email_while_she_writes_is_asked_for_a_second_fact(agent: Client, lucia: Person) -> None:
    wrote(lucia)

    page = agent.post("/desk/", {"q": "lucia@example.com"}, follow=True)

    assert page.redirect_chain[-1][0] == gate_of(lucia)
    assert not Serving.objects.exists()


@pytest.mark.parametrize("over", ["ended", "a day old"])
def test_a_talk_that_is_over_opens_nothing(agent: Client, lucia: Person, over: str) -> None:
    talk = wrote(lucia, ago=timedelta(hours=25 if over == "a day old" else 0))
    if over == "ended":
        Conversation.objects.update(is_open=False)

    page = agent.get(f"/desk/talks/{talk.public_id}/", follow=True)

    assert page.redirect_chain[-1][0] == gate_of(lucia)


def test_when_the_agent_is_done_the_page_is_closed(agent: Client, lucia: Person) -> None:
    agent.post(gate_of(lucia), {"proof": order(lucia).number, "reason": "order"})

    agent.post(f"/desk/{lucia.public_id}/done/")

    assert agent.get(f"/desk/{lucia.public_id}/").headers["Location"] == gate_of(lucia)
    assert Entry.objects.filter(type="serving.ended").count() == 1


def test_leave_for_one_agent_is_no_leave_for_another_and_ends_with_its_hour(lucia: Person) -> None:
    at, ana, eva = clock.now(), Actor("staff", "1"), Actor("staff", "2")
    serving.begin(lucia, proof="number", reason="order", by=ana, channel="call_center", at=at)

    assert serving.current(lucia, by=ana, at=at)
    assert serving.current(lucia, by=eva, at=at) is None
    assert serving.current(lucia, by=ana, at=at + serving.LASTS) is None


def test_the_back_office_opens_without_a_second_fact_and_that_is_written_down(client: Client, lucia: Person) -> None:
    client.force_login(factories.staff("back_office"))

    client.post(gate_of(lucia), {"proof": "", "reason": "request"})

    assert Serving.objects.get().proof == "none"
    assert Reading.objects.filter(what="opened: none").exists()


def test_no_door_lets_staff_change_how_she_logs_in_or_what_she_agreed_to() -> None:
    staff = {"back_office", "store", "warehouse", "agent"}
    hers = ("api-me", "api-me-addresses", "api-me-address", "api-me-consents", "account-change", "account-consents")
    hers += ("api-me-cards", "api-me-card", "account-cards", "account-card", "account-card-page")
    hers += ("api-me-tastes", "api-me-taste", "account-tastes")

    assert {name: set().union(*DOORS[name].values()) & staff for name in hers} == {name: set() for name in hers}


def test_the_look_up_takes_no_address_in_a_url(agent: Client, lucia: Person) -> None:
    assert agent.get("/api/v1/lookup/", {"email": "lucia@example.com"}).status_code == 405
    assert agent.get("/desk/", {"q": "lucia@example.com"}).context["found"] == []
