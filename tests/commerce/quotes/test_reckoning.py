"""The amounts of a quote add up to the cent, with tax inside or on top, however the basket is written down."""

from hypothesis import given
from hypothesis import strategies as st

from commerce.pricing.prices import Offer
from commerce.promotions.taking import Rule
from commerce.quotes.reckoning import AppliedPromotion, QuotedLine, RefusedPromotion, Wanted, delivered, reckon
from tests.factories import LONG_AGO


def offer(variant_id: int, amount: int, *, tax_included: bool = True, rate: int = 2100) -> Offer:
    return Offer(
        variant_id,
        f"SKU-{variant_id}",
        "Taza",
        variant_id,
        "Mesa",
        "pvp",
        3,
        tax_included,
        amount,
        None,
        rate,
        LONG_AGO,
    )


def test_tax_is_taken_from_within_where_the_list_includes_it():
    quote = reckon([Wanted(1, 3)], {1: offer(1, 333)}, [], currency="EUR")

    assert quote.lines == (QuotedLine(1, "SKU-1", "Taza", 3, 333, 999, 0, 999, 173, 2100, ()),)
    assert (quote.goods_total, quote.discount_total, quote.tax_total, quote.total) == (999, 0, 173, 999)


def test_tax_is_put_on_top_where_the_list_excludes_it():
    rules = [Rule(7, 1, "Diez", "percentage", 1000)]

    quote = reckon([Wanted(1, 3)], {1: offer(1, 333, tax_included=False)}, rules, currency="EUR")

    # 9.99 net, 1.00 off, 8.99 net left, 1.89 tax; shown with tax: 12.09 − 1.21 = 10.88
    assert quote.lines == (QuotedLine(1, "SKU-1", "Taza", 3, 403, 1209, 121, 1088, 189, 2100, ("Diez",)),)
    assert (quote.tax_total, quote.total) == (189, 1088)
    assert quote.applied == (AppliedPromotion(7, "Diez", "", 121),)


def test_currencies_without_and_with_three_decimals_stay_whole_numbers():
    yen = reckon([Wanted(1, 1)], {1: offer(1, 105, rate=1000)}, [], currency="JPY")
    dinars = reckon([Wanted(1, 1)], {1: offer(1, 1005, rate=500)}, [], currency="KWD")

    assert (yen.total, yen.tax_total) == (105, 10)
    assert (dinars.total, dinars.tax_total) == (1005, 48)


def test_one_variant_written_as_several_lines_is_one_line():
    rules = [Rule(7, 1, "Mitad", "percentage", 5000, minimum_total=9)]

    split = reckon([Wanted(1, 1), Wanted(1, 1), Wanted(1, 1)], {1: offer(1, 3)}, rules, currency="EUR")

    assert split == reckon([Wanted(1, 3)], {1: offer(1, 3)}, rules, currency="EUR")
    assert [line.quantity for line in split.lines] == [3]


def test_delivery_is_part_of_the_total_and_of_the_tax_but_never_discounted():
    rules = [Rule(7, 1, "Gratis", "percentage", 10_000, coupon="GRATIS")]

    quote = reckon([Wanted(1, 1)], {1: offer(1, 1210)}, rules, currency="EUR")
    quote = delivered(quote, fee=495, tax_basis_points=2100)

    assert (quote.goods_total, quote.discount_total, quote.delivery_total) == (1210, 1210, 495)
    assert (quote.total, quote.tax_total) == (495, 86)
    assert (quote.spends("GRATIS"), quote.spends("OTRA")) == (True, False)


def test_reasons_and_versions_are_kept_as_json():
    rules = [Rule(7, 2, "Cinco", "amount", 500, "EUR", minimum_total=1500, coupon="CINCO")]

    quote = reckon([Wanted(1, 1)], {1: offer(1, 1000)}, rules, currency="EUR")

    assert quote.refused == (RefusedPromotion(7, "Cinco", "CINCO", "below_minimum", 500),)
    assert quote.versions == {"price_lists": {"pvp": 3}, "promotions": {"7": 2}}
    assert quote.as_dict() == {
        "currency": "EUR",
        "lines": [
            {
                "variant_id": 1,
                "sku": "SKU-1",
                "title": "Taza",
                "quantity": 1,
                "unit_price": 1000,
                "goods_total": 1000,
                "discount": 0,
                "total": 1000,
                "tax": 174,
                "tax_basis_points": 2100,
                "promotions": [],
                "differs": "",
            }
        ],
        "goods_total": 1000,
        "discount_total": 0,
        "delivery_total": 0,
        "tax_total": 174,
        "total": 1000,
        "applied": [],
        "refused": [
            {"promotion_id": 7, "name": "Cinco", "coupon": "CINCO", "reason": "below_minimum", "missing": 500}
            | {"blocker": ""}
        ],
        "is_greedy": False,
        "is_first_purchase": False,
        "signed": "",
        "versions": {"price_lists": {"pvp": 3}, "promotions": {"7": 2}},
    }


def test_an_empty_basket_costs_nothing():
    quote = reckon([], {}, [Rule(7, 2, "Cinco", "amount", 500, "EUR")], currency="EUR")

    assert (quote.lines, quote.total, quote.tax_total) == ((), 0, 0)


baskets = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(1, 9999), st.booleans(), st.sampled_from([0, 400, 1000, 2100])),
    max_size=5,
)
promotions = st.lists(
    st.builds(
        Rule,
        st.integers(1, 9),
        version=st.just(1),
        name=st.just("Oferta"),
        kind=st.just("percentage"),
        value=st.integers(0, 10_000),
        product_ids=st.none() | st.frozensets(st.integers(0, 4)),
    )
    | st.builds(
        Rule,
        st.integers(1, 9),
        version=st.just(1),
        name=st.just("Menos"),
        kind=st.just("amount"),
        value=st.integers(0, 10**8),
        currency=st.just("EUR"),
    ),
    max_size=3,
    unique_by=lambda rule: rule.promotion_id,
)


@given(baskets, promotions, st.integers(0, 2000))
def test_the_lines_of_a_quote_always_add_up(basket, rules, delivery):
    offers = {i: offer(i, amount, tax_included=within, rate=rate) for i, (amount, _, within, rate) in enumerate(basket)}
    wanted = [Wanted(i, quantity) for i, (_, quantity, _, _) in enumerate(basket)]

    quote = reckon(wanted, offers, rules, currency="EUR")
    quote = delivered(quote, fee=delivery, tax_basis_points=2100)

    for line in quote.lines:
        assert line.total == line.goods_total - line.discount
        assert 0 <= line.tax <= line.total
        assert 0 <= line.discount <= line.goods_total
    assert quote.goods_total == sum(line.goods_total for line in quote.lines)
    assert quote.discount_total == sum(line.discount for line in quote.lines)
    assert quote.discount_total == sum(promotion.amount for promotion in quote.applied)
    assert quote.total == sum(line.total for line in quote.lines) + delivery
    assert 0 <= quote.tax_total <= quote.total
