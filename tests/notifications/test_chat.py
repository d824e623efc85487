"""The chat: words and pictures from a browser, and a person's answers, in one conversation."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from commerce import clock
from commerce.customers import logins
from commerce.customers.models import Person
from commerce.customers.sessions import CHAT
from commerce.photos.models import Photo
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from notifications.conversations import chat
from notifications.conversations.replying import reply
from notifications.dossier import dossier
from notifications.models import Conversation, Message, Turn
from tests import factories
from tests.commerce.photos.test_photos import picture
from tests.inventory.test_pages import words

pytestmark = pytest.mark.django_db

AGENT = Actor("staff", "7")


@pytest.fixture
def web():
    return factories.sales_channel(locations=(factories.warehouse(),))


@pytest.fixture
def lucia() -> Person:
    return factories.person("Lucía", email="lucia@example.com", user=factories.User.objects.create_user("lucia"))


def say(client: Client, text: str = "", *, once: str = "", photos: tuple = ()) -> object:
    """Send the chat's form as a browser does."""
    number = next(factories.numbers)
    return client.post("/chat/", {"text": text, "once": once or f"once{number:08}", "photos": list(photos)})


def photo_file(name: str = "cup.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture(size=(80, 60)).getvalue(), content_type="image/jpeg")


def test_looking_at_the_chat_leaves_no_trace(client: Client) -> None:
    client.get("/chat/")
    news = client.get("/chat/news/0/")

    assert news.status_code == 204
    assert not Person.objects.exists()
    assert not client.session.keys()


def test_what_a_visitor_says_opens_a_conversation_with_somebody_of_whom_we_know_only_this(client: Client) -> None:
    said = say(client, "¿Tienen la taza en azul?")

    talk = Conversation.objects.get()
    assert said.status_code == 302
    assert (talk.contact_channel, talk.contact_point.kind, talk.person.user) == ("chat", "chat", None)
    assert Entry.objects.get(journey=talk.journey).type == "conversation.message_received"
    assert "¿Tienen la taza en azul?" in words(client.get("/chat/"))


def test_a_form_that_is_sent_twice_says_one_thing(client: Client) -> None:
    say(client, "Hola", once="a1b2c3d4e5")
    say(client, "Hola", once="a1b2c3d4e5")

    assert Turn.objects.count() == 1


def test_saying_nothing_is_refused_with_a_sentence(client: Client) -> None:
    answer = say(client, "")

    assert answer.status_code == 422
    assert "Todavía no hay nada que enviar" in words(answer)
    assert not Conversation.objects.exists()


def test_an_agents_answer_is_there_at_the_next_look(client: Client) -> None:
    say(client, "Hola")
    talk = Conversation.objects.get()
    last = Turn.objects.get().pk

    reply(talk, text="Hola, soy Ana", by=AGENT, at=clock.now())
    news = client.get(f"/chat/news/{last}/")

    assert "Hola, soy Ana" in words(news)
    assert Message.objects.get().purpose == "dm_reply"
    assert client.get(f"/chat/news/{Turn.objects.last().pk}/").status_code == 204


def test_a_browser_that_waits_costs_few_statements(client: Client, django_assert_num_queries) -> None:
    say(client, "Hola")
    last = Turn.objects.get().pk

    with django_assert_num_queries(2):
        client.get(f"/chat/news/{last}/")


def test_another_browser_sees_nothing_of_it(client: Client) -> None:
    say(client, "Hola", photos=(photo_file(),))

    other = Client()

    assert other.get("/chat/news/0/").status_code == 204
    assert "Hola" not in words(other.get("/chat/"))
    assert other.get(f"/photos/{Photo.objects.get().public_id}/").status_code == 404


def test_a_picture_is_shown_to_who_sent_it_and_to_agents_only(client: Client, web) -> None:
    say(client, photos=(photo_file(),))
    url = f"/photos/{Photo.objects.get().public_id}/"
    agent, store = Client(), Client()
    agent.force_login(factories.staff("agent"))
    store.force_login(factories.staff("store", factories.location()))

    own = client.get(url)

    assert (own.status_code, own["Content-Type"], own["X-Content-Type-Options"]) == (200, "image/jpeg", "nosniff")
    assert agent.get(url).status_code == 200
    assert store.get(url).status_code == 404


def test_an_erased_picture_is_gone(client: Client) -> None:
    say(client, photos=(photo_file(),))
    Photo.objects.update(content=b"")

    assert client.get(f"/photos/{Photo.objects.get().public_id}/").status_code == 404


def test_what_is_no_picture_is_refused_and_nothing_is_kept(client: Client) -> None:
    script = SimpleUploadedFile("cup.jpg", b"<script>alert(1)</script>", content_type="image/jpeg")

    answer = client.post(
        "/chat/", {"text": "mira", "once": "a1b2c3d4e5", "photos": [photo_file(), script]}, follow=True
    )

    assert "no es una imagen" in words(answer)
    assert not Turn.objects.exists()
    assert not Photo.objects.exists()


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "cup.svg", "cup.php", "c\x00p.jpg", "<script>.jpg", "a" * 300 + ".jpg"]
)
def test_what_a_picture_is_called_leads_nowhere_and_is_kept_nowhere(client: Client, name: str) -> None:
    said = say(client, photos=(photo_file(name),))

    kept = Photo.objects.all()
    assert said.status_code == (302 if kept else 422)
    assert name not in str(list(kept.values_list())) + client.get("/chat/").content.decode()


def test_five_pictures_are_one_too_many(client: Client) -> None:
    answer = say(client, photos=tuple(photo_file(f"{n}.jpg") for n in range(5)))

    assert answer.status_code == 422
    assert not Photo.objects.exists()


def test_who_says_too_much_has_to_wait(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "SAID_PER_PLACE", chat.Limit("chat turns", 2, within=chat.SAID_PER_PLACE.within))

    for _ in range(3):
        say(client, "Hola")

    assert Turn.objects.count() == 2


def test_the_talk_goes_on_on_her_other_device(client: Client, lucia: Person) -> None:
    phone = Client()
    for browser in (client, phone):
        browser.force_login(lucia.user)
    say(client, "Hola")

    say(phone, "¿Siguen ahí?")

    assert Conversation.objects.get().person == lucia
    assert "¿Siguen ahí?" in words(client.get("/chat/"))


def test_the_chat_of_a_visitor_becomes_hers_when_she_logs_in(client: Client, lucia: Person) -> None:
    say(client, "Hola")
    client.post("/api/v1/session/code/", {"email": "lucia@example.com"}, content_type="application/json")
    from_mail = chat_code()

    entered = client.post(
        "/api/v1/session/", {"email": "lucia@example.com", "code": from_mail}, content_type="application/json"
    )

    assert entered.status_code == 200, entered.content
    assert [talk.contact_channel for talk in dossier(lucia).conversations] == ["chat"]
    assert "Hola" in words(client.get("/chat/"))


def chat_code() -> str:
    """The log-in code that was sent last."""
    return logins.code_of(logins.LoginCode.objects.latest("pk"))


def test_logging_out_ends_the_tie_with_the_chat(client: Client, lucia: Person) -> None:
    client.force_login(lucia.user)
    say(client, "Soy Lucía")

    client.post("/logout/")

    assert CHAT not in client.session
    assert client.get("/chat/news/0/").status_code == 204


def test_a_talk_that_begins_over_a_cart_is_on_the_carts_journey(client: Client, web) -> None:
    mug = factories.variant(sku="TAZA")
    factories.stock(mug, factories.warehouse(), on_hand=5)
    client.post("/cart/add/", {"sku": "TAZA", "quantity": 1})

    say(client, "¿Cabe en el lavavajillas?")

    talk = Conversation.objects.get()
    assert talk.journey.carts.get().lines.get().variant == mug
    assert dossier(talk.person).cart == talk.journey.carts.get()


def test_the_agent_sees_the_talk_grow_and_its_pictures(client: Client, web) -> None:
    say(client, "Llegó roto", photos=(photo_file(),))
    talk = Conversation.objects.get()
    agent = Client()
    agent.force_login(factories.staff("agent"))
    last = Turn.objects.get().pk

    page = agent.get(f"/desk/talks/{talk.public_id}/", follow=True)
    say(client, "¿Hola?")
    news = agent.get(f"/desk/talks/{talk.public_id}/news/{last}/")

    assert f"/photos/{Photo.objects.get().public_id}/" in page.content.decode()
    assert "¿Hola?" in words(news)
    assert agent.get(f"/desk/talks/{talk.public_id}/news/{Turn.objects.last().pk}/").status_code == 204
