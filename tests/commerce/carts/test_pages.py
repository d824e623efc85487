"""The cart, as a browser fills it."""

import pytest
from django.test import Client

from commerce import clock
from commerce.carts import edits, restoring
from commerce.carts.models import Cart, CartLine
from commerce.timeline.actors import VISITOR
from commerce.timeline.models import Journey
from tests import factories
from tests.inventory.test_pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def web():
    return factories.sales_channel()


def add(client: Client, variant, quantity: object = 1):
    return client.post("/cart/add/", {"sku": variant.sku, "quantity": quantity}, follow=True)


def logged_in(person):
    person.user = factories.User.objects.create_user(username=person.public_id)
    person.save()
    client = Client()
    client.force_login(person.user)
    return client


def test_what_was_added_lies_in_the_cart_and_is_counted_beside_it(client: Client) -> None:
    mug = factories.variant(price=990)

    add(client, mug)
    page = words(add(client, mug, 2))

    assert "29,70 €" in page
    assert '<span class="badge" id="badge">3<' in page


@pytest.mark.parametrize("quantity", ["", "0", "-1", "0.5", "2147483648", "uno"])
def test_a_quantity_that_is_none_changes_nothing_and_is_said(client: Client, quantity: str) -> None:
    page = words(add(client, factories.variant(), quantity))

    assert "Indica una cantidad de 1 a 9.999." in page
    assert Cart.objects.count() == 0


def test_what_is_not_for_sale_cannot_be_added(client: Client) -> None:
    variant = factories.variant(is_active=False)

    response = add(client, variant)

    assert response.status_code == 404


@pytest.mark.parametrize(
    ("said", "units"),
    [({"quantity": "5"}, 5), ({"quantity": "2", "step": "1"}, 3), ({"quantity": "2", "step": "-1"}, 1)],
)
def test_a_quantity_is_typed_or_stepped(client: Client, said: dict[str, str], units: int) -> None:
    mug = factories.variant()
    add(client, mug, 2)

    client.post("/cart/set/", {"sku": mug.sku, "version": "1"} | said)

    assert CartLine.objects.get().quantity == units


def test_a_change_to_a_cart_that_changed_meanwhile_is_merged(client: Client) -> None:
    mug, towel = factories.variant(), factories.variant()
    add(client, mug, 2)
    add(client, towel, 2)

    client.post("/cart/set/", {"sku": mug.sku, "quantity": "9", "version": "1"}, follow=True)

    assert dict(CartLine.objects.values_list("variant__sku", "quantity")) == {mug.sku: 9, towel.sku: 2}


def test_one_more_is_one_more_whatever_others_did_and_the_same_press_counts_once(client: Client) -> None:
    mug = factories.variant()
    add(client, mug, 2)
    add(client, mug, 2)
    press = {
        "sku": mug.sku,
        "had": "2",
        "quantity": "2",
        "step": "1",
        "version": "1",
        "shown": "K7M4RTK7M4RTK7M4RTK7M4",
    }

    for _ in range(2):
        client.post("/cart/set/", press)

    assert CartLine.objects.get().quantity == 5


def test_a_script_gets_only_the_cart_and_its_number(client: Client) -> None:
    mug = factories.variant()
    add(client, mug, 2)

    response = client.post(
        "/cart/set/", {"sku": mug.sku, "quantity": "3", "version": "1"}, headers={"HX-Request": "true"}
    )

    assert "<html" not in words(response)
    assert 'id="badge" hx-swap-oob="true">3<' in words(response)


def test_a_removed_line_leaves_an_empty_cart(client: Client) -> None:
    mug = factories.variant()
    add(client, mug)

    response = client.post("/cart/set/", {"sku": mug.sku, "quantity": "0", "version": "1"}, follow=True)

    assert "Todavía no hay nada." in words(response)


def test_a_code_takes_something_off_with_its_reason_and_can_be_taken_off_again(client: Client) -> None:
    factories.coupon("BIENVENIDA", promotion=factories.promotion(name="Bienvenida", value=1000, needs_coupon=True))
    add(client, factories.variant(price=2000))

    with_code = words(client.post("/cart/code/", {"code": "bienvenida", "version": "1"}, follow=True))
    without = words(client.post("/cart/code/", {"version": "2"}, follow=True))

    assert 'Bienvenida (BIENVENIDA)</dt><dd class="good">−2,00 €' in with_code
    assert ("18,00 €" in with_code, "18,00 €" in without) == (True, False)


def test_an_unknown_code_is_said(client: Client) -> None:
    add(client, factories.variant())

    response = client.post(
        "/cart/code/", {"code": "NADA", "version": "1"}, headers={"Referer": "http://testserver/cart/"}, follow=True
    )

    assert "No conocemos este código." in words(response)


def test_what_is_no_longer_sold_stands_apart_and_can_be_removed(client: Client) -> None:
    mug = factories.variant(price=990)
    add(client, mug)
    mug.is_active = False
    mug.save()

    page = words(client.get("/cart/"))
    emptied = words(client.post("/cart/set/", {"sku": mug.sku, "quantity": "0", "version": "1"}, follow=True))

    assert "No está a la venta en este momento" in page
    assert "Todavía no hay nada." in emptied


def test_another_visitor_does_not_see_the_cart(client: Client) -> None:
    add(client, factories.variant())

    page = words(Client().get("/cart/"))

    assert "Todavía no hay nada." in page


def test_her_cart_is_the_same_on_every_device() -> None:
    lucia = factories.person()
    phone, laptop = logged_in(lucia), Client()
    laptop.force_login(lucia.user)
    add(phone, factories.variant(price=990), 2)

    page = words(laptop.get("/cart/"))

    assert "19,80 €" in page


def test_looking_at_a_restore_link_changes_nothing_and_its_button_brings_the_cart(client: Client, web) -> None:
    cart = edits.open_cart(sales_channel=web, lines=[(factories.variant(price=990), 2)], by=VISITOR, at=clock.now())
    secret = restoring.create(cart, at=clock.now())

    looked = words(client.get(f"/cart/restore/{secret}/"))
    before = words(client.get("/cart/"))
    restored = words(client.post(f"/cart/restore/{secret}/", follow=True))

    assert "Recuperar mi cesta" in looked
    assert ("19,80 €" in before, "19,80 €" in restored) == (False, True)


def test_a_mangled_restore_link_is_a_page_that_says_so(client: Client) -> None:
    response = client.get("/cart/restore/mangled/")

    assert response.status_code == 404
    assert "No conocemos este enlace" in words(response)


@pytest.mark.parametrize("lines", [1, 3])
def test_a_cart_costs_the_same_queries_for_one_and_for_three_lines(
    client: Client, django_assert_num_queries, lines: int
) -> None:
    for _ in range(lines):
        add(client, factories.variant())

    with django_assert_num_queries(8):
        response = client.get("/cart/")

    assert response.content.count(b'class="stepper"') == lines


def test_the_code_of_a_link_is_put_on_the_cart_with_the_first_thing(client: Client) -> None:
    journey = Journey.objects.create(opened_at=clock.now())
    factories.coupon("ALBA-7", journey=journey)

    looked = words(client.get("/?code=ALBA-7"))
    add(client, factories.variant())

    assert "<strong>ALBA-7</strong>" in looked
    assert (Cart.objects.get().coupon.code, Cart.objects.get().journey) == ("ALBA-7", journey)


def test_a_code_of_a_link_that_is_no_good_stops_nobody(client: Client) -> None:
    client.get("/?code=NADA")

    page = words(add(client, factories.variant()))

    assert "Ya está en la cesta." in page


def test_beside_a_reduced_line_stands_the_lowest_price_of_the_thirty_days_before_and_what_it_was_reckoned_from(
    client: Client,
) -> None:
    ten = factories.promotion(value=1000, starts_at=clock.now())

    page = words(add(client, factories.variant(price=1000)))

    assert "Precio más bajo de los 30 días anteriores: 10,00 €." in page
    assert f"pvp v1, #{ten.pk} v1" in page
