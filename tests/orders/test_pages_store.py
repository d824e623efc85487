"""What a store prepares, hands over, tells and sells, as its staff's phones show it."""

import pytest
from django.test import Client

from commerce import clock
from commerce.carts import edits
from commerce.timeline.actors import VISITOR
from commerce.timeline.models import Entry
from inventory.models import Stock
from orders import checkout
from orders.drafting import Terms
from orders.models import Fulfillment, Order
from tests import factories
from tests.inventory.test_pages import words

pytestmark = pytest.mark.django_db

BACK = {"Referer": "http://testserver/store/centro/pickups/"}


@pytest.fixture
def centro():
    return factories.location("centro", name="Centro")


@pytest.fixture(autouse=True)
def channels(centro):
    factories.sales_channel("store", locations=(centro,))
    return factories.sales_channel(locations=(centro,))


@pytest.fixture
def clerk(client: Client, centro) -> Client:
    client.force_login(factories.staff("store", centro))
    return client


def bought(channels, centro, *, email: str = "lucia@example.com", **way: object) -> Fulfillment:
    """An order of two mugs, to be collected at the store."""
    mug = factories.variant(price=1000)
    factories.stock(mug, centro, on_hand=5)
    cart = edits.open_cart(sales_channel=channels, lines=[(mug, 2)], by=VISITOR, at=clock.now())
    terms = Terms(expected_total=2000, email=email, name="Lucía Prado", **(way or {"pickup_at": centro}))
    order = checkout.buy(cart, terms=terms, tender="manual", by=VISITOR, channel="web", at=clock.now())
    return order.fulfillments.get()


def test_a_pickup_is_picked_made_ready_and_handed_over_by_its_code(clerk: Client, channels, centro) -> None:
    part = bought(channels, centro)
    steps = f"/store/centro/pickups/{part.public_id}"

    clerk.post(f"{steps}/pick/")
    ready = words(clerk.post(f"{steps}/ready/", follow=True))
    part.refresh_from_db()
    clerk.post(f"{steps}/collect/", {"code": part.pickup_code.lower()})

    part.refresh_from_db()
    assert (part.status, Stock.objects.get().on_hand) == ("collected", 3)
    assert "La persona ya sabe que está listo." in ready


def test_staff_do_not_see_the_code_that_the_shopper_must_say(clerk: Client, channels, centro) -> None:
    part = bought(channels, centro)
    clerk.post(f"/store/centro/pickups/{part.public_id}/ready/")
    part.refresh_from_db()

    page = words(clerk.get("/store/centro/pickups/"))

    assert part.pickup_code not in page


def test_a_wrong_code_is_refused_in_words_and_nothing_leaves(clerk: Client, channels, centro) -> None:
    part = bought(channels, centro)
    clerk.post(f"/store/centro/pickups/{part.public_id}/ready/")

    page = words(
        clerk.post(f"/store/centro/pickups/{part.public_id}/collect/", {"code": "X"}, headers=BACK, follow=True)
    )

    part.refresh_from_db()
    assert "El código, o el número de pedido y el nombre, no coinciden." in page
    assert (part.status, Stock.objects.get().on_hand) == ("ready", 5)


def test_without_the_code_the_order_number_and_name_will_do(clerk: Client, channels, centro) -> None:
    part = bought(channels, centro)
    clerk.post(f"/store/centro/pickups/{part.public_id}/ready/")

    clerk.post(
        f"/store/centro/pickups/{part.public_id}/collect/", {"order_number": part.order.number, "name": "lucia prado"}
    )

    part.refresh_from_db()
    assert part.status == "collected"


def test_a_step_that_somebody_took_before_is_refused_in_words(clerk: Client, channels, centro) -> None:
    part = bought(channels, centro)
    clerk.post(f"/store/centro/pickups/{part.public_id}/ready/")

    page = words(clerk.post(f"/store/centro/pickups/{part.public_id}/pick/", headers=BACK, follow=True))

    assert "Este paso no es posible ahora." in page


def test_a_step_of_another_store_is_not_found(client: Client, channels, centro) -> None:
    part = bought(channels, centro)
    norte = factories.location("norte")
    client.force_login(factories.staff("store", norte))

    responses = [client.post(f"/store/{at}/pickups/{part.public_id}/ready/") for at in ("centro", "norte")]

    assert [response.status_code for response in responses] == [404, 404]


@pytest.mark.parametrize("orders", [1, 3])
def test_the_list_costs_the_same_queries_for_one_and_for_three_orders(
    clerk: Client, channels, centro, django_assert_num_queries, orders: int
) -> None:
    for _ in range(orders):
        bought(channels, centro)

    with django_assert_num_queries(11):
        response = clerk.get("/store/centro/pickups/")

    assert response.content.count(b"<article") == orders


def test_an_address_alone_opens_the_ready_time_and_nothing_else(clerk: Client, channels, centro) -> None:
    part = bought(channels, centro)

    page = words(clerk.post("/store/centro/look-up/", {"address": "Lucia@example.com"}))

    assert "Recoger en Centro" in page
    assert (part.order.number in page, "Producto" in page, "Lucía" in page) == (False, False, False)
    assert Entry.objects.get(type="order.asked_about").data["told"] == "ready_time"


@pytest.mark.parametrize("proof", ["number", "code"])
def test_a_second_fact_opens_the_order(clerk: Client, channels, centro, proof: str) -> None:
    part = bought(channels, centro)
    clerk.post(f"/store/centro/pickups/{part.public_id}/ready/")
    part.refresh_from_db()
    said = part.order.number if proof == "number" else part.pickup_code

    page = words(clerk.post("/store/centro/look-up/", {"address": "lucia@example.com", "proof": said}))

    assert f"Pedido {part.order.number}" in page


def test_a_wrong_second_fact_opens_nothing(clerk: Client, channels, centro) -> None:
    bought(channels, centro)

    page = words(
        clerk.post("/store/centro/look-up/", {"address": "lucia@example.com", "proof": "99"}, headers=BACK, follow=True)
    )

    assert "Esta persona no tiene ningún pedido con ese número o código." in page


def sale(client: Client, total: int, *, key: str = "A" * 22, **said: str):
    return client.post(
        "/store/centro/sell/pay/", {"tender": "cash", "expected_total": total, "key": key} | said, follow=True
    )


def test_what_is_scanned_is_sold_and_leaves_the_shelf(clerk: Client, centro) -> None:
    mug = factories.variant(price=990, barcode="2048000010016")
    factories.stock(mug, centro, on_hand=5)

    clerk.post("/store/centro/sell/", {"q": "2048000010016"})
    clerk.post("/store/centro/sell/", {"q": "2048000010016"})
    page = words(sale(clerk, 1980))

    order = Order.objects.get()
    assert "Vendido: 19,80 €." in page
    assert (order.status, order.payment_status, order.total, Stock.objects.get().on_hand) == (
        "completed",
        "captured",
        1980,
        3,
    )


def test_words_show_what_they_find_and_put_nothing_in(clerk: Client) -> None:
    for color in ("azul", "verde"):
        product = factories.variant(sku=f"TAZA-{color}").product
        product.search_text = f"taza {color}"
        product.save()

    page = words(clerk.post("/store/centro/sell/", {"q": "taza"}, follow=True))

    assert ("TAZA-azul" in page, "TAZA-verde" in page, 'id="total"' in page) == (True, True, False)


def test_a_sale_that_is_sent_twice_is_one_sale(clerk: Client, centro) -> None:
    mug = factories.variant(price=990)
    for _ in range(2):
        clerk.post("/store/centro/sell/", {"q": mug.sku})
        sale(clerk, 990)

    assert Order.objects.count() == 1


def test_another_price_than_the_customer_was_told_is_not_taken(clerk: Client) -> None:
    mug = factories.variant(price=990)
    clerk.post("/store/centro/sell/", {"q": mug.sku})

    page = words(sale(clerk, 900))

    assert "El precio ha cambiado." in page
    assert Order.objects.count() == 0


def test_a_sale_to_somebody_we_know_is_hers(clerk: Client) -> None:
    lucia = factories.person("Lucía", email="lucia@example.com")
    mug = factories.variant(price=990)
    clerk.post("/store/centro/sell/", {"q": mug.sku})

    sale(clerk, 990, email="lucia@example.com")

    assert Order.objects.get().person == lucia


def test_she_takes_a_part_and_the_rest_stays_ready_under_the_same_code(clerk: Client, channels, centro) -> None:
    part = bought(channels, centro)
    steps = f"/store/centro/pickups/{part.public_id}"
    clerk.post(f"{steps}/ready/")
    part.refresh_from_db()
    sku = part.lines.get().order_line.sku
    assert f'name="take:{sku}"' in clerk.get("/store/centro/pickups/").content.decode()

    clerk.post(f"{steps}/collect/", {"code": part.pickup_code, f"take:{sku}": "1"})

    parts = Fulfillment.objects.order_by("pk").values_list("status", "pickup_code", "lines__quantity")
    assert list(parts) == [("collected", part.pickup_code, 1), ("ready", part.pickup_code, 1)]
    assert (Stock.objects.get().on_hand, Stock.objects.get().allocated) == (4, 1)


@pytest.mark.parametrize("taken", ["0", "3"])
def test_nothing_or_more_than_lies_ready_is_refused_in_words(clerk: Client, channels, centro, taken: str) -> None:
    part = bought(channels, centro)
    steps = f"/store/centro/pickups/{part.public_id}"
    clerk.post(f"{steps}/ready/")
    part.refresh_from_db()
    told = {"code": part.pickup_code, f"take:{part.lines.get().order_line.sku}": taken}

    page = words(clerk.post(f"{steps}/collect/", told, headers=BACK, follow=True))

    part.refresh_from_db()
    assert (part.status, Stock.objects.get().on_hand) == ("ready", 5)
    assert "Este paso no es posible ahora." in page
