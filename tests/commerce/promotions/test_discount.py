"""What promotions take off: the best allowed combination, the same everywhere, never below zero."""

from itertools import product as every

from hypothesis import given
from hypothesis import strategies as st

from commerce.money import share
from commerce.promotions.discount import NOTHING, discount
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
