"""Our catalogue of bad input around money, quantity, price and promotion: each row, and the tests that stand for it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROWS = {
    "qty 0, -1, 0.5 for unit goods, 2^31, 2^63, 1e3: 400": {
        "commerce/carts/test_api_bad_input.py": [
            "test_a_quantity_that_is_no_whole_number_of_units_is_refused",
            "test_numbers_that_are_not_whole_in_json_are_refused",
        ],
    },
    "the same SKU as several lines: checked on the sum": {
        "commerce/carts/test_api_bad_input.py": ["test_one_thing_as_several_lines_is_checked_on_the_sum"],
        "commerce/quotes/test_reckoning.py": ["test_one_variant_written_as_several_lines_is_one_line"],
    },
    "negative, zero, huge price, foreign currency, KWD and JPY, minor-unit mix-up: 400 or exact": {
        "commerce/quotes/test_extremes.py": [
            "test_a_price_below_zero_or_beyond_all_sense_is_refused_by_the_database",
            "test_a_file_with_a_price_beyond_all_sense_is_told_where",
            "test_the_fullest_cart_of_the_dearest_goods_still_adds_up_in_postgresql_and_json",
        ],
        "commerce/test_money.py": [
            "test_an_amount_is_read_in_the_minor_units_of_its_currency",
            "test_what_is_no_amount_or_has_too_many_decimals_is_refused_never_rounded",
        ],
        "commerce/quotes/test_quote.py": ["test_a_free_variant_and_a_whole_discount_cost_nothing"],
        "commerce/quotes/test_reckoning.py": ["test_currencies_without_and_with_three_decimals_stay_whole_numbers"],
        "commerce/pricing/test_precedence.py": ["test_only_the_channels_own_currency_counts"],
        "commerce/pricing/test_price_csv.py": ["test_each_fault_is_named_by_row_and_nothing_is_published"],
    },
    "client sends own price, discount, tax, shipping: 400": {
        "commerce/carts/test_api_bad_input.py": ["test_prices_and_channels_are_never_the_callers_to_say"],
    },
    "price or promotion changed between quote, payment, confirm, webhook: charged is quoted, else 409 with the new": {
        "orders/stripe/test_price_meanwhile.py": [
            "test_what_is_charged_is_what_was_quoted_whenever_the_price_changes",
            "test_a_price_that_changed_before_the_checkout_is_told_with_the_new_total_and_nothing_is_charged",
        ],
        "orders/test_signed_quotes.py": ["test_after_its_end_the_checkout_refuses_with_the_new_total"],
    },
    "cart edited in a second tab while the bank page is open: bound, or held and given back": {
        "orders/stripe/test_bad_input.py": ["test_a_cart_is_not_changed_in_another_tab_while_its_bank_page_is_open"],
        "orders/stripe/test_paying.py": ["test_goes_back_if_the_shopper_went_on_without_it"],
    },
    "coupon in other case, spaces, confusables, at its edge, twice, excluded goods, total 0: one rule, no Stripe": {
        "commerce/quotes/test_extremes.py": [
            "test_a_code_in_any_disguise_is_one_code_and_put_twice_takes_off_once",
            "test_a_second_code_takes_the_place_of_the_first",
            "test_a_promotion_that_ends_at_midnight_in_madrid_ends_at_that_instant_everywhere",
            "test_everything_off_and_free_delivery_together_cost_nothing_and_never_less",
        ],
        "commerce/promotions/test_uses.py": ["test_a_code_ends_with_itself_or_with_its_promotion"],
        "commerce/carts/test_api_bad_input.py": [
            "test_a_code_on_excluded_goods_or_used_up_takes_nothing_off_and_says_why"
        ],
        "orders/stripe/test_bad_input.py": ["test_what_costs_nothing_never_reaches_stripe"],
        "orders/test_checkout.py": ["test_a_total_of_zero_needs_no_tender"],
    },
    "100 parallel redemptions of a limit-1 coupon, of the last cent of a gift card: exactly 1": {
        "commerce/promotions/test_uses_race.py": [
            "test_of_32_sessions_exactly_as_many_hold_a_coupon_as_it_has_uses",
            "test_with_a_guard_that_reads_and_then_writes_the_same_rush_oversells",
        ],
        "orders/test_buying.py": ["test_of_32_who_spend_the_last_of_a_gift_card_one_wins"],
    },
    "refund above captured, negative, twice in parallel, after a chargeback: 409 or 400": {
        "orders/test_refunds.py": [
            "test_nothing_and_too_much_are_refused_with_what_is_left",
            "test_of_32_refunds_of_60_percent_at_the_same_moment_one_wins",
            "test_the_database_itself_refuses_to_give_back_more_than_there_is",
        ],
        "orders/test_refunding.py": ["test_what_is_no_refund_is_refused_by_field"],
        "orders/stripe/test_bad_input.py": ["test_what_a_bank_took_back_is_not_given_back_as_well"],
    },
    "3 × 0.333, tax inside and on top, line and order rounding: equal to the cent in all channels": {
        "commerce/quotes/test_extremes.py": ["test_thrice_a_third_is_the_same_sum_inside_and_on_top_of_tax"],
        "commerce/quotes/test_reckoning.py": ["test_the_lines_of_a_quote_always_add_up"],
        "commerce/parity/test_comparing.py": ["test_random_baskets_cost_the_same_in_every_channel"],
    },
}


@pytest.mark.parametrize("row", ROWS)
def test_each_row_has_tests_that_stand_for_it(row):
    for file, names in ROWS[row].items():
        tests = set(re.findall(r"^ *def (test_\w+)", (ROOT / file).read_text(), re.MULTILINE))
        assert names, file
        assert set(names) <= tests, file
