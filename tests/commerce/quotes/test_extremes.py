"""Money at its edges: the highest price, thirds, the end of a promotion, codes in every disguise."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from commerce.carts.edits import MAX_LINES, MAX_UNITS
from commerce.money import LARGEST_PRICE
from commerce.pricing.models import PriceList
from commerce.pricing.price_csv import parse_file
from commerce.quotes.quote import quote
from commerce.quotes.reckoning import Wanted
from tests.factories import LONG_AGO, MONDAY, coupon, promotion, sales_channel, variant

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("amount", [-1, LARGEST_PRICE + 1, 2**62])
def test_a_price_below_zero_or_beyond_all_sense_is_refused_by_the_database(amount):
    cup = variant(price=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        cup.prices.create(price_list=PriceList.objects.get(), amount=amount, starts_at=LONG_AGO)


def test_a_file_with_a_price_beyond_all_sense_is_told_where(tmp_path):
    variant(sku="A")
    file = tmp_path / "prices.csv"
    file.write_text(f"sku,price\nA,{LARGEST_PRICE // 100}.01\n")

    found = parse_file(file, price_list=PriceList.objects.get())

    assert [(fault.row, fault.column, fault.reason) for fault in found.faults] == [
        (2, "price", "is higher than any price")
    ]


def test_the_fullest_cart_of_the_dearest_goods_still_adds_up_in_postgresql_and_json(client):
    dear = [variant(price=LARGEST_PRICE) for _ in range(3)]
    lines = [{"sku": each.sku, "quantity": MAX_UNITS} for each in dear]

    sales_channel()
    answer = client.post("/api/v1/carts/", {"lines": lines}, content_type="application/json")

    assert (answer.status_code, answer.json()["total"]) == (201, 3 * MAX_UNITS * LARGEST_PRICE)
    assert MAX_LINES * MAX_UNITS * LARGEST_PRICE < 2**63


def test_thrice_a_third_is_the_same_sum_inside_and_on_top_of_tax():
    third = variant(price=None, tax_basis_points=2100)
    for code, included, kind in (("con", True, "web"), ("sin", False, "store")):
        prices = PriceList.objects.create(
            code=code, currency="EUR", tax_included=included, sales_channel=sales_channel(kind), reason="tax", rank=1
        )
        third.prices.create(price_list=prices, amount=333, starts_at=LONG_AGO)

    within, on_top = (quote([Wanted(third.pk, 3)], sales_channel=sales_channel(k), at=MONDAY) for k in ("web", "store"))

    assert (within.total, within.tax_total) == (999, 173)
    assert (on_top.total, on_top.tax_total) == (999 + 210, 210)
    for each in (within, on_top):
        assert each.total == sum(line.total for line in each.lines)
        assert each.tax_total == sum(line.tax for line in each.lines)


@pytest.mark.parametrize("typed", ["una", " U N A ", "u-n-a", "UNА", "ＵＮＡ", "ｕｎа"])
def test_a_code_in_any_disguise_is_one_code_and_put_twice_takes_off_once(client, typed):
    cup = variant(price=1000)
    sales_channel()
    coupon("UNA", use_limit=1)
    cart = client.post(
        "/api/v1/carts/", {"lines": [{"sku": cup.sku, "quantity": 1}]}, content_type="application/json"
    ).json()

    totals = [
        client.put(f"/api/v1/carts/{cart['id']}/coupon/", {"code": code}, content_type="application/json").json()[
            "total"
        ]
        for code in (typed, typed, "UNA")
    ]

    assert totals == [900, 900, 900]


def test_a_second_code_takes_the_place_of_the_first(client):
    cup = variant(price=1000)
    sales_channel()
    coupon("UNA")
    coupon("DOS", value=2000)
    cart = client.post(
        "/api/v1/carts/",
        {"lines": [{"sku": cup.sku, "quantity": 1}], "code": "UNA"},
        content_type="application/json",
    ).json()

    after = client.put(f"/api/v1/carts/{cart['id']}/coupon/", {"code": "DOS"}, content_type="application/json").json()

    assert (cart["total"], after["total"], after["code"]) == (900, 800, "DOS")


def test_a_promotion_that_ends_at_midnight_in_madrid_ends_at_that_instant_everywhere():
    cup = variant(price=1000)
    midnight = MONDAY.replace(hour=23)  # 0:00 of Tuesday in Madrid
    promotion(value=1000, ends_at=midnight)
    tick = timedelta(microseconds=1)

    def total(kind, at):
        return quote([Wanted(cup.pk, 1)], sales_channel=sales_channel(kind), at=at).total

    for kind in ("web", "store", "call_center"):
        assert [total(kind, at) for at in (midnight - tick, midnight)] == [900, 1000]


def test_everything_off_and_free_delivery_together_cost_nothing_and_never_less():
    cup = variant(price=1000)
    promotion(value=10_000)
    promotion(kind="amount", value=500)
    promotion(value=10_000, applies_to="shipping")

    priced = quote([Wanted(cup.pk, 2)], sales_channel=sales_channel(), delivery=499, at=MONDAY)

    assert (priced.total, priced.delivery_total, priced.tax_total) == (0, 0, 0)
