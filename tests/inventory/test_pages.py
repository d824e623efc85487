"""The shop window, as a browser gets it."""

import pytest
from django.test import Client

from commerce.catalog.models import Category, Picture, Product, Variant
from tests import factories

pytestmark = pytest.mark.django_db


def words(response) -> str:
    """What stands on a page, its white space made one."""
    return " ".join(response.content.decode().replace("\xa0", " ").split())


@pytest.fixture
def web():
    return factories.sales_channel(
        locations=(factories.warehouse(), factories.location("centro", name="Centro", city="Madrid"))
    )


@pytest.mark.parametrize("products", [1, 3])
def test_the_window_costs_the_same_queries_for_one_and_for_three_products(
    client: Client, web, django_assert_num_queries, products: int
) -> None:
    for _ in range(products):
        product = factories.variant().product
        Picture.objects.create(product=product, source=f"demo/{product.handle}.svg")

    with django_assert_num_queries(9):
        response = client.get("/")

    assert response.content.count(b'class="name"') == products


@pytest.mark.parametrize("variants", [1, 3])
def test_a_product_costs_the_same_queries_for_one_and_for_three_variants(
    client: Client, web, django_assert_num_queries, variants: int
) -> None:
    first = factories.variant(options=[["Color", "Azul"]])
    for color in ["Blanco", "Teja"][: variants - 1]:
        Variant.objects.create(product=first.product, sku=color, options=[["Color", color]])

    with django_assert_num_queries(9):
        response = client.get(f"/p/{first.product.handle}/")

    assert response.content.count(b'class="chip"') == variants


def test_search_finds_a_product_without_regard_to_case_and_accents(client: Client, web) -> None:
    for title in ("Cojín Botón", "Taza Alba"):
        product = factories.variant().product
        Product.objects.filter(pk=product.pk).update(title=title, search_text=title.lower().replace("í", "i"))

    page = words(client.get("/", {"q": "COJIN"}))

    assert ("Cojín Botón" in page, "Taza Alba" in page) == (True, False)


def test_a_category_shows_what_lies_on_its_shelf_and_below(client: Client, web) -> None:
    table = Category.objects.create(path="Mesa", slug="mesa")
    mugs = Category.objects.create(path="Mesa > Tazas", slug="mesa-tazas")
    for title, category in (("Taza", mugs), ("Mantel", table), ("Lámpara", None)):
        product = factories.variant().product
        Product.objects.filter(pk=product.pk).update(title=title, category=category)

    page = words(client.get("/", {"category": "mesa"}))

    assert [f">{title}</a>" in page for title in ("Taza", "Mantel", "Lámpara")] == [True, True, False]


def test_a_price_stands_with_its_vat_and_the_higher_one_it_is_compared_with(client: Client, web) -> None:
    variant = factories.variant(price=1990, compare_at=2490)

    page = words(client.get(f"/p/{variant.product.handle}/"))

    assert '19,90 € <s><span class="hidden">antes </span>24,90 €</s>' in page
    assert "IVA del 21 % incluido" in page


def test_a_promotion_that_needs_no_code_is_in_the_price_with_its_reason(client: Client, web) -> None:
    variant = factories.variant(price=2000)
    factories.promotion(name="Semana del baño", value=1500)

    page = words(client.get(f"/p/{variant.product.handle}/"))

    assert "17,00 €" in page
    assert '<span class="tag soon">Semana del baño</span>' in page


def test_each_store_says_whether_it_has_the_item_the_nearest_first(client: Client) -> None:
    toledo = factories.location("toledo", name="Toledo", latitude=39.86, longitude=-4.02)
    madrid = factories.location("madrid", name="Madrid", latitude=40.42, longitude=-3.70)
    factories.sales_channel(locations=(madrid, toledo))
    variant = factories.variant()
    factories.stock(variant, toledo, on_hand=2)
    factories.stock(variant, madrid, on_hand=9)

    page = words(client.get(f"/p/{variant.product.handle}/", {"place": "45001"}))

    assert page.index('<strong>Toledo</strong> <span class="good">Últimos 2</span>') < page.index(
        '<strong>Madrid</strong> <span class="good">Disponible</span>'
    )


def test_the_place_is_remembered_for_the_next_product(client: Client, web) -> None:
    one, other = factories.variant(), factories.variant()

    client.get(f"/p/{one.product.handle}/", {"place": "45001"})
    page = words(client.get(f"/p/{other.product.handle}/"))

    assert 'value="45001"' in page


def test_a_place_nobody_knows_is_said_and_the_product_is_shown_all_the_same(client: Client, web) -> None:
    variant = factories.variant()

    response = client.get(f"/p/{variant.product.handle}/", {"place": "Springfield"})

    assert response.status_code == 200
    assert "No conocemos este lugar" in words(response)


def test_a_product_is_told_in_english_where_it_is_translated(client: Client, web) -> None:
    variant = factories.variant()
    Product.objects.update(translations={"en": {"title": "Alba mug", "body": "<p>Every day.</p>"}})

    page = words(client.get(f"/p/{variant.product.handle}/", headers={"Accept-Language": "en"}))

    assert ("<h1>Alba mug</h1>" in page, "<p>Every day.</p>" in page) == (True, True)


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_what_is_not_active_is_not_found(client: Client, web, status: str) -> None:
    variant = factories.variant()
    Product.objects.update(status=status)

    response = client.get(f"/p/{variant.product.handle}/")

    assert response.status_code == 404


def test_a_shop_without_a_web_channel_says_that_nothing_is_sold(client: Client) -> None:
    response = client.get("/")

    assert response.status_code == 409
    assert "Aquí todavía no se vende nada" in words(response)


def test_a_page_has_no_script_or_style_of_its_own(client: Client, web) -> None:
    variant = factories.variant()

    page = words(client.get(f"/p/{variant.product.handle}/"))

    assert (" style=" in page, "<style" in page, "<script>" in page, " onclick=" in page) == (False,) * 4
