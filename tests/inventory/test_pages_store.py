"""What staff in a store see of stock."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from commerce import clock
from commerce.timeline.actors import SYSTEM
from inventory import holds, ledger
from inventory.holds import Want
from inventory.ledger import Move
from inventory.models import Movement
from tests import factories
from tests.factories import MONDAY
from tests.inventory.test_pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def centro():
    return factories.location("centro", name="Centro")


@pytest.fixture
def clerk(client: Client, centro) -> Client:
    factories.sales_channel("store", locations=(centro,))
    client.force_login(factories.staff("store", centro))
    return client


def test_a_clerk_of_one_store_is_there_at_once(clerk: Client) -> None:
    response = clerk.get("/store/")

    assert response.headers["Location"] == "/store/centro/"


def test_a_clerk_of_two_stores_chooses(client: Client, centro) -> None:
    factories.location("lejos", name="Lejos")
    client.force_login(factories.staff("store", centro, factories.location("norte", name="Norte")))

    page = words(client.get("/store/"))

    assert [name in page for name in ("Centro", "Norte", "Lejos")] == [True, True, False]


def test_a_store_that_is_not_hers_is_not_found(clerk: Client) -> None:
    factories.location("norte")

    response = clerk.get("/store/norte/")

    assert response.status_code == 404


def test_a_scan_finds_the_one_article_with_its_units_here_and_elsewhere(clerk: Client, centro) -> None:
    variant = factories.variant(barcode="2048000010016")
    factories.variant()
    factories.stock(variant, centro, on_hand=4)
    factories.stock(variant, factories.location("norte", name="Norte"), on_hand=7)

    page = words(clerk.get("/store/centro/", {"q": "2048000010016"}))

    assert page.count("<article") == 1
    assert '<span class="count good">4</span> aquí' in page
    assert '<span class="number">7</span> Norte' in page


@pytest.mark.parametrize("articles", [1, 3])
def test_a_search_costs_the_same_queries_for_one_and_for_three_articles(
    clerk: Client, django_assert_num_queries, articles: int
) -> None:
    for _ in range(articles):
        variant = factories.variant()
        variant.product.search_text = "taza"
        variant.product.save()

    with django_assert_num_queries(15):
        response = clerk.get("/store/centro/", {"q": "taza"})

    assert response.content.count(b"<article") == articles


def test_why_so_many_units_is_explained_to_the_unit(clerk: Client, centro) -> None:
    variant = factories.variant()
    factories.stock(variant, centro, on_hand=5)
    holds.place(
        [Want(variant.pk, centro.pk, 2, "someone")], expires_at=MONDAY.replace(year=2100), at=MONDAY.replace(day=1)
    )

    page = words(clerk.get(f"/store/centro/explain/{variant.sku}/"))

    assert "3 unidades se pueden vender aquí" in page
    assert "<dt>− retenido por compras en curso</dt><dd>2</dd>" in page
    assert '<td>recibido</td><td class="number">5</td>' in page


def test_the_sums_of_what_moved_make_what_is_on_hand_however_many_movements_there_were(clerk: Client, centro) -> None:
    variant = factories.variant()
    factories.stock(variant, centro, on_hand=1000)
    sold = [Move(variant.pk, centro.pk, "sold", -1) for _ in range(60)]
    ledger.move(sold, by=SYSTEM, at=clock.now())

    page = words(clerk.get(f"/store/centro/explain/{variant.sku}/"))

    assert '<dt>recibido <span class="muted small">× 1</span></dt><dd>1000</dd>' in page
    assert '<dt>vendido <span class="muted small">× 60</span></dt><dd>-60</dd>' in page
    assert '<dd class="total">940</dd>' in page


def test_a_shelf_is_explained_as_of_an_instant_of_the_stores_own_clock_and_as_we_knew_it_then(clerk, centro) -> None:
    variant = factories.variant()
    shelf = factories.stock(variant, centro, on_hand=0)
    for day, learned, units in ((1, 1, 5), (2, 4, 3)):
        Movement.objects.create(
            stock=shelf,
            kind="received",
            quantity=units,
            cause=f"delivery {day}",
            actor="system",
            occurred_at=datetime(2026, 6, day, 8, tzinfo=UTC),
            recorded_at=datetime(2026, 6, learned, 8, tzinfo=UTC),
        )
    page = f"/store/centro/explain/{variant.sku}/"

    asked = [{"at": "2026-06-01T09:59"}, {"at": "2026-06-01T10:00"}, {"at": "2026-06-03T12:00"}, {}]
    shown = [words(clerk.get(page, one)) for one in asked]
    known = words(clerk.get(page, {"at": "2026-06-03T12:00", "known_at": "2026-06-03T12:00"}))
    wrong = words(clerk.get(page, {"at": "yesterday"}))

    units = [re.findall(r"(\d+) unidad", one)[0] for one in [*shown, known]]
    assert units == ["0", "5", "8", "8", "5"]
    assert "según lo que sabíamos el" in known
    assert "Esto no es una fecha con hora." in wrong
