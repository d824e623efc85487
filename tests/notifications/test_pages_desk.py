"""The agent's desk: found in two clicks, everything in one window."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from commerce import clock
from commerce.carts import edits
from commerce.carts.models import Cart, CartLine
from commerce.channels.models import SalesChannel
from commerce.customers.models import ContactPoint, Person, Reading
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from commerce.timeline.record import open_journey
from notifications.dossier import dossier, search
from notifications.messages import tell
from notifications.models import Conversation, Message, Turn
from orders.models import Order
from tests import factories
from tests.factories import MONDAY
from tests.inventory.test_pages import words
from tests.notifications.shop import order, pickup

pytestmark = pytest.mark.django_db


@pytest.fixture
def lucia() -> Person:
    return factories.person("Lucía", family_name="Prado Sanz", email="lucia@example.com", phone="+34600000001")


@pytest.fixture
def centro():
    return factories.location("centro", name="Centro")


@pytest.fixture
def web(centro):
    factories.sales_channel("call_center", locations=(factories.warehouse(), centro))
    return factories.sales_channel(locations=(factories.warehouse(), centro))


@pytest.fixture
def agent(client: Client, web) -> Client:
    client.force_login(factories.staff("agent", username="agente"))
    return client


@pytest.fixture
def served(agent: Client, lucia: Person) -> Client:
    """The agent, who has heard from her the number of an order of hers."""
    factories.serving(User.objects.get(username="agente"), lucia)
    return agent


def cart_of(person: Person, web, *lines) -> Cart:
    by = Actor("person", person.public_id)
    return edits.open_cart(sales_channel=web, person=person, lines=lines, by=by, at=clock.now())


def talk_with(person: Person, *said: str) -> Conversation:
    point = ContactPoint.objects.create(person=person, kind="instagram", value="lucia.p", created_at=MONDAY)
    talk = Conversation.objects.create(
        person=person,
        journey=open_journey(at=MONDAY),
        contact_channel="instagram",
        contact_point=point,
        started_at=MONDAY,
        last_turn_at=MONDAY,
    )
    for text in said:
        Turn.objects.create(
            conversation=talk, side="person", text=text, actor="person", said_at=MONDAY, recorded_at=MONDAY
        )
    return talk


@pytest.mark.parametrize(
    "asked", ["lucia@example.com", "LUCIA@example.com ", "600 000 001", "+34600000001", "lucía prado"]
)
def test_a_person_is_found_by_email_phone_and_name_and_opened_at_once(agent: Client, lucia: Person, asked: str) -> None:
    response = agent.post("/desk/", {"q": asked})

    assert response.headers["Location"] == f"/desk/{lucia.public_id}/"


def test_a_person_is_found_by_the_number_of_her_order(lucia: Person) -> None:
    number = order(lucia).number

    found = search(number)

    assert found == [lucia]


def test_of_several_people_the_agent_chooses(agent: Client, lucia: Person) -> None:
    factories.person("Lucía", family_name="Gil")

    page = words(agent.post("/desk/", {"q": "lucía"}))

    assert "2 personas encontradas" in page


@pytest.mark.parametrize("asked", ["nobody@example.com", "%", "'; --", "x" * 500])
def test_somebody_unknown_is_said_to_be_unknown(agent: Client, asked: str) -> None:
    response = agent.post("/desk/", {"q": asked})

    assert "No conocemos a nadie así" in words(response)


def test_reading_about_a_person_is_written_down(served: Client, lucia: Person) -> None:
    served.get(f"/desk/{lucia.public_id}/")

    reading = Reading.objects.get()
    assert (reading.person, reading.what, reading.actor.partition(":")[0]) == (lucia, "desk", "staff")


def test_the_window_shows_the_union_of_all_her_journeys(lucia: Person, web) -> None:
    cart = cart_of(lucia, web, (factories.variant(), 2))
    talk = talk_with(lucia, "¿Tenéis la taza?")
    tell(lucia, purpose="dm_reply", subject=talk.public_id, facts={}, journey=talk.journey, at=MONDAY)

    known = dossier(lucia)

    assert known.cart == cart
    assert [entry.type for entry in known.entries] == ["cart.edited", "cart.opened"]
    assert [len(c.turns.all()) for c in known.conversations] == [1]
    assert len(known.messages) == 1


def test_an_agent_goes_on_with_her_cart(served: Client, lucia: Person, web) -> None:
    mug, plate = factories.variant(), factories.variant()
    cart_of(lucia, web, (mug, 1))

    served.post(f"/desk/{lucia.public_id}/cart/add/", {"sku": plate.sku, "quantity": "1"})
    served.post(f"/desk/{lucia.public_id}/cart/set/", {"sku": mug.sku, "quantity": "1", "step": "1", "version": "2"})

    assert list(CartLine.objects.order_by("pk").values_list("variant", "quantity")) == [(mug.pk, 2), (plate.pk, 1)]
    assert set(Entry.objects.filter(type="cart.edited").values_list("channel", flat=True)) == {"web", "call_center"}


def test_an_agent_orders_on_her_behalf_at_the_price_of_her_cart(served: Client, lucia: Person, web, centro) -> None:
    mug = factories.variant(price=1000)
    factories.stock(mug, centro, on_hand=1)
    cart_of(lucia, web, (mug, 1))

    served.post(
        f"/desk/{lucia.public_id}/checkout/",
        {
            "way": "centro",
            "tender": "manual",
            "email": "lucia@example.com",
            "version": 1,
            "expected_pickup": 1000,
            "expected_delivery": 1000,
        },
    )

    placed = Order.objects.get()
    assert (placed.status, placed.person, placed.sales_channel.code) == ("placed", lucia, "call_center")


def test_an_answer_leaves_as_a_message_in_her_talk(served: Client, lucia: Person) -> None:
    talk = talk_with(lucia, "¿Tenéis la taza?")

    page = words(served.post(f"/desk/talks/{talk.public_id}/reply/", {"text": "Sí, tres."}, follow=True))

    assert '<li class="ours">Sí, tres.' in page
    assert Message.objects.get().purpose == "dm_reply"


def test_an_answer_can_bring_a_code_of_her_own(agent: Client, lucia: Person) -> None:
    talk = talk_with(lucia, "¿Tenéis la taza?")
    gift = factories.promotion(name="Un detalle", needs_coupon=True)

    agent.post(f"/desk/talks/{talk.public_id}/reply/", {"text": "Toma.", "promotion": gift.pk})

    coupon = gift.coupons.get()
    assert (coupon.person, coupon.journey, coupon.use_limit) == (lucia, talk.journey, 1)
    assert coupon.code in talk.turns.get(side="house").text


def test_an_answer_without_words_is_not_sent(served: Client, lucia: Person) -> None:
    talk = talk_with(lucia, "¿Hola?")

    page = words(served.post(f"/desk/talks/{talk.public_id}/reply/", {"text": "  "}, follow=True))

    assert "Todavía no hay nada que enviar." in page
    assert Message.objects.count() == 0


def test_a_store_clerk_has_no_desk(client: Client, lucia: Person) -> None:
    client.force_login(factories.staff("store", factories.location()))

    response = client.get(f"/desk/{lucia.public_id}/")

    assert response.status_code == 404


@pytest.mark.parametrize("things", [1, 3])
def test_the_window_costs_the_same_queries_for_one_and_for_three_of_everything(
    served: Client, lucia: Person, web, django_assert_num_queries, things: int
) -> None:
    cart_of(lucia, web, *[(factories.variant(), 1) for _ in range(things)])
    for _ in range(things):
        pickup(order(lucia))
    talk = talk_with(lucia, *["Hola"] * things)
    for phase in range(things):
        tell(
            lucia,
            purpose="dm_reply",
            subject=talk.public_id,
            phase=str(phase),
            facts={},
            journey=talk.journey,
            at=MONDAY,
        )

    with django_assert_num_queries(44):
        response = served.get(f"/desk/{lucia.public_id}/")

    assert response.content.count(b'class="stepper"') == things


def test_the_agent_sees_no_units_that_the_checkout_would_not_sell(served: Client, lucia: Person, centro) -> None:
    cup, phone = factories.variant(sku="TAZA"), SalesChannel.objects.get(code="call_center")
    road = factories.location("camino", kind="transit")
    closed = factories.location("vieja", is_active=False)
    phone.locations.add(road, closed)
    for place, units in ((road, 2), (closed, 3), (centro, 4)):
        factories.stock(cup, place, on_hand=units)

    page = words(served.get(f"/desk/{lucia.public_id}/", {"add": "TAZA"}))

    assert "TAZA · 4 unidades" in page
