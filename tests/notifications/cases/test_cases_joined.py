"""What is said about a case, and what is not: nobody's words stand in the wrong case, and none are lost."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from commerce import clock
from commerce.customers.models import Person
from commerce.links import links
from commerce.photos.models import Photo
from commerce.timeline.actors import Actor
from commerce.timeline.tasks import run_due
from notifications.mail import reply_addresses
from notifications.models import Attempt, Message, Turn
from orders.cases import opening
from orders.cases.models import Case
from orders.models import Order
from tests import factories
from tests.factories import MONDAY
from tests.inventory.test_pages import words
from tests.notifications.test_chat import photo_file, say
from tests.notifications.test_mail import mail, post
from tests.orders.calling import log_in
from tests.orders.returns.bringing_back import in_her_hands
from tests.orders.shop import Shop, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    clock.move(MONDAY + timedelta(hours=3) - clock.now())
    return open_shop()


@pytest.fixture
def lucia() -> Person:
    return factories.person("Lucía", email="lucia@example.com", user=factories.User.objects.create_user("lucia"))


@pytest.fixture
def order(shop: Shop, lucia: Person) -> Order:
    return shop.order(person=lucia, delivered=True)


@pytest.fixture
def her(lucia: Person) -> Client:
    return log_in(lucia.user)


@pytest.fixture
def agent(shop: Shop, lucia: Person) -> Client:
    factories.serving(member := factories.staff("agent"), lucia)
    return log_in(member)


def work() -> None:
    run_due(at=clock.now())


def written(client: Client, purpose: str, text: str, *, sender: str = "lucia@example.com", pictures: int = 0) -> Turn:
    """A mail in answer to one of ours."""
    message = Message.objects.filter(purpose=purpose).latest("pk")
    post(client, mail(text, sender=sender, to=reply_addresses.reply_to(message.public_id), pictures=pictures))
    work()
    return Turn.objects.latest("pk")


def test_what_we_say_to_a_stranger_who_wrote_about_her_case_is_no_answer_to_her(
    client: Client, agent: Client, her: Client, lucia: Person, order: Order
) -> None:
    case = opening.open_case(
        "complaint", person=lucia, order=order, by=Actor("staff", "7"), channel="web", at=clock.now()
    )
    work()
    stranger = written(client, "case_opened", "Soy otro", sender="eva@example.org")
    case.refresh_from_db()
    assert (stranger.about, case.answer_due is None) == (case.public_id, False)

    agent.post(f"/desk/talks/{stranger.conversation.public_id}/reply/", {"text": "Escriba desde su correo"})

    due = case.answer_due
    case.refresh_from_db()
    assert (case.answered_at, case.answer_due) == (None, due)
    assert "Escriba desde su correo" not in words(her.get(f"/cases/{case.public_id}/"))
    hers = written(client, "case_opened", "Soy yo")
    agent.post(f"/desk/talks/{hers.conversation.public_id}/reply/", {"text": "Lo miramos hoy"})
    case.refresh_from_db()
    assert (case.answered_at is None, case.answer_due) == (False, None)


def test_while_one_case_goes_on_another_order_is_offered_and_what_she_said_of_it_is_in_its_case(
    her: Client, shop: Shop, lucia: Person, order: Order
) -> None:
    say(her, "Llegó rota", photos=(photo_file(),))
    her.post("/chat/case/", {"order": order.public_id, "kind": "damaged"})
    assert "Abrir un caso" not in words(her.get("/chat/"))  # each order has its case
    other = shop.order(person=lucia)

    say(her, "Y mi otro pedido no ha llegado")
    page = her.get("/chat/").content.decode()
    her.post("/chat/case/", {"order": other.public_id, "kind": "not_received"})

    first, second = Case.objects.order_by("pk")
    assert page.count('name="kind"') == 1
    assert f'value="{other.public_id}"' in page
    assert (first.request, second.request) == ("Llegó rota", "Y mi otro pedido no ha llegado")
    assert list(Turn.objects.filter(side="person").order_by("pk").values_list("about", flat=True)) == [
        first.public_id,
        second.public_id,
    ]


def test_a_case_opened_at_the_desk_has_the_words_and_pictures_of_her_mail_and_of_the_next_one(
    client: Client, agent: Client, lucia: Person, order: Order
) -> None:
    work()
    written(client, "order_confirmation", "Llegó rota, mira la foto", pictures=1)

    agent.post(f"/desk/{lucia.public_id}/cases/", {"kind": "damaged", "order": order.public_id, "request": "Taza rota"})
    written(client, "order_confirmation", "¿Qué hago con ella?")

    case = Case.objects.get()
    warehouse = log_in(factories.staff("warehouse", order.fulfillments.get().location))
    page = warehouse.get(f"/staff/cases/{case.public_id}/")
    assert (case.request, case.photos.count(), case.answer_due is None) == ("Taza rota", 1, False)
    assert set(Turn.objects.values_list("about", flat=True)) == {case.public_id}
    for said in ("Llegó rota, mira la foto", "¿Qué hago con ella?", "/photos/"):
        assert said in page.content.decode()


def test_what_she_answered_about_another_order_stays_out_of_the_case(
    client: Client, agent: Client, shop: Shop, lucia: Person, order: Order
) -> None:
    work()
    about_this = written(client, "order_confirmation", "¿Cuándo llega?")
    other = shop.order(person=lucia)

    agent.post(f"/desk/{lucia.public_id}/cases/", {"kind": "late", "order": other.public_id, "request": "Tarda"})

    about_this.refresh_from_db()
    assert (about_this.about, Case.objects.get().photos.count()) == (order.public_id, 0)


def test_the_same_told_again_in_the_form_joins_its_case_with_words_and_picture_and_pressed_twice_it_stands_once(
    her: Client, order: Order
) -> None:
    form = f"/cases/new/{order.public_id}/"
    for _ in range(2):
        her.post(form, {"kind": "damaged", "request": "Llegó rota"})
    assert Turn.objects.count() == 0

    for _ in range(2):
        more = {"kind": "damaged", "request": "Y falta el plato", "photos": [photo_file()]}
        page = her.post(form, more, follow=True)

    case, turn = Case.objects.get(), Turn.objects.get()
    assert (case.request, turn.about, turn.photos.count()) == ("Llegó rota", case.public_id, 1)
    assert Photo.objects.count() == 1
    assert "Y falta el plato" in words(page)
    assert case.answer_due is not None


@pytest.mark.parametrize("page", ["/cases/new/{}/", "/chat/"])
def test_a_picture_that_is_none_loses_no_words(her: Client, order: Order, page: str) -> None:
    script = SimpleUploadedFile("cup.jpg", b"<script>alert(1)</script>", content_type="image/jpeg")
    said = {"kind": "damaged", "request": "Llegó rota", "text": "Llegó rota", "once": "a1b2c3d4e5", "photos": [script]}

    answered = her.post(page.format(order.public_id), said)

    assert (answered.status_code, Turn.objects.count(), Case.objects.count()) == (422, 0, 0)
    assert "Llegó rota</textarea>" in answered.content.decode()
    assert "no es una imagen" in words(answered)


def test_a_guest_tells_what_is_wrong_by_the_link_of_her_mail_and_nobody_by_the_orders_id(shop: Shop) -> None:
    order = in_her_hands(shop.order(delivered=True), at=clock.now())
    work()
    letter = Attempt.objects.get(message__purpose="delivered").text
    guest, other = Client(), log_in(factories.person("Iker", user=factories.User.objects.create_user("iker")).user)
    form = f"/cases/new/{order.public_id}/"

    (link,) = re.findall(r"https?://[^/]+(/o/link/\S+/)", letter)
    assert form in guest.get(link, follow=True).content.decode()
    assert guest.get(form).status_code == 200
    assert [one.get(form).status_code for one in (Client(), other)] == [302, 404]
    links.revoke("order", order.public_id, at=clock.now())
    assert guest.get(form).status_code == 302
