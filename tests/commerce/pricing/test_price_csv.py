"""Prices come and go as CSV; a change is looked at first; the lowest price of 30 days stands beside a reduction."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from commerce.pricing.models import PriceList
from commerce.pricing.publishing import preview, set_prices
from commerce.quotes.tags import price_tags
from tests.factories import MONDAY, sales_channel, variant

pytestmark = pytest.mark.django_db


def run(*arguments: object) -> str:
    said = StringIO()
    call_command("prices", *map(str, arguments), stdout=said)
    return said.getvalue()


def test_a_file_is_shown_then_published_and_exported_again(tmp_path):
    variant(sku="A", price=1210, cost=900)
    file = tmp_path / "prices.csv"
    file.write_text("sku,min_quantity,price,compare_at\nA,1,10.00,12.10\nA,10,8.00,\n")

    shown = run("pvp", file)
    before = PriceList.objects.get().version
    run("pvp", file, "--publish")

    assert "A: 1210 → 1000, margin -9.0 %" in shown
    assert "2 prices change, 2 of them below cost" in shown
    assert (before, PriceList.objects.get().version) == (1, 3)
    assert run("pvp").splitlines()[1:] == ["A,1,10.00,12.10", "A,10,8.00,"]


def test_each_fault_is_named_by_row_and_nothing_is_published(tmp_path):
    variant(sku="A", price=1000)
    file = tmp_path / "prices.csv"
    file.write_text("sku,min_quantity,price\nA,0,9\nB,1,9\nA,1,-9\nA,1,9.999\nA,1,1e30\nA,1,9\nA,1,8\n")

    with pytest.raises(CommandError) as refusal:
        run("pvp", file, "--publish")

    assert [line.split(":")[0] for line in str(refusal.value).splitlines()] == [
        "row 2, min_quantity",
        "row 3, sku",
        "row 4, price",
        "row 5, price",
        "row 6, price",
        "row 8, sku",
    ]
    assert PriceList.objects.get().version == 1


def test_a_preview_writes_nothing_and_leaves_out_what_stays():
    a, b = variant(price=1000), variant(price=2000)
    pvp = PriceList.objects.get()

    [change] = preview(pvp, {a.pk: (1000, None), b.pk: (1500, 2000)}, tax_basis_points=2100, at=MONDAY)

    assert (change.sku, change.before, change.after, change.margin_after) == (b.sku, (2000, None), (1500, 2000), None)
    pvp.refresh_from_db()
    assert pvp.version == 1


def test_beside_a_reduction_stands_the_lowest_price_of_the_thirty_days_before():
    cup = variant(price=2000)
    pvp = PriceList.objects.get()
    for days, amount, was in ((40, 1500, None), (20, 1900, None), (10, 1400, 1900)):
        set_prices(pvp, {cup.pk: (amount, was)}, at=MONDAY - timedelta(days=days))

    tag = price_tags([cup.pk], sales_channel=sales_channel(), at=MONDAY)[cup.pk]

    assert (tag.amount, tag.was, tag.lowest) == (1400, 1900, 1500)


def test_what_is_not_reduced_has_no_lowest_price_and_takes_two_queries(django_assert_num_queries):
    cup, channel = variant(price=2000), sales_channel()

    with django_assert_num_queries(2):
        tag = price_tags([cup.pk], sales_channel=channel, at=MONDAY)[cup.pk]

    assert (tag.was, tag.lowest, tag.version) == (None, None, "pvp 1")
