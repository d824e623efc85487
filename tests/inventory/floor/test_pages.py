"""Receiving, transfers and counts as a store's phone shows them: scanned or typed, in forms that need no script."""

from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.timeline.actors import SYSTEM
from inventory import incoming, ledger
from inventory.floor.models import Transfer
from inventory.models import Incoming, Movement, Stock
from tests import factories
from tests.inventory.test_pages import words
from tests.orders.calling import log_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def centro():
    factories.sales_channel("store", locations=(place := factories.location("centro", name="Centro"),))
    return place


@pytest.fixture
def norte():
    return factories.location("norte", name="Norte")


@pytest.fixture
def clerk(centro) -> Client:
    return log_in(factories.staff("store", centro))


@pytest.fixture
def mug(centro):
    made = factories.variant(sku="TAZA", barcode="2048000010016")
    factories.stock(made, centro, on_hand=5)
    return made


def units() -> dict[tuple[str, str], int]:
    """(SKU, location) → on hand."""
    rows = Stock.objects.values_list("variant__sku", "location__code", "on_hand")
    return {(sku, place): on_hand for sku, place, on_hand in rows}


def test_goods_without_an_order_are_scanned_and_booked_once_under_their_note(clerk: Client, mug) -> None:
    page, booking = "/store/centro/receive/", {"do": "book", "reference": "ALB-1"}

    for _ in range(3):
        clerk.post(page, {"q": "2048000010016"})
    first = words(clerk.post(page, booking | {"sku": "TAZA", "quantity": "3"}, follow=True))
    again = words(clerk.post(page, booking | {"sku": "TAZA", "quantity": "3"}, follow=True))

    assert "3 unidades están en la estantería." in first
    assert "Este albarán ya se registró; no ha cambiado nada." in again
    assert units() == {("TAZA", "centro"): 8}


def test_an_order_shows_what_is_missing_and_takes_what_differs(clerk: Client, centro, mug) -> None:
    plate = factories.variant(sku="PLATO")
    goods = {mug.pk: 10, plate.pk: 4}
    incoming.expect(goods, location_id=centro.pk, reference="PO-7", expected_at=None, at=factories.MONDAY)
    page = "/store/centro/receive/"

    listed, opened = words(clerk.get(page)), words(clerk.get(page, {"order": "PO-7"}))
    clerk.post(page, {"order": "PO-7", "do": "all"})
    said = {"order": "PO-7", "sku": ["TAZA", "PLATO"], "quantity": ["9", "4"], "reference": "ALB-2", "do": "book"}
    clerk.post(page, said)

    assert ("14 unidades" in listed, "10 pedidas, han llegado 0" in opened) == (True, True)
    lines = Incoming.objects.order_by("pk").values_list("stock__variant__sku", "received", "ended_at")
    assert [(sku, came, ended is None) for sku, came, ended in lines] == [("TAZA", 9, True), ("PLATO", 4, False)]
    assert units() == {("TAZA", "centro"): 14, ("PLATO", "centro"): 4}
    assert Movement.objects.filter(reason="ALB-2").count() == 2


def test_words_that_fit_several_things_show_them_and_book_nothing(clerk: Client) -> None:
    for color in ("azul", "verde"):
        product = factories.variant(sku=f"CUENCO-{color}").product
        product.search_text = f"cuenco {color}"
        product.save()

    page = words(clerk.post("/store/centro/receive/", {"q": "cuenco"}, follow=True))

    assert ('name="q" value="CUENCO-azul"' in page, 'name="q" value="CUENCO-verde"' in page) == (True, True)
    assert 'name="sku"' not in page


def test_a_count_is_of_the_instant_at_which_it_was_typed(clerk: Client, centro, mug, monkeypatch) -> None:
    began = factories.MONDAY
    monkeypatch.setattr(clock, "now", lambda: began)
    clerk.post("/store/centro/count/", {"list": "TAZA"})
    clerk.post("/store/centro/count/", {"sku": "TAZA", "quantity": "4"})
    sold_at = began + timedelta(minutes=1)
    ledger.sell({mug.pk: 1}, location_id=centro.pk, by=SYSTEM, at=sold_at)

    monkeypatch.setattr(clock, "now", lambda: began + timedelta(minutes=5))
    page = words(clerk.post("/store/centro/count/", {"sku": "TAZA", "quantity": "4", "do": "book"}, follow=True))

    assert units() == {("TAZA", "centro"): 3}, "four were there, and one was sold since"
    assert "1 estante contado, 1 difiere." in page
    assert "1 estante se ha movido desde que se contó: por favor, vuelve a mirarlo." in page
    assert "se movió mientras se contaba" in page
    why = words(clerk.get("/store/centro/explain/TAZA/"))
    assert "movido desde que se contó" in why


def test_a_count_of_earlier_is_booked_at_its_own_time_and_never_in_the_future(clerk: Client, centro, mug) -> None:
    said = {"sku": "TAZA", "quantity": "7", "do": "book"}

    refused = words(clerk.post("/store/centro/count/", said | {"taken_at": "2100-01-01T10:00"}, follow=True))
    clerk.post("/store/centro/count/", said | {"taken_at": "2026-01-05T10:00", "reason": "miscounted"})

    movement = Movement.objects.get(kind="counted")
    assert "Esta hora está en el futuro." in refused
    assert movement.occurred_at.isoformat() == "2026-01-05T09:00:00+00:00", "ten o'clock in Madrid"
    assert (movement.counted, movement.quantity, movement.reason) == (7, 2, "miscounted")


def test_a_row_that_nobody_looked_at_is_not_counted_as_none(clerk: Client, mug) -> None:
    page = words(clerk.post("/store/centro/count/", {"list": "TAZA"}, follow=True))
    clerk.post("/store/centro/count/", {"sku": "TAZA", "quantity": "", "do": "book"})

    assert ('name="sku" value="TAZA"' in page, Movement.objects.filter(kind="counted").count()) == (True, 0)
    assert units() == {("TAZA", "centro"): 5}


def test_what_is_gone_is_written_off_with_a_reason_once(clerk: Client, mug) -> None:
    said = {"sku": "TAZA", "quantity": "2", "do": "write-off", "key": "A" * 22}

    without = words(clerk.post("/store/centro/count/", said | {"reason": ""}, headers=BACK, follow=True))
    for _ in range(2):
        clerk.post("/store/centro/count/", said | {"reason": "broken"})

    assert "Elige uno de los motivos." in without
    assert units() == {("TAZA", "centro"): 3}
    assert Movement.objects.get(kind="adjusted").reason == "broken"


def test_what_is_damaged_stays_here_and_is_thrown_away_without_those_that_can_be_sold(clerk: Client, mug) -> None:
    said = {"sku": "TAZA", "quantity": "1", "do": "write-off", "reason": "broken"}

    first = words(clerk.post("/store/centro/count/", said | {"what": "damaged", "key": "A" * 22}, follow=True))
    marked = Stock.objects.values_list("on_hand", "damaged").get(variant=mug)
    clerk.post("/store/centro/count/", said | {"what": "discarded", "key": "B" * 22})

    assert "1 unidades están dañadas." in first
    assert (marked, Stock.objects.values_list("on_hand", "damaged").get(variant=mug)) == ((5, 1), (4, 0))


BACK = {"Referer": "http://testserver/store/centro/count/"}


def test_a_transfer_is_put_together_sent_received_in_part_and_closed(clerk: Client, centro, norte, mug) -> None:
    there = log_in(factories.staff("store", norte))

    made = clerk.post("/store/centro/transfers/", {"destination": "norte", "reference": "TR-9"})
    here = made.headers["Location"]
    away = here.replace("centro", "norte")
    clerk.post(here, {"q": "2048000010016"})
    clerk.post(here, {"sku": "TAZA", "quantity": "4", "do": "send"})
    came = words(there.post(away, {"sku": "TAZA", "quantity": "3", "do": "arrive", "key": "K1"}, follow=True))
    twice = {"sku": "TAZA", "quantity": "3", "do": "arrive", "key": "K1"}
    there.post(away, twice)
    over = words(there.post(away, {"do": "close", "reason": "lost_on_the_road"}, follow=True))

    transfer = Transfer.objects.get()
    assert (transfer.status, transfer.missing, transfer.why_missing) == ("received", 1, "lost_on_the_road")
    assert "recibido en parte" in came
    assert "1 unidad nunca llegó: perdido en el camino" in over
    assert units() == {("TAZA", "centro"): 1, ("TAZA", "norte"): 3, ("TAZA", "on-the-road"): 0}
    assert "TR-9" in words(clerk.get("/store/centro/transfers/"))


def test_a_step_is_the_right_stores_and_a_transfer_of_others_is_not_found(clerk: Client, norte, mug) -> None:
    here = clerk.post("/store/centro/transfers/", {"destination": "norte"}).headers["Location"]
    away = here.replace("centro", "norte")
    there, third = (log_in(factories.staff("store", place)) for place in (norte, factories.location("sur")))

    answers = [
        there.post(away, {"do": "send"}),
        there.post(away, {"sku": "TAZA", "quantity": "1"}),
        clerk.post(here, {"do": "arrive", "sku": "TAZA", "quantity": "1", "key": "K"}),
        clerk.post(here, {"do": "close", "reason": "theft"}),
        third.get(here),
        third.get(here.replace("centro", "sur")),
        third.post(here.replace("centro", "sur"), {"do": "cancel"}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 7
    assert Transfer.objects.get().status == "draft"


@pytest.mark.parametrize("articles", [1, 3])
def test_the_list_costs_the_same_queries_for_one_and_for_three_articles(
    clerk: Client, django_assert_num_queries, articles: int
) -> None:
    for number in range(articles):
        factories.variant(sku=f"X-{number}")
        clerk.post("/store/centro/count/", {"list": f"X-{number}"})

    with django_assert_num_queries(8):
        page = clerk.get("/store/centro/count/")

    assert page.content.count(b'name="sku"') == articles


@pytest.mark.parametrize("page", ["receive", "transfers", "count"])
@pytest.mark.parametrize("language", ["es", "en"])
def test_every_page_speaks_both_languages(clerk: Client, page: str, language: str) -> None:
    answer = clerk.get(f"/store/centro/{page}/", headers={"Accept-Language": language})

    titles = {"receive": ("Recibir mercancía", "Receive goods"), "transfers": ("Traslados", "Transfers")}
    assert titles.get(page, ("Recuento", "Count"))[language == "en"] in words(answer)


def test_the_explanation_draws_what_moved(clerk: Client, centro, mug) -> None:
    ledger.sell({mug.pk: 2}, location_id=centro.pk, by=SYSTEM, at=factories.MONDAY)

    page = words(clerk.get("/store/centro/explain/TAZA/"))

    assert page.count('<path class="level"') == 1
    assert "como máximo 5, como mínimo 0" in page


@pytest.mark.parametrize("nothing", ["\0", "TAZA\0", "x" * 5000, "-1", "1e9", "٣"])
@pytest.mark.parametrize("page", ["receive", "count", "transfers"])
def test_what_makes_no_sense_in_a_form_is_no_fault_of_ours(clerk: Client, norte, mug, page: str, nothing: str) -> None:
    fields = ("q", "list", "drop", "order", "reference", "sku", "quantity", "do", "reason", "taken_at", "destination")

    statuses = {
        clerk.post(
            f"/store/centro/{page}/", {"do": "book", "sku": "TAZA", "quantity": "1"} | {field: nothing}
        ).status_code
        for field in fields
    }

    assert statuses <= {302, 400, 404}
    assert clerk.get(f"/store/centro/{page}/").status_code == 200
