"""Products are told with price and stock as the caller's channel sells them; at a constant number of queries."""

import pytest
from django.db.models import F

from commerce.catalog.models import Category, Picture, Product, Variant
from commerce.catalog.words import search_text
from commerce.pricing.models import Price, PriceList
from tests.factories import LONG_AGO, location, person, sales_channel, staff, stock, variant, warehouse

pytestmark = pytest.mark.django_db

PRICE = {
    "was": None,
    "lowest_30_days": None,
    "unit_price": None,
    "unit": "",
    "differs": "",
    "version": "pvp 1",
    "tax_basis_points": 2100,
    "reasons": [],
}
PRODUCTS = "/api/v1/products/"


@pytest.fixture
def web():
    return sales_channel("web", locations=(location("centro"), location("toledo"), warehouse()))


@pytest.fixture
def mug(web):
    made = variant(price=990, sku="TAZA-B", barcode="2048000010016", options=[["Color", "Blanco"]])
    table, _ = Category.objects.get_or_create(path="Vajilla", slug="vajilla")
    Product.objects.filter(pk=made.product_id).update(
        handle="taza-alba",
        title="Taza Alba",
        body="<p>Gres.</p>",
        translations={"en": {"title": "Alba mug", "body": "<p>Stoneware.</p>"}},
        category=table,
        tags=["gres"],
        search_text=search_text(titles=["Taza Alba", "Alba mug"], others=["Vajilla", "gres"]),
    )
    Picture.objects.create(product=made.product, variant=made, source="demo/taza-alba.svg", alt="Taza, blanco")
    Picture.objects.create(product=made.product, source="https://cdn.example/x.jpg", position=2)
    stock(made, location("centro"), on_hand=3)
    stock(made, warehouse(), on_hand=40)
    return made


def another_variant(of: Variant, sku: str, *, price: int) -> Variant:
    made = Variant.objects.create(product=of.product, sku=sku, options=[["Color", sku]], position=2)
    Price.objects.create(price_list=PriceList.objects.get(), variant=made, amount=price, starts_at=LONG_AGO)
    stock(made, location("toledo"), on_hand=1)
    return made


def test_a_product_is_told_with_price_and_stock_by_store(client, mug):
    answer = client.get(f"{PRODUCTS}taza-alba/")

    assert answer.status_code == 200
    assert answer.json() == {
        "handle": "taza-alba",
        "title": "Taza Alba",
        "body": "<p>Gres.</p>",
        "vendor": "",
        "category": {"path": "Vajilla", "slug": "vajilla"},
        "tags": ["gres"],
        "pictures": [
            {"address": "/static/demo/taza-alba.svg", "alt": "Taza, blanco", "sku": "TAZA-B"},
            {"address": "https://cdn.example/x.jpg", "alt": "", "sku": None},
        ],
        "currency": "EUR",
        "variants": [
            {
                "sku": "TAZA-B",
                "barcode": "2048000010016",
                "options": [{"name": "Color", "value": "Blanco"}],
                "price": PRICE | {"amount": 990},
                "available": 20,
                "is_more": True,
                "stores": [
                    {"location": "centro", "name": "centro", "available": 3, "is_more": False},
                    {"location": "toledo", "name": "toledo", "available": 0, "is_more": False},
                ],
            }
        ],
    }


def test_staff_are_told_every_unit(client, mug):
    sales_channel("call_center", locations=(location("centro"), warehouse()))
    client.force_login(staff("agent"))

    [told] = client.get(f"{PRODUCTS}taza-alba/").json()["variants"]

    assert (told["available"], told["is_more"]) == (43, False)


def test_it_speaks_the_callers_language(client, mug):
    answer = client.get(f"{PRODUCTS}taza-alba/", headers={"Accept-Language": "en"}).json()

    assert (answer["title"], answer["body"]) == ("Alba mug", "<p>Stoneware.</p>")


def test_what_has_no_price_is_shown_and_cannot_be_bought(client, mug):
    PriceList.objects.update(is_active=False)

    [told] = client.get(f"{PRODUCTS}taza-alba/").json()["variants"]

    assert told["price"] is None


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_what_is_not_active_is_not_there(client, mug, status):
    Product.objects.update(status=status)

    assert client.get(f"{PRODUCTS}taza-alba/").status_code == 404
    assert client.get(PRODUCTS, {"q": "taza"}).json()["count"] == 0


def test_an_unknown_product_is_a_problem_with_a_code(client, web):
    answer = client.get(f"{PRODUCTS}nada/")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_list_tells_the_cheapest_variant(client, mug):
    another_variant(mug, "TAZA-C", price=890)

    answer = client.get(PRODUCTS).json()

    assert answer == {
        "count": 1,
        "page": 1,
        "pages": 1,
        "currency": "EUR",
        "products": [
            {
                "handle": "taza-alba",
                "title": "Taza Alba",
                "picture": {"address": "/static/demo/taza-alba.svg", "alt": "Taza, blanco"},
                "price": PRICE | {"amount": 890},
                "price_is_from": True,
                "variants": 2,
            }
        ],
    }


@pytest.mark.parametrize(
    ("query", "handles"),
    [
        ({"q": "tazas"}, ["taza-alba"]),
        ({"q": "mug"}, ["taza-alba"]),
        ({"q": "TAZA-B"}, ["taza-alba"]),
        ({"q": "2048000010016"}, ["taza-alba"]),
        ({"q": "lámpara"}, []),
        ({"category": "vajilla"}, ["taza-alba"]),
        ({"category": "ropa"}, []),
        ({"q": ""}, ["taza-alba", "otro"]),
    ],
)
def test_a_list_answers_words_codes_and_shelves(client, mug, query, handles):
    other = variant()
    Product.objects.filter(pk=other.product_id).update(handle="otro")

    answer = client.get(PRODUCTS, query).json()

    assert [product["handle"] for product in answer["products"]] == handles


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"page": 2}, 404, "no_such_page"),
        ({"page": 0}, 400, "invalid"),
        ({"page": "one"}, 400, "invalid"),
        ({"q": "x" * 81}, 400, "invalid"),
        ({"q": "\0"}, 400, "invalid"),
        ({"category": "a/b"}, 400, "invalid"),
        ({"colour": "red"}, 400, "invalid"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(client, mug, query, status, code):
    answer = client.get(PRODUCTS, query)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_price_that_somebody_pays_less_is_never_another_in_another_channel(client, mug):
    sales_channel("store", locations=(location("centro"),))
    client.force_login(staff("store", location("centro")))
    in_store = client.get(f"{PRODUCTS}taza-alba/").json()["variants"][0]["price"]
    client.logout()

    assert client.get(f"{PRODUCTS}taza-alba/").json()["variants"][0]["price"] == in_store


@pytest.mark.parametrize("more", [0, 2])
def test_a_product_costs_five_queries_however_many_variants_it_has(client, mug, django_assert_num_queries, more):
    for number in range(more):
        another_variant(mug, f"TAZA-{number}", price=990)

    with django_assert_num_queries(5):
        client.get(f"{PRODUCTS}taza-alba/")


@pytest.mark.parametrize("more", [0, 2])
def test_a_search_costs_nine_queries_however_much_it_finds(client, mug, django_assert_num_queries, more):
    for _ in range(more):
        Product.objects.filter(pk=variant().product_id).update(search_text="taza | x", vendor=F("title"))

    with django_assert_num_queries(9):
        client.get(PRODUCTS, {"q": "taza"})


def test_a_shopper_who_is_logged_in_sees_the_same(client, mug, django_user_model):
    user = django_user_model.objects.create_user("lucia")
    person(user=user)
    as_visitor = client.get(f"{PRODUCTS}taza-alba/").json()
    client.force_login(user)

    assert client.get(f"{PRODUCTS}taza-alba/").json() == as_visitor
