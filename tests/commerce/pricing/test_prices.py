"""One price applies: of the list with the highest rank, the latest that has begun; with the tax of its day."""

from datetime import timedelta

import pytest

from commerce.catalog.models import Product
from commerce.pricing.models import Price, PriceList, TaxRate
from commerce.pricing.prices import Market, NoOffer, NoTaxRate, look_up, tax_rate
from tests.factories import LONG_AGO, MONDAY, sales_channel, variant

pytestmark = pytest.mark.django_db


def price_list(code: str, *, rank: int = 0, channel=None, **fields) -> PriceList:
    reason = "stores have rent to pay" if channel else ""
    return PriceList.objects.create(
        code=code, currency="EUR", rank=rank, sales_channel=channel, reason=reason, **fields
    )


def price(of, on: PriceList, amount: int, *, starts_at=LONG_AGO, **fields) -> Price:
    return Price.objects.create(price_list=on, variant=of, amount=amount, starts_at=starts_at, **fields)


def amount_of(of, *, in_channel: str = "web", at=MONDAY) -> tuple[str, int]:
    offers, _ = look_up([of.pk], market=Market(sales_channel(in_channel)), at=at)
    return offers[of.pk].price_list, offers[of.pk].amount


def test_an_offer_says_all_that_a_quote_needs():
    cup = variant(price=1250, sku="TAZA-AZ", options=[["Color", "Azul"], ["Talla", "M"]])

    offers, missing = look_up([cup.pk], market=Market(sales_channel()), at=MONDAY)

    assert vars(offers[cup.pk]) == {
        "variant_id": cup.pk,
        "sku": "TAZA-AZ",
        "title": f"{cup.product.title} – Azul / M",
        "product_id": cup.product_id,
        "category": "",
        "price_list": "pvp",
        "version": 1,
        "tax_included": True,
        "amount": 1250,
        "compare_at": None,
        "tax_basis_points": 2100,
        "began": LONG_AGO,
        "differs": "",
        "content": None,
        "content_unit": "",
    }
    assert missing == {}


def test_titles_come_in_the_readers_language_where_they_are_translated():
    cup = variant()
    Product.objects.filter(pk=cup.product_id).update(title="Taza", translations={"en": {"title": "Mug"}})

    titles = [
        look_up([cup.pk], market=Market(sales_channel()), at=MONDAY, language=language)[0][cup.pk].title
        for language in ("en", "es", "")
    ]

    assert titles == ["Mug", "Taza", "Taza"]


def test_the_channels_own_list_goes_before_the_one_for_all_and_only_there():
    cup = variant(price=1000)
    price(cup, price_list("tiendas", channel=sales_channel("store")), 1100)

    assert amount_of(cup, in_channel="store") == ("tiendas", 1100)
    assert amount_of(cup, in_channel="web") == ("pvp", 1000)


def test_a_higher_rank_goes_before_a_channels_own_list():
    cup = variant(price=1000)
    price(cup, price_list("tiendas", channel=sales_channel("store")), 1100)
    price(cup, price_list("liquidacion", rank=5), 700)

    assert amount_of(cup, in_channel="store") == ("liquidacion", 700)


def test_a_list_without_a_price_for_the_variant_leaves_it_to_the_next():
    cup, other = variant(price=1000), variant(price=2000)
    price(other, price_list("liquidacion", rank=5), 700)

    assert amount_of(cup) == ("pvp", 1000)


def test_lists_that_are_inactive_or_in_another_currency_do_not_apply():
    cup = variant(price=1000)
    price(cup, price_list("vieja", rank=9, is_active=False), 1)
    price(cup, PriceList.objects.create(code="libras", currency="GBP", rank=9), 2)

    assert amount_of(cup) == ("pvp", 1000)


def test_a_price_counts_from_its_very_instant():
    cup = variant(price=1000)
    price(cup, PriceList.objects.get(code="pvp"), 900, starts_at=MONDAY)

    assert amount_of(cup, at=MONDAY - timedelta(microseconds=1)) == ("pvp", 1000)
    assert amount_of(cup, at=MONDAY) == ("pvp", 900)


def test_a_tax_rate_counts_from_its_very_instant():
    cup = variant()
    TaxRate.objects.create(country="ES", category="standard", basis_points=2300, starts_at=MONDAY)

    rates = [
        look_up([cup.pk], market=Market(sales_channel()), at=at)[0][cup.pk].tax_basis_points
        for at in (MONDAY - timedelta(seconds=1), MONDAY)
    ]

    assert rates == [2100, 2300]
    assert tax_rate(country="ES", at=MONDAY) == 2300


def test_without_a_tax_rate_nothing_is_guessed():
    with pytest.raises(NoTaxRate, match="PT has no standard tax rate at 2026-11-23"):
        tax_rate(country="PT", at=MONDAY)


def test_what_cannot_be_bought_says_why():
    withdrawn, archived, unpriced, untaxed = (variant(sku=f"V{n}", price=None if n == 2 else 1000) for n in range(4))
    withdrawn.is_active = False
    withdrawn.save()
    Product.objects.filter(pk=archived.product_id).update(status="archived", title="Archivado")
    Product.objects.filter(pk=untaxed.product_id).update(tax_category="book")
    ids = [withdrawn.pk, archived.pk, unpriced.pk, untaxed.pk, 0]

    offers, missing = look_up(ids, market=Market(sales_channel()), at=MONDAY)

    assert offers == {}
    assert [missing[i].reason for i in ids] == ["withdrawn", "withdrawn", "no_price", "no_tax_rate", "unknown"]
    assert missing[archived.pk] == NoOffer(archived.pk, "V1", "Archivado", "withdrawn")
