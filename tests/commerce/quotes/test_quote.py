"""One function says what it costs: two queries, whatever the basket, and reasons for what did not apply."""

from datetime import timedelta

import pytest

from commerce.catalog.models import Category, Product
from commerce.promotions.models import Coupon, Promotion
from commerce.quotes.quote import NotForSale, Wanted, quote, quote_what_sells
from tests.factories import LONG_AGO, MONDAY, coupon, person, promotion, sales_channel, variant

pytestmark = pytest.mark.django_db


def quoted(*wanted: tuple, at=MONDAY, **facts):
    return quote([Wanted(v.pk, n) for v, n in wanted], sales_channel=sales_channel(), at=at, **facts)


def reason(**facts) -> list[str]:
    return [refused.reason for refused in quoted((variant(price=1000), 1), **facts).refused]


@pytest.mark.parametrize("lines", [1, 3])
def test_a_quote_takes_two_queries_however_long(lines, django_assert_num_queries):
    basket = [(variant(), 2) for _ in range(lines)]
    promotion(value=1000)
    code = coupon("DIEZ")
    channel = sales_channel()
    wanted = [Wanted(v.pk, n) for v, n in basket]

    with django_assert_num_queries(2):
        quote(wanted, sales_channel=channel, at=MONDAY, coupon=code)


def test_delivery_takes_one_query_more(django_assert_num_queries):
    cup, channel = variant(price=1000), sales_channel()

    with django_assert_num_queries(3):
        priced = quote([Wanted(cup.pk, 1)], sales_channel=channel, at=MONDAY, delivery=495)

    assert (priced.total, priced.tax_total) == (1495, 174 + 86)


def test_a_promotion_applies_by_itself_to_its_category_and_those_below():
    category = Category.objects.create(path="Mesa", slug="mesa")
    below = Category.objects.create(path="Mesa > Tazas", slug="tazas")
    cup, towel = variant(price=1000), variant(price=2000)
    Product.objects.filter(pk=cup.product_id).update(category=below)
    promotion(value=1000, category=category, name="Semana de la mesa")

    priced = quoted((cup, 2), (towel, 1))

    assert [(line.discount, line.promotions) for line in priced.lines] == [(200, ("Semana de la mesa",)), (0, ())]
    assert priced.total == 3800


def test_a_promotion_of_products_looks_at_these_only():
    cup, towel = variant(price=1000), variant(price=2000)
    promotion(value=1000).products.add(towel.product)

    assert [line.discount for line in quoted((cup, 1), (towel, 1)).lines] == [0, 200]
    assert (quoted((cup, 1)).total, quoted((cup, 1)).refused) == (1000, ())


def test_names_of_promotions_come_in_the_readers_language():
    promotion(value=1000, name="Semana del baño", names={"en": "Bath week"})

    names = [quoted((variant(), 1), language=language).applied[0].name for language in ("en", "es")]

    assert names == ["Bath week", "Semana del baño"]


def test_a_promotion_that_needs_a_coupon_waits_for_it():
    code = coupon("DIEZ", value=1000)

    assert quoted((variant(price=1000), 1)).total == 1000
    priced = quoted((variant(price=1000), 1), coupon=code)
    assert (priced.total, priced.spends("DIEZ")) == (900, True)


def test_a_promotion_ends_at_its_very_instant():
    promotion(value=1000, starts_at=MONDAY - timedelta(days=1), ends_at=MONDAY)
    cup = variant(price=1000)

    assert quoted((cup, 1), at=MONDAY - timedelta(microseconds=1)).total == 900
    assert quoted((cup, 1), at=MONDAY).total == 1000


def test_a_coupon_that_does_not_help_says_why():
    used = coupon("USED", use_limit=1)
    used.uses_redeemed = 1

    assert reason(coupon=used) == ["used_up"]
    assert reason(coupon=coupon("GONE", ends_at=MONDAY)) == ["ended"]
    assert reason(coupon=coupon("OVER", promotion=promotion(needs_coupon=True, ends_at=MONDAY))) == ["ended"]
    assert reason(coupon=coupon("OFF", promotion=promotion(needs_coupon=True, is_active=False))) == ["switched_off"]
    soon = promotion(needs_coupon=True, starts_at=MONDAY + timedelta(days=1))
    assert reason(coupon=coupon("SOON", promotion=soon)) == ["not_yet"]
    assert reason(coupon=coupon("MORE", promotion=promotion(needs_coupon=True, minimum_total=1001))) == [
        "below_minimum"
    ]


def test_a_use_held_by_another_checkout_does_not_change_the_price_yet():
    held = coupon("UNA", use_limit=1, uses_held=1)

    assert reason(coupon=held) == []


def test_a_code_tied_to_a_person_with_a_log_in_is_hers_alone(django_user_model):
    lucia = person(user=django_user_model.objects.create_user("lucia"))
    earlier_self, other = person(root=lucia), person("Marta")
    hers = coupon("LUCIA", person=lucia)

    assert reason(coupon=hers, person=lucia) == []
    assert reason(coupon=hers, person=earlier_self) == []
    assert reason(coupon=hers, person=other) == ["not_yours"]
    assert reason(coupon=hers, person=None) == ["not_yours"]


def test_a_code_tied_to_a_lead_helps_whoever_holds_it_until_the_lead_is_somebody():
    lead, other = person("@lucia"), person("Marta")
    given = coupon("LEAD", person=lead)

    assert reason(coupon=given, person=None) == []
    assert reason(coupon=given, person=other) == []
    lead.root = person("Lucía")
    lead.save()
    assert reason(coupon=given, person=other) == ["not_yours"]
    assert reason(coupon=given, person=lead.root) == []


def test_goods_that_cannot_be_bought_are_named():
    cup, gone = variant(price=1000), variant(sku="GONE", is_active=False)

    with pytest.raises(NotForSale) as refusal:
        quoted((cup, 1), (gone, 1))

    assert refusal.value.facts == {"lines": [{"sku": "GONE", "reason": "withdrawn"}]}


def test_a_cart_is_shown_without_what_cannot_be_bought():
    cup, gone = variant(price=1000), variant(sku="GONE", is_active=False)
    wanted = [Wanted(cup.pk, 1), Wanted(gone.pk, 1)]

    priced, missing = quote_what_sells(wanted, sales_channel=sales_channel(), at=MONDAY)

    assert (priced.total, [m.sku for m in missing]) == (1000, ["GONE"])


def test_the_same_basket_costs_the_same_in_every_channel_of_one_price_list():
    cup = variant(price=1999)
    promotion(value=1250)

    totals = {
        kind: quote([Wanted(cup.pk, 3)], sales_channel=sales_channel(kind), at=MONDAY).as_dict()
        for kind in ("web", "store", "call_center", "shopify")
    }

    assert totals["web"] == totals["store"] == totals["call_center"] == totals["shopify"]
    assert totals["web"]["total"] == 5997 - 750


def test_a_free_variant_and_a_whole_discount_cost_nothing():
    cup = variant(price=0)

    assert quoted((cup, 3)).total == 0
    whole = coupon("TODO", value=10_000)
    assert quoted((variant(price=1000), 1), coupon=whole).total == 0


def test_factories_make_what_they_say():
    code = coupon("diez-10")

    assert (code.folded, code.promotion.needs_coupon) == ("D1EZ10", True)
    assert (Promotion.objects.count(), Coupon.objects.get().created_at) == (1, LONG_AGO)
