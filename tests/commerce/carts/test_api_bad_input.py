"""What the API of carts refuses, and how."""

import pytest
from django.test import Client

from commerce.carts.models import Cart
from commerce.promotions.models import Coupon
from tests.commerce.carts.calling import CARTS, opened, post, put
from tests.factories import LONG_AGO, MONDAY, coupon, promotion, variant

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_channels")]

BAD_QUANTITIES = [0, -1, 0.5, 1.0, 10_000, 2**31, 2**63, 10**30, "1", "1e3", "", None, True, [1], {"units": 1}]


@pytest.mark.parametrize("quantity", BAD_QUANTITIES)
def test_a_quantity_that_is_no_whole_number_of_units_is_refused(client, quantity):
    variant(sku="TAZA")
    cart = opened(client, ("TAZA", 1))
    path = f"{CARTS}{cart['id']}/lines/"

    answers = [
        post(client, CARTS, {"lines": [{"sku": "TAZA", "quantity": quantity}]}),
        post(client, path, {"sku": "TAZA", "quantity": quantity}),
    ]
    if quantity != 0 or isinstance(quantity, bool):
        answers.append(put(client, f"{path}TAZA/", {"quantity": quantity}))

    assert [answer.status_code for answer in answers] == [400] * len(answers)
    assert answers[1].json()["errors"]["quantity"]
    assert (Cart.objects.count(), Cart.objects.get().version) == (1, 1)


@pytest.mark.parametrize("literal", ["1e3", "1E400", "NaN", "Infinity", "-0.0", "01", "1_000"])
def test_numbers_that_are_not_whole_in_json_are_refused(client, literal):
    variant(sku="TAZA")

    body = f'{{"lines": [{{"sku": "TAZA", "quantity": {literal}}}]}}'
    response = client.post(CARTS, body, content_type="application/json")

    assert (response.status_code, Cart.objects.count()) == (400, 0)


def test_one_thing_as_several_lines_is_checked_on_the_sum(client):
    variant(sku="TAZA")
    lines = [{"sku": "TAZA", "quantity": 5000}] * 2

    response = post(client, CARTS, {"lines": lines})

    assert (response.status_code, response.json()["code"]) == (422, "too_many_units")
    assert Cart.objects.count() == 0


@pytest.mark.parametrize(
    "field", ["price", "unit_price", "discount", "tax", "total", "delivery_total", "sales_channel"]
)
def test_prices_and_channels_are_never_the_callers_to_say(client, field):
    variant(sku="TAZA", price=1000)
    line = {"sku": "TAZA", "quantity": 1}

    for body in ({"lines": [line | {field: 1}]}, {"lines": [line], field: 1}):
        response = post(client, CARTS, body)
        assert response.status_code == 400
        assert "unknown_field" in response.content.decode()


def test_unknown_and_withdrawn_skus_are_named_by_their_line(client):
    variant(sku="TAZA")
    variant(sku="JARRA", is_active=False)
    lines = [{"sku": sku, "quantity": 1} for sku in ("TAZA", "NADA", "JARRA")]

    response = post(client, CARTS, {"lines": lines})

    errors = response.json()["errors"]["lines"]
    assert {index: error["sku"][0]["code"] for index, error in errors.items()} == {
        "1": "unknown_sku",
        "2": "unknown_sku",
    }
    assert (response.status_code, Cart.objects.count()) == (400, 0)


def test_an_unknown_sku_to_be_added_is_named_as_the_field_that_is_wrong(client):
    variant(sku="TAZA")
    cart = opened(client, ("TAZA", 1))

    response = post(client, f"{CARTS}{cart['id']}/lines/", {"sku": "NADA", "quantity": 1})

    assert (response.status_code, response.json()["errors"]["sku"][0]["code"]) == (400, "unknown_sku")


def test_more_lines_than_a_cart_holds_are_refused(client):
    variant(sku="TAZA")

    assert post(client, CARTS, {"lines": [{"sku": "TAZA", "quantity": 1}] * 101}).status_code == 400
    assert post(client, CARTS, {"lines": {"sku": "TAZA", "quantity": 1}}).status_code == 400
    assert post(client, CARTS, {"lines": ["TAZA"]}).status_code == 400


@pytest.mark.parametrize(
    ("code", "status"),
    [("NADA", 422), ("---", 422), ("АLВА", 422), ("x" * 41, 400), ("", 400), (7, 400), (None, 400), ("A\0", 400)],
)
def test_a_code_that_is_none_is_refused_and_the_cart_stays(client, code, status):
    cart = opened(client)

    answers = [put(client, f"{CARTS}{cart['id']}/coupon/", {"code": code}), post(client, CARTS, {"code": code})]

    assert [answer.status_code for answer in answers] == [status, status]
    assert (Cart.objects.count(), Cart.objects.get().version) == (1, 1)


def test_a_code_that_has_ended_says_so(client):
    coupon("DIEZ", ends_at=LONG_AGO.replace(year=2021))
    cart = opened(client)

    response = put(client, f"{CARTS}{cart['id']}/coupon/", {"code": "DIEZ"})

    assert (response.status_code, response.json()["code"]) == (422, "coupon_ended")


def test_a_code_on_excluded_goods_or_used_up_takes_nothing_off_and_says_why(client):
    other = variant()
    variant(sku="TAZA", price=1000)
    excluding = promotion(needs_coupon=True)
    excluding.products.add(other.product)
    coupon("OTRAS", promotion=excluding)
    coupon("GASTADO", use_limit=1, uses_redeemed=1)

    shown = [opened(Client(), ("TAZA", 1), code=code) for code in ("OTRAS", "GASTADO")]

    assert [(cart["total"], cart["refused"][0]["reason"]) for cart in shown] == [(1000, "no_goods"), (1000, "used_up")]


def test_showing_a_cart_spends_no_use(client):
    variant(sku="TAZA")
    coupon("UNA", use_limit=1)

    for _ in range(3):
        opened(Client(), ("TAZA", 1), code="UNA")

    assert (Coupon.objects.get().uses_held, Coupon.objects.get().uses.count()) == (0, 0)


def test_a_version_that_is_none_is_refused(client):
    variant(sku="TAZA")
    cart = opened(client, ("TAZA", 1))

    for version in (0, -1, "1", 1.5, None):
        response = put(client, f"{CARTS}{cart['id']}/lines/TAZA/", {"quantity": 1, "version": version})
        assert response.status_code == 400


@pytest.mark.parametrize("sku", ["NADA", "%00", "%0A", "TAZA%20", "x" * 61, "%F0%9F%98%80", "'--"])
def test_a_sku_that_is_none_is_not_there(client, sku):
    variant(sku="TAZA")
    cart = opened(client)

    assert put(client, f"{CARTS}{cart['id']}/lines/{sku}/", {"quantity": 1}).status_code == 404


def test_the_price_follows_the_list_until_it_is_bought(client):
    cup = variant(sku="TAZA", price=1000)
    cart = opened(client, ("TAZA", 2))
    cup.prices.create(price_list=cup.prices.get().price_list, amount=800, starts_at=MONDAY.replace(year=2021))

    assert client.get(f"{CARTS}{cart['id']}/").json()["total"] == 1600
