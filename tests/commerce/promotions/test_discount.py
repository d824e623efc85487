"""What promotions take off: the best allowed combination, the same everywhere, never below zero."""

from dataclasses import replace
from itertools import product as every

from hypothesis import given
from hypothesis import strategies as st

from commerce.money import share
from commerce.promotions.discount import NOTHING, discount, off_delivery
from commerce.promotions.taking import Item, Reason, Rule


def percentage(promotion_id: int, basis_points: int, **facts) -> Rule:
    return Rule(promotion_id, 1, f"P{promotion_id}", "percentage", basis_points, **facts)


def amount(promotion_id: int, minor_units: int, **facts) -> Rule:
    return Rule(promotion_id, 1, f"A{promotion_id}", "amount", minor_units, "EUR", **facts)


def outcome(items, *rules):
    """What was decided, in short: promotion → its parts, and promotion → (reason, missing)."""
    decided = discount(items, rules, currency="EUR")
    return (
        {a.rule.promotion_id: a.parts for a in decided.applied},
        {r.rule.promotion_id: (r.reason, r.missing) for r in decided.refused},
    )


TEN, TWENTY = Item(1, "Mesa > Tazas", 1000), Item(2, "Baño", 2000)


def test_without_promotions_nothing_is_decided():
    assert discount([TEN], [], currency="EUR") == NOTHING


def test_a_percentage_is_split_by_largest_remainder():
    thirds = [Item(n, "", 333) for n in range(3)]

    assert outcome(thirds, percentage(1, 1000)) == ({1: (34, 33, 33)}, {})


def test_each_line_goes_to_its_highest_percentage():
    applied, refused = outcome([TEN, TWENTY], percentage(1, 1000), percentage(2, 1500, category="Baño"))

    assert (applied, refused) == ({2: (0, 300), 1: (100, 0)}, {})


def test_a_percentage_that_wins_no_line_says_that_another_is_better():
    applied, refused = outcome([TEN], percentage(1, 1000), percentage(2, 2000))

    assert (applied, refused) == ({2: (200,)}, {1: (Reason.OTHER_IS_BETTER, 0)})


def test_of_amounts_the_best_one_is_taken_off_what_percentages_left():
    applied, refused = outcome([TEN, TWENTY], amount(1, 500), amount(2, 800), percentage(3, 5000))

    assert applied == {3: (500, 1000), 2: (267, 533)}
    assert refused == {1: (Reason.OTHER_IS_BETTER, 0)}


def test_an_amount_takes_no_more_than_its_goods_cost():
    assert outcome([TEN, TWENTY], amount(1, 5000, category="Mesa")) == ({1: (1000, 0)}, {})


def test_a_category_means_those_below_it_but_not_those_that_begin_alike():
    assert outcome([TEN], percentage(1, 1000, category="Mesa"))[0] == {1: (100,)}
    assert outcome([TEN], percentage(1, 1000, category="Mesa > Tazas"))[0] == {1: (100,)}
    assert outcome([TEN], percentage(1, 1000, category="Mes"))[1] == {1: (Reason.NO_GOODS, 0)}
    assert outcome([Item(3, "", 100)], percentage(1, 1000, category="Mesa"))[1] == {1: (Reason.NO_GOODS, 0)}


def test_products_and_a_category_together_mean_either():
    rule = percentage(1, 1000, category="Baño", product_ids=frozenset({1}))

    assert outcome([TEN, TWENTY, Item(3, "", 500)], rule)[0] == {1: (100, 200, 0)}


def test_a_list_of_products_that_holds_none_of_the_basket_is_not_for_everything():
    assert outcome([TEN], percentage(1, 1000, product_ids=frozenset()))[1] == {1: (Reason.NO_GOODS, 0)}


def test_the_minimum_is_asked_of_its_own_goods_and_says_what_is_missing():
    rule = amount(1, 500, minimum_total=2500, category="Baño")

    assert outcome([TEN, TWENTY], rule) == ({}, {1: (Reason.BELOW_MINIMUM, 500)})
    assert outcome([TEN, TWENTY], amount(1, 500, minimum_total=3000))[0] == {1: (167, 333)}


def test_an_amount_in_another_currency_is_refused():
    assert discount([TEN], [amount(1, 500)], currency="JPY").refused[0].reason == Reason.OTHER_CURRENCY


def test_at_a_tie_no_coupon_is_spent():
    applied, refused = outcome([TEN], percentage(1, 1000, coupon="DIEZ"), percentage(2, 1000))

    assert (applied, refused) == ({2: (100,)}, {1: (Reason.OTHER_IS_BETTER, 0)})


def test_a_coupon_that_takes_nothing_off_is_not_spent():
    assert outcome([Item(1, "", 4)], percentage(1, 1000, coupon="DIEZ"))[1] == {1: (Reason.TAKES_NOTHING_OFF, 0)}
    assert outcome([TEN], percentage(1, 10000), amount(2, 500))[1] == {2: (Reason.TAKES_NOTHING_OFF, 0)}


def test_what_stood_against_a_promotion_before_is_kept_as_its_reason():
    assert outcome([TEN], percentage(1, 1000, refused=Reason.USED_UP)) == ({}, {1: (Reason.USED_UP, 0)})


categories = st.sampled_from(["", "Mesa", "Mesa > Tazas", "Baño"])
items = st.lists(
    st.builds(Item, product_id=st.integers(1, 4), category=categories, amount=st.integers(0, 10**7)), max_size=6
)
scopes = {
    "category": categories,
    "product_ids": st.none() | st.frozensets(st.integers(1, 4)),
    "minimum_total": st.sampled_from([0, 0, 1, 5000, 10**6]),
    "coupon": st.sampled_from(["", "CODE"]),
    "refused": st.sampled_from([None, None, None, Reason.USED_UP]),
}
facts = {"version": st.just(1), "name": st.just("")}
rule_sets = st.lists(
    st.builds(Rule, st.integers(1, 9), kind=st.just("percentage"), value=st.integers(0, 10_000), **facts, **scopes)
    | st.builds(
        Rule,
        st.integers(1, 9),
        kind=st.just("amount"),
        value=st.integers(0, 10**8),
        currency=st.sampled_from(["EUR", "EUR", "USD"]),
        **facts,
        **scopes,
    ),
    max_size=6,
    unique_by=lambda rule: rule.promotion_id,
)


@given(items, rule_sets)
def test_no_line_is_ever_charged_below_zero_and_no_part_is_negative(items, rules):
    decided = discount(items, rules, currency="EUR")

    for i, item in enumerate(items):
        parts = [applied.parts[i] for applied in decided.applied]
        assert min(parts, default=0) >= 0
        assert sum(parts) <= item.amount


@given(items, rule_sets)
def test_every_promotion_is_either_applied_or_refused_once(items, rules):
    decided = discount(items, rules, currency="EUR")

    named = [a.rule.promotion_id for a in decided.applied] + [r.rule.promotion_id for r in decided.refused]
    assert sorted(named) == sorted(rule.promotion_id for rule in rules)
    assert all(sum(applied.parts) > 0 for applied in decided.applied)


@given(items, rule_sets)
def test_each_line_has_one_percentage_and_the_basket_one_amount_at_most(items, rules):
    decided = discount(items, rules, currency="EUR")

    percentages = [a for a in decided.applied if a.rule.kind == "percentage"]
    assert all(sum(a.parts[i] > 0 for a in percentages) <= 1 for i in range(len(items)))
    assert len(decided.applied) - len(percentages) <= 1


@given(items, rule_sets, st.randoms(use_true_random=False))
def test_the_order_in_which_promotions_are_read_does_not_matter(items, rules, random):
    shuffled = random.sample(rules, len(rules))

    straight, mixed = (discount(items, chosen, currency="EUR") for chosen in (rules, shuffled))

    assert straight.applied == mixed.applied
    assert {r.rule.promotion_id: r.reason for r in straight.refused} == {
        r.rule.promotion_id: r.reason for r in mixed.refused
    }


@given(
    st.lists(
        st.builds(Item, product_id=st.integers(1, 3), category=st.just(""), amount=st.integers(0, 500)), max_size=3
    ),
    st.lists(
        st.builds(
            Rule,
            st.integers(1, 9),
            kind=st.sampled_from(["percentage", "amount"]),
            value=st.integers(0, 1000),
            currency=st.just("EUR"),
            product_ids=st.none() | st.frozensets(st.integers(1, 3)),
            **facts,
        ),
        max_size=3,
        unique_by=lambda rule: rule.promotion_id,
    ),
)
def test_no_allowed_combination_would_take_more_off(items, rules):
    """By trying them all; each percentage is rounded once, so up to half a unit each may be lost to rounding."""
    decided = discount(items, rules, currency="EUR")

    percentages = [rule for rule in rules if rule.kind == "percentage"]
    amounts = [rule for rule in rules if rule.kind == "amount"]

    def looks_at(rule: Rule, item: Item) -> bool:
        return rule.product_ids is None or item.product_id in rule.product_ids

    best = 0
    for choice in every([None, *percentages], repeat=len(items)):
        if any(rule and not looks_at(rule, item) for rule, item in zip(choice, items, strict=True)):
            continue
        left = [
            item.amount - (share(item.amount, rule.value) if rule else 0)
            for rule, item in zip(choice, items, strict=True)
        ]
        off = sum(item.amount for item in items) - sum(left)
        for rule in amounts:
            best = max(
                best, off + min(rule.value, sum(x for x, i in zip(left, items, strict=True) if looks_at(rule, i)))
            )
        best = max(best, off)
    assert sum(sum(applied.parts) for applied in decided.applied) >= best - (len(items) + len(percentages)) / 2


def line(product_id: int, unit: int, quantity: int = 1, category: str = "") -> Item:
    return Item(product_id, category, unit * quantity, product_id, quantity)


def rule(promotion_id: int, kind: str, value: int = 0, **facts) -> Rule:
    return Rule(promotion_id, 1, f"R{promotion_id}", kind, value, **facts)


def test_three_for_two_gives_the_cheapest_of_each_three():
    applied, _ = outcome([line(1, 1000, 2), line(2, 500, 4)], rule(1, "n_for_m", quantity=3, pays=2))

    assert applied == {1: (0, 1000)}


def test_a_bundle_costs_its_price_as_often_as_it_is_whole():
    rules = [rule(1, "bundle", 1200, currency="EUR", product_ids=frozenset({1, 2}))]

    assert outcome([line(1, 1000, 3), line(2, 500, 2)], *rules)[0] == {1: (400, 200)}
    assert outcome([line(1, 1000, 3)], *rules)[0] == {}


def test_a_fixed_price_is_that_of_each_unit_and_never_a_higher_one():
    assert outcome([line(1, 1000, 3), line(2, 500)], rule(1, "fixed_price", 800, currency="EUR"))[0] == {1: (600, 0)}


def test_a_gift_is_free_once_it_lies_in_the_basket_of_a_large_enough_order():
    gift = rule(1, "gift", gift=2, minimum_total=2000)

    assert outcome([line(1, 1000)], gift)[1] == {1: (Reason.BELOW_MINIMUM, 1000)}
    assert outcome([line(1, 2000)], gift)[1] == {1: (Reason.GIFT_NOT_IN_BASKET, 1)}
    assert outcome([line(1, 2000), line(2, 300, 2)], gift)[0] == {1: (0, 300)}


def test_tiers_grow_with_the_goods():
    tiers = rule(1, "tiered", tiers=((1000, 500), (2000, 1000)))

    assert outcome([line(1, 900)], tiers)[1] == {1: (Reason.BELOW_MINIMUM, 100)}
    assert [outcome([line(1, n)], tiers)[0] for n in (1000, 2000)] == [{1: (50,)}, {1: (200,)}]


def test_a_cap_is_never_passed_and_still_adds_up():
    assert outcome([line(1, 333), line(2, 333), line(3, 334)], percentage(1, 5000, maximum=100))[0] == {1: (34, 33, 33)}


def test_of_an_exclusive_group_the_better_one_applies_and_the_other_is_told_which_group_blocked_it():
    decided = discount([TEN], [percentage(1, 1000, group="G"), amount(2, 300, group="G")], currency="EUR")

    assert [a.rule.promotion_id for a in decided.applied] == [2]
    assert [(r.reason, r.blocker) for r in decided.refused] == [(Reason.BLOCKED_BY_GROUP, "G")]


def test_within_a_group_priority_goes_before_the_deal():
    rules = [percentage(1, 1000, group="G", priority=1), amount(2, 300, group="G")]

    assert outcome([TEN], *rules) == ({1: (100,)}, {2: (Reason.BLOCKED_BY_GROUP, 0)})


def test_what_does_not_combine_applies_alone_or_not_at_all():
    alone = amount(1, 350, combines=False)

    assert outcome([TEN], alone, percentage(2, 1000), amount(3, 200))[0] == {1: (350,)}
    assert outcome([TEN], alone, percentage(2, 1000), amount(3, 300)) == (
        {2: (100,), 3: (300,)},
        {1: (Reason.DOES_NOT_COMBINE, 0)},
    )


def test_shipping_promotions_say_what_is_missing_to_them():
    free = percentage(1, 10_000, applies_to="shipping", minimum_total=1320)

    decided = discount([TEN], [free], currency="EUR")
    reached = discount([line(1, 1320)], [free], currency="EUR")

    assert [(r.reason, r.missing) for r in decided.refused] == [(Reason.BELOW_MINIMUM, 320)]
    assert [rule.promotion_id for rule in reached.shipping] == [1]
    assert off_delivery(reached.shipping, 495).parts == (495,)


def test_the_better_mix_of_three_for_two_and_percentages_is_found():
    basket = [line(1, 1000, 3), line(2, 100, 3)]
    rules = [rule(1, "n_for_m", quantity=3, pays=2), percentage(2, 2000)]

    assert outcome(basket, *rules)[0] == {1: (1000, 100)} or sum(map(sum, outcome(basket, *rules)[0].values())) >= 1100


def test_too_many_combinations_are_searched_greedily_and_that_is_said():
    rules = [rule(n, "n_for_m", quantity=n + 1, pays=n) for n in range(1, 9)]

    decided = discount([line(1, 1000, 20)], rules, currency="EUR")

    assert decided.is_greedy
    assert [a.rule.promotion_id for a in decided.applied] == [1]


wide = {
    "applies_to": st.just(""),
    "category": categories,
    "minimum_total": st.sampled_from([0, 0, 500]),
    "group": st.sampled_from(["", "", "G", "H"]),
    "priority": st.sampled_from([0, 0, 1]),
    "combines": st.sampled_from([True, True, True, False]),
    "maximum": st.sampled_from([None, None, 150]),
}
any_rules = st.lists(
    st.builds(
        rule,
        st.integers(1, 30),
        st.sampled_from(["percentage", "amount", "fixed_price", "n_for_m", "bundle", "gift", "tiered"]),
        st.integers(0, 2000),
        quantity=st.integers(2, 4),
        pays=st.just(1),
        tiers=st.just(((300, 500), (900, 1500))),
        gift=st.integers(1, 4),
        product_ids=st.none() | st.frozensets(st.integers(1, 4), min_size=1),
        **wide,
    ),
    max_size=7,
    unique_by=lambda rule: rule.promotion_id,
)
lines = st.lists(
    st.builds(line, st.integers(1, 4), st.integers(0, 900), st.integers(1, 7), categories),
    max_size=5,
    unique_by=lambda item: item.product_id,
)


@given(lines, any_rules)
def test_whatever_the_kinds_no_line_falls_below_zero_and_all_is_accounted_for(items, rules):
    decided = discount(items, rules, currency="EUR")

    for i, item in enumerate(items):
        parts = [applied.parts[i] for applied in decided.applied]
        assert min(parts, default=0) >= 0
        assert sum(parts) <= item.amount
    named = [each.rule.promotion_id for each in (*decided.applied, *decided.refused)]
    assert sorted(named) == sorted(rule.promotion_id for rule in rules)


@given(lines, any_rules, st.integers(1, 3))
def test_a_line_that_no_promotion_looks_at_or_that_costs_nothing_changes_no_discount(items, rules, quantity):
    narrow = [replace(rule, category=rule.category or "Mesa") for rule in rules]
    before = discount(items, narrow, currency="EUR")

    for useless in (Item(99, "Jardín", 700 * quantity, 99, quantity), Item(98, "Mesa", 0, 98, quantity)):
        after = discount([*items, useless], narrow, currency="EUR")

        assert [(a.rule.promotion_id, a.parts) for a in after.applied] == [
            (a.rule.promotion_id, (*a.parts, 0)) for a in before.applied
        ]
