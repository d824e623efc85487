"""Checking out and following an order, as a browser does it."""

import pytest
from django.test import Client

from commerce import clock
from commerce.carts.models import Cart
from commerce.timeline.actors import VISITOR, Actor
from orders import checkout, moves, private_links
from orders.drafting import Terms
from orders.models import Fulfillment, Order
from tests import factories
from tests.inventory.test_pages import words

pytestmark = pytest.mark.django_db

CLERK = Actor("staff", "1")


@pytest.fixture
def centro():
    return factories.location("centro", name="Centro", street="Calle Mayor 1", city="Madrid")


@pytest.fixture(autouse=True)
def web(centro):
    return factories.sales_channel(locations=(factories.warehouse(), centro))


@pytest.fixture
def mug(centro):
    variant = factories.variant(price=1000)
    factories.stock(variant, centro, on_hand=5)
    return variant


def fill(client: Client, *variants, quantity: int = 1) -> None:
    for variant in variants:
        client.post("/cart/add/", {"sku": variant.sku, "quantity": quantity})


def form(**said: object) -> dict[str, object]:
    """What the page would send for one mug at 10 euros."""
    totals = {"version": 1, "expected_pickup": 1000, "expected_delivery": 1000}
    return totals | {"way": "centro", "name": "Lucía Prado", "email": "lucia@example.com", "tender": "manual"} | said


def test_an_order_for_pickup_leads_to_its_page_with_what_comes_next(client: Client, mug) -> None:
    fill(client, mug)

    response = client.post("/checkout/", form(), follow=True)

    order = Order.objects.get()
    assert response.redirect_chain == [(f"/o/{order.public_id}/", 302)]
    assert "Lo estamos preparando" in words(response)
    assert (order.status, order.payment_status, order.pickup_at.code) == ("placed", "captured", "centro")


def test_an_order_for_home_keeps_the_address_and_shows_it_to_its_owner_only(client: Client, mug) -> None:
    fill(client, mug)
    address = {"way": "home", "street": "Calle del Pez 7", "postal_code": "28004", "city": "Madrid"}

    own = words(client.post("/checkout/", form(**address), follow=True))
    order = Order.objects.get()
    by_id = Client().get(f"/o/{order.public_id}/")
    by_link = words(Client().get(f"/o/link/{private_links.create(order, at=clock.now())}/", follow=True))

    assert ("Calle del Pez 7" in own, "Calle del Pez 7" in by_link) == (True, False)
    assert by_id.status_code == 302


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"way": "home"}, "Hace falta para el envío a casa."),
        ({"email": ""}, "Necesitamos un correo o un teléfono"),
        ({"email": "nadie"}, "No podemos usar esta dirección."),
        ({"way": "elsewhere"}, "Elige cómo lo quieres."),
        ({"expected_pickup": 900}, "El precio ha cambiado."),
        ({"tender": "barter"}, "Indica cómo se paga."),
        ({"tender": "stripe"}, "Indica cómo se paga."),
        ({"gift_card": "NADA"}, "Ninguna tarjeta regalo tiene este código"),
        ({"version": 7}, "La cesta ha cambiado entretanto"),
    ],
)
def test_what_is_missing_or_has_changed_is_said_and_what_was_typed_stays(
    client: Client, mug, said: dict[str, object], told: str
) -> None:
    fill(client, mug)

    response = client.post("/checkout/", form(**said))

    assert response.status_code == 422
    assert told in words(response)
    assert 'value="Lucía Prado"' in words(response)
    assert Order.objects.count() == 0


def test_a_transfer_is_waited_for_and_the_page_says_how_much(client: Client, mug) -> None:
    fill(client, mug)

    page = words(client.post("/checkout/", form(tender="bank_transfer"), follow=True))

    assert "Queda por pagar: 10,00 €." in page
    assert Order.objects.get().payment_status == "due"


def test_a_card_is_paid_on_a_page_of_its_own_and_the_cart_can_be_taken_back(client: Client, mug, settings) -> None:
    settings.STRIPE_API_KEY = "sk_test"
    fill(client, mug)

    paying = client.post("/checkout/", form(tender="stripe"))
    order = Order.objects.get()
    waiting = words(client.get("/checkout/"))
    client.post("/checkout/")

    order.refresh_from_db()
    assert paying.headers["Location"] == f"/pay/{order.payments.get().public_id}/"
    assert "Estabas a punto de pagar" in waiting
    assert (order.status, Cart.objects.get().status) == ("canceled", "open")


def test_what_others_bought_meanwhile_is_refused_and_the_cart_stays(client: Client, mug) -> None:
    fill(client, mug, quantity=6)

    response = client.post("/checkout/", form(expected_pickup=6000, expected_delivery=6000))

    assert "No queda suficiente." in words(response)
    assert Cart.objects.get().status == "open"


def test_a_form_that_was_sent_twice_leads_to_the_one_order(client: Client, mug) -> None:
    fill(client, mug)

    client.post("/checkout/", form())
    response = client.post("/checkout/", form())

    assert response.headers["Location"] == f"/o/{Order.objects.get().public_id}/"


def test_nobody_checks_out_an_empty_cart(client: Client) -> None:
    response = client.get("/checkout/")

    assert response.headers["Location"] == "/cart/"


def test_a_store_that_lacks_something_cannot_be_chosen(client: Client, mug) -> None:
    factories.sales_channel(locations=(factories.location("norte", name="Norte"),))
    fill(client, mug)

    page = words(client.get("/checkout/"))

    assert '<input type="radio" name="way" value="norte" disabled required>' in page
    assert '<input type="radio" name="way" value="centro" required>' in page


def test_what_we_know_of_her_is_not_asked_again(mug) -> None:
    lucia = factories.person("Lucía", email="lucia@example.com", phone="+34600000001")
    lucia.user = factories.User.objects.create_user(username="lucia")
    lucia.save()
    client = Client()
    client.force_login(lucia.user)
    fill(client, mug)

    page = words(client.get("/checkout/"))

    assert ('value="Lucía"' in page, 'value="lucia@example.com"' in page, 'value="+34600000001"' in page) == (True,) * 3


def test_the_code_is_shown_when_the_order_is_ready_and_not_before(client: Client, mug) -> None:
    fill(client, mug)
    client.post("/checkout/", form())
    part = Fulfillment.objects.select_related("order").get()
    address = f"/o/{part.order.public_id}/"
    Fulfillment.objects.update(pickup_code="K7M2")

    before = words(client.get(address))
    moves.move(part, "picking", by=CLERK, channel="store", at=clock.now())
    moves.move(part, "ready", by=CLERK, channel="store", at=clock.now())
    after = words(client.get(address))

    assert ("K7M2" in before, "K7M2" in after) == (False, True)
    assert "Ya puedes recogerlo" in after


def test_the_order_of_somebody_with_an_account_asks_visitors_to_log_in(client: Client, mug) -> None:
    lucia = factories.person("Lucía", email="lucia@example.com", user=factories.User.objects.create_user("lucia"))
    client.force_login(lucia.user)
    fill(client, mug)
    place = client.post("/checkout/", form()).headers["Location"]
    stranger = Client()
    stranger.force_login(factories.person("Marta", user=factories.User.objects.create_user("marta")).user)

    answers = [visitor.get(place) for visitor in (client, Client(), stranger)]

    assert [answer.status_code for answer in answers] == [200, 302, 404]
    assert answers[1].headers["Location"] == f"/login/?next={place}"


def test_a_checkout_that_is_going_on_has_no_page(client: Client, mug, centro) -> None:
    fill(client, mug)
    terms = Terms(expected_total=1000, pickup_at=centro, email="lucia@example.com")
    order = checkout.prepare(Cart.objects.get(), terms=terms, by=VISITOR, channel="web", at=clock.now())

    response = client.get(f"/o/{order.public_id}/")

    assert response.status_code == 404


@pytest.mark.parametrize("lines", [1, 3])
def test_checkout_and_order_page_cost_the_same_queries_for_one_and_for_three_lines(
    client: Client, centro, django_assert_num_queries, lines: int
) -> None:
    for _ in range(lines):
        variant = factories.variant(price=1000)
        factories.stock(variant, centro, on_hand=5)
        fill(client, variant)

    with django_assert_num_queries(13):
        client.get("/checkout/")
    total = {"version": lines, "expected_pickup": 1000 * lines}
    place = client.post("/checkout/", form(**total)).headers["Location"]
    client.get(place)
    with django_assert_num_queries(12):
        response = client.get(place)

    assert words(response).count("1 × Producto") == lines
