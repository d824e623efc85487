"""Through the whole quote, with every kind of promotion, tax inside or on top: the amounts add up, all is explained."""

from hypothesis import given
from hypothesis import strategies as st

from commerce.pricing.prices import Offer
from commerce.quotes.reckoning import Wanted, reckon
from tests.commerce.promotions.test_discount import any_rules, lines
from tests.factories import LONG_AGO


@given(lines, any_rules, st.booleans(), st.integers(0, 2500))
def test_whatever_the_kinds_line_discounts_add_up_to_the_total_and_what_did_not_win_has_one_why_not(
    items, rules, tax_included, rate
):
    offers = {
        item.variant_id: Offer(
            item.variant_id,
            f"SKU-{item.variant_id}",
            "Taza",
            item.product_id,
            item.category,
            "pvp",
            1,
            tax_included,
            item.unit,
            None,
            rate,
            LONG_AGO,
        )
        for item in items
    }

    quote = reckon([Wanted(item.variant_id, item.quantity) for item in items], offers, rules, currency="EUR")

    assert quote.total == sum(line.total for line in quote.lines) >= 0
    assert quote.goods_total - quote.total == quote.discount_total
    assert quote.discount_total == sum(line.discount for line in quote.lines)
    assert quote.discount_total == sum(won.amount for won in quote.applied)
    assert all(0 <= line.discount <= line.goods_total for line in quote.lines)
    named = [each.promotion_id for each in (*quote.applied, *quote.refused)]
    assert sorted(named) == sorted(rule.promotion_id for rule in rules)
    assert all(refused.reason for refused in quote.refused)
