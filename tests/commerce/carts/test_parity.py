"""The same basket costs the same through every channel's way in; where it does not, the rule that did it is named."""

import json
import os
from io import StringIO

import pytest
from django.core.management import call_command

from commerce.carts import parity
from commerce.carts.models import Cart, ParityRun
from commerce.catalog.models import Category, Product
from commerce.pricing.models import PriceList
from commerce.timeline.models import Entry
from tests.factories import LONG_AGO, MONDAY, promotion, sales_channel, variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    """Three channels, twenty things and promotions of every kind."""
    for kind in ("web", "store", "call_center"):
        sales_channel(kind)
    table = Category.objects.create(path="Mesa", slug="mesa")
    goods = [variant(price=100 + 137 * n) for n in range(20)]
    Product.objects.filter(pk__in=[v.product_id for v in goods[:5]]).update(category=table)
    goods[0].prices.create(price_list=PriceList.objects.get(), amount=90, min_quantity=5, starts_at=LONG_AGO)
    promotion(value=1000, category=table)
    promotion(kind="n_for_m", quantity=3, pays=2).products.add(*[v.product for v in goods[3:9]])
    promotion(kind="bundle", value=900, currency="EUR").products.add(goods[6].product, goods[7].product)
    promotion(kind="fixed_price", value=500, currency="EUR", maximum=700).variants.add(goods[10], goods[11])
    promotion(kind="tiered", tiers=[[3000, 300], [9000, 700]], applies_to="order", exclusive_group="order")
    promotion(kind="amount", value=450, minimum_total=4000, exclusive_group="order")
    promotion(kind="gift", gift=goods[12], minimum_total=5000)
    return goods


def test_all_channels_agree_and_nothing_is_left_behind(shop):
    found = parity.compare(baskets=40, at=MONDAY)

    assert found.adapters == ["web API web", "store store", "till store", "desk call_center"]
    assert (found.baskets, found.differences, found.declared) == (40, [], [])
    assert (Cart.objects.count(), Entry.objects.count()) == (0, 0)


@pytest.mark.slow
def test_random_baskets_cost_the_same_in_every_channel(shop):
    """All 10,000 with `PARITY_BASKETS=10000 make test ARGS="-k random_baskets"`; a short seed of them in every run."""
    count = int(os.environ.get("PARITY_BASKETS", "150"))

    found = parity.compare(baskets=count, seed=7, at=MONDAY)

    assert (found.baskets, found.differences) == (count, [])


def test_a_list_that_makes_a_channel_differ_is_told_with_its_reason(shop):
    rent = PriceList.objects.create(
        code="tienda", currency="EUR", sales_channel=sales_channel("store"), reason="rent", rank=1
    )
    for each in shop:
        each.prices.create(price_list=rent, amount=5000, starts_at=LONG_AGO)

    found = parity.compare(baskets=3, at=MONDAY)

    assert found.differences == []
    assert {each["rule"] for each in found.declared} == {"price list pvp, tienda: rent"}


def test_the_command_counts_as_json_and_fails_on_a_difference(shop):
    said = StringIO()
    call_command("parity", "--json", "--baskets", "2", stdout=said)
    told = json.loads(said.getvalue())

    assert (told["baskets"], told["differences"]) == (2, [])

    ten = promotion(value=1000, sales_channel=sales_channel("store"), reason="opening", name="Solo aquí")
    with pytest.raises(SystemExit):
        call_command("parity", "--json", "--baskets", "2", stdout=(said := StringIO()))
    assert json.loads(said.getvalue())["differences"][0]["rule"] == f"promotion {ten.pk} “Solo aquí”"


def test_it_is_compared_when_something_is_published_and_once_a_day(shop):
    first, again = parity.watch(at=MONDAY), parity.watch(at=MONDAY)
    promotion(value=500)
    after = parity.watch(at=MONDAY)
    next_day = parity.watch(at=MONDAY + parity.DAY)

    assert [bool(run) for run in (first, again, after, next_day)] == [True, False, True, True]
    assert ParityRun.objects.count() == 3
