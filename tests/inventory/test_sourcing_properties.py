"""Whatever the facts and the rules: a plan serves exactly what is wanted, from what is there, or nothing is served."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.holds import OutOfStock
from inventory.models import SourcingRule
from inventory.rules import DEFAULT, Line, Place, Rule
from inventory.sourcing import Facts, TooManyParcels, plan

VARIANTS = (1, 2, 3)
lines = st.lists(st.tuples(st.sampled_from(VARIANTS), st.integers(1, 5)), min_size=1, max_size=4).map(
    lambda drawn: [Line(f"line-{i}", variant, f"SKU-{variant}", units) for i, (variant, units) in enumerate(drawn)]
)


@st.composite
def places(draw):
    """Up to five places with a few units each."""
    return [
        Place(
            number,
            f"t{number}",
            f"Tienda {number}",
            rank=draw(st.integers(0, 2)),
            available=draw(st.dictionaries(st.sampled_from(VARIANTS), st.integers(0, 8))),
            kilometers=draw(st.none() | st.floats(0, 900)),
            waiting=draw(st.none() | st.integers(0, 9)),
        )
        for number in range(1, draw(st.integers(0, 5)) + 1)
    ]


rules = st.lists(st.sampled_from(SourcingRule.Kind.values), max_size=6, unique=True).map(
    lambda kinds: tuple(Rule(kind, 1 if kind == "preferred" else None) for kind in kinds)
)
limits = st.none() | st.integers(1, 3)


def wanted_of(lines):
    total = Counter()
    for line in lines:
        total[line.variant_id] += line.quantity
    return total


def there_is_enough(lines, places) -> bool:
    return all(
        sum(place.available.get(variant, 0) for place in places) >= units for variant, units in wanted_of(lines).items()
    )


@settings(max_examples=300, deadline=None)
@given(lines, places(), rules, limits)
def test_a_plan_serves_each_line_whole_from_what_each_place_has(lines, places, rules, limit):
    try:
        found = plan(lines, facts=Facts(places, rules, limit))
    except OutOfStock:
        assert not there_is_enough(lines, places)
        return
    except TooManyParcels:
        assert limit is not None
        assert there_is_enough(lines, places)
        return

    served, taken = Counter(), Counter()
    for want in found.wants:
        served[want.demand] += want.quantity
        taken[want.location_id, want.variant_id] += want.quantity
    available = {place.location_id: place.available for place in places}
    assert served == Counter({line.demand: line.quantity for line in lines})
    assert all(units <= available[place].get(variant, 0) for (place, variant), units in taken.items())
    assert limit is None or len(found.choices) <= limit
    assert len(set(found.location_ids)) == len(found.choices)
    assert all(choice.because and choice.wants for choice in found.choices)


@settings(max_examples=150, deadline=None)
@given(lines, places(), rules)
def test_the_order_in_which_places_are_told_changes_nothing(lines, places, rules):
    def outcome(told):
        try:
            return plan(lines, facts=Facts(told, rules))
        except OutOfStock as refusal:
            return str(refusal)

    assert outcome(places) == outcome(places[::-1])


@settings(max_examples=150, deadline=None)
@given(lines, places())
def test_one_place_that_has_everything_serves_it_alone_by_the_house_s_rules(lines, places):
    alone = [p for p in places if all(p.available.get(v, 0) >= n for v, n in wanted_of(lines).items())]

    if alone:
        [choice] = plan(lines, facts=Facts(places, DEFAULT)).choices
        assert choice.location_id in {place.location_id for place in alone}
