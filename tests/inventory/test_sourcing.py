"""The plan says who serves what, and why."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import override

from inventory.holds import OutOfStock, Short, Want
from inventory.models import SourcingRule
from inventory.nearby import Point
from inventory.rules import DEFAULT, Line, Place, Rule
from inventory.sourcing import CannotServe, Facts, TooManyParcels, facts_for, plan, plan_for
from tests import factories
from tests.factories import MONDAY

CUP, PLATE = 1, 2
TWO_LINES = [Line("a", CUP, "TAZA", 2), Line("b", PLATE, "PLATO", 1)]


def warehouse(**units: int) -> Place:
    return Place(10, "almacen", "Almacén", 0, {CUP: units.get("cups", 0), PLATE: units.get("plates", 0)})


def store(number: int, *, cups: int = 0, plates: int = 0, **facts: object) -> Place:
    return Place(number, f"t{number}", f"Tienda {number}", 1, {CUP: cups, PLATE: plates}, **facts)


def chosen(lines, *places: Place, rules=DEFAULT, most_parcels: int | None = None, **how: object):
    return plan(lines, facts=Facts(places, rules, most_parcels), **how)


def why(plan) -> dict[int, tuple[str, ...]]:
    return {choice.location_id: choice.because for choice in plan.choices}


def test_one_place_that_has_all_comes_before_two_that_share():
    found = chosen(TWO_LINES, warehouse(cups=9), store(1, cups=2, plates=1))

    assert found.wants == (Want(CUP, 1, 2, "a"), Want(PLATE, 1, 1, "b"))
    assert why(found) == {1: ("serves_all",)}


def test_of_places_that_have_all_the_first_of_the_channel_serves():
    assert why(chosen(TWO_LINES, store(1, cups=99, plates=99), warehouse(cups=2, plates=1))) == {10: ("rank",)}


def test_of_equals_the_one_with_the_most_left_serves():
    assert why(chosen(TWO_LINES, store(1, cups=2, plates=1), store(2, cups=3, plates=1))) == {2: ("most_stock",)}


def test_lines_are_split_over_the_fewest_places_where_none_has_all():
    found = chosen(TWO_LINES, store(2, cups=1), warehouse(cups=2), store(1, plates=1))

    assert found.wants == (Want(CUP, 10, 2, "a"), Want(PLATE, 1, 1, "b"))
    assert why(found) == {10: ("fewest_parcels", "most_units"), 1: ("only",)}


def test_one_line_is_split_only_where_no_place_has_it_whole():
    found = chosen([Line("a", CUP, "TAZA", 5)], warehouse(cups=2), store(1, cups=3))

    assert found.wants == (Want(CUP, 1, 3, "a"), Want(CUP, 10, 2, "a"))


def test_two_lines_of_one_variant_do_not_count_its_units_twice():
    lines = [Line("a", CUP, "TAZA", 2), Line("b", CUP, "TAZA", 2)]

    found = chosen(lines, store(1, cups=3), store(2, cups=1, plates=9), warehouse(cups=2))

    assert found.wants == (Want(CUP, 1, 2, "a"), Want(CUP, 10, 2, "b"))


def test_what_is_missing_everywhere_is_named():
    with pytest.raises(OutOfStock, match="TAZA: 2 wanted, 1 available") as refusal:
        chosen(TWO_LINES, warehouse(plates=5), store(1, cups=1))

    assert refusal.value.lines == (Short(CUP, None, 2, 1),)
    assert refusal.value.facts == {"lines": [{"sku": "TAZA", "location": None, "wanted": 2, "available": 1}]}


def test_nobody_serves_where_no_place_does():
    with pytest.raises(OutOfStock):
        chosen(TWO_LINES)


def test_a_pickup_is_served_by_its_store_alone():
    places = [warehouse(cups=9, plates=9), store(1, cups=2, plates=1), store(2, cups=2)]

    assert why(chosen(TWO_LINES, *places, pickup_at=1)) == {1: ("collected_there",)}
    with pytest.raises(OutOfStock, match="PLATO: 1 wanted, 0 available at Tienda 2"):
        chosen(TWO_LINES, *places, pickup_at=2)
    with pytest.raises(CannotServe):
        chosen(TWO_LINES, *places, pickup_at=3)


def test_what_a_store_lacks_is_sent_to_it_where_that_is_done():
    places = [warehouse(cups=9, plates=9), store(1, cups=2, plates=1), store(2, cups=2)]

    assert chosen(TWO_LINES, *places, pickup_at=2, may_send=True).wants == (
        Want(CUP, 2, 2, "a"),
        Want(PLATE, 10, 1, "b"),
    )
    assert chosen(TWO_LINES, warehouse(cups=9, plates=9), store(2), pickup_at=2, may_send=True).location_ids == (10,)
    with pytest.raises(OutOfStock):
        chosen(TWO_LINES, store(1), store(2, cups=2), pickup_at=2, may_send=True)


@pytest.mark.parametrize(
    ("rules", "serves", "because"),
    [
        ([Rule("preferred", 2), Rule("rank")], 2, ("preferred",)),
        ([Rule("preferred", 99), Rule("rank")], 10, ("rank",)),  # nobody is preferred: the next one decides
        ([Rule("nearest")], 1, ("nearest",)),
        ([Rule("capacity"), Rule("rank")], 10, ("capacity", "rank")),
        ([Rule("most_stock")], 3, ("most_stock",)),
        ([], 1, ("no_reason",)),
    ],
)
def test_the_first_rule_that_makes_a_difference_decides(rules, serves, because):
    line = [Line("a", CUP, "TAZA", 1)]
    places = [
        warehouse(cups=1),
        store(1, cups=1, kilometers=3.5, waiting=4),
        store(2, cups=1, kilometers=8, waiting=0),
        store(3, cups=7, waiting=9),
    ]

    assert why(chosen(line, *places, rules=rules)) == {serves: because}


def test_a_rule_that_knows_nothing_abstains():
    line = [Line("a", CUP, "TAZA", 1)]

    found = chosen(line, store(1, cups=1), store(2, cups=2), rules=[Rule("nearest"), Rule("capacity"), *DEFAULT])

    assert why(found) == {2: ("most_stock",)}


def test_a_place_that_is_preferred_and_has_nothing_serves_nothing():
    line = [Line("a", CUP, "TAZA", 1)]

    assert chosen(line, store(1), store(2, cups=1), rules=[Rule("preferred", 1)]).location_ids == (2,)


def test_an_order_is_not_split_over_more_places_than_the_channel_allows():
    places = [store(1, cups=2), store(2, plates=1)]

    assert len(chosen(TWO_LINES, *places, most_parcels=2).choices) == 2
    with pytest.raises(TooManyParcels) as refusal:
        chosen(TWO_LINES, *places, most_parcels=1)
    assert refusal.value.facts == {"limit": 1}


def test_what_is_sent_to_a_store_for_a_pickup_is_not_split_over_more_places_either():
    places = [store(1), store(2, cups=2), store(3, plates=1)]

    assert chosen(TWO_LINES, *places, most_parcels=2, pickup_at=1, may_send=True).location_ids == (2, 3)
    with pytest.raises(TooManyParcels):
        chosen(TWO_LINES, *places, most_parcels=1, pickup_at=1, may_send=True)
    part_is_here = [store(1, cups=2), *places[1:]]
    assert chosen(TWO_LINES, *part_is_here, most_parcels=1, pickup_at=1, may_send=True).location_ids == (1, 3)


def test_rules_that_would_take_too_many_parcels_stand_back_where_fewer_do():
    places = [store(1, cups=2), store(2, cups=2, plates=1)]

    assert chosen(TWO_LINES, *places, rules=[Rule("preferred", 1)]).location_ids == (1, 2)
    assert chosen(TWO_LINES, *places, rules=[Rule("preferred", 1)], most_parcels=1).location_ids == (2,)


def test_the_choice_is_told_in_words():
    with override("en"):
        found = chosen(TWO_LINES, warehouse(cups=9), store(1, cups=2, plates=1)).reasons

    assert found == ("Tienda 1: it has everything",)


@pytest.mark.django_db
def test_the_facts_are_what_the_channel_s_locations_have_in_one_query(django_assert_num_queries):
    cup = factories.variant()
    centro, far, almacen = factories.location("centro"), factories.location("lejos"), factories.warehouse()
    factories.location("cerrada", is_active=False)
    web = factories.sales_channel("web", locations=(centro, almacen, factories.location("cerrada")))
    for place, on_hand in ((centro, 3), (far, 9)):
        factories.stock(cup, place, on_hand=on_hand)

    with django_assert_num_queries(1):
        facts = facts_for(web, [cup.pk], at=MONDAY + timedelta(hours=1))

    assert sorted(facts.places, key=lambda place: place.rank) == [
        Place(almacen.pk, "almacen", "almacen", 0, {}),
        Place(centro.pk, "centro", "centro", 1, {cup.pk: 3}),
    ]
    assert (facts.rules, facts.most_parcels) == (DEFAULT, None)


@pytest.mark.django_db
def test_who_has_less_than_an_hour_of_work_is_not_idle():
    busy = factories.location("centro", pickup_queue=9, pickups_per_hour=10)
    idle = factories.location("norte", pickup_queue=0, pickups_per_hour=10)
    web = factories.sales_channel("web", locations=(busy, idle))
    cup = factories.variant(sku="TAZA")
    for place in (busy, idle):
        factories.stock(cup, place, on_hand=3)

    made = plan_for([Line("a", cup.pk, "TAZA", 1)], sales_channel=web, at=MONDAY)

    assert [(choice.name, choice.because) for choice in made.choices] == [("norte", ("capacity",))]


@pytest.mark.django_db
def test_a_channel_has_rules_of_its_own_as_data(django_assert_num_queries):
    centro = factories.location("centro", rank=7, latitude=40.4, longitude=-3.7, pickup_queue=9, pickups_per_hour=4)
    web = factories.sales_channel("web", locations=(centro,))
    web.most_parcels = 2
    SourcingRule.objects.create(sales_channel=web, ordinal=2, kind="nearest")
    SourcingRule.objects.create(sales_channel=web, ordinal=1, kind="preferred", location=centro)

    with django_assert_num_queries(1):
        facts = facts_for(web, [], near=Point(40.4, -3.7), at=MONDAY)

    assert facts == Facts(
        [Place(centro.pk, "centro", "centro", 7, {}, kilometers=0.0, waiting=2.25)],
        (Rule("preferred", centro.pk), Rule("nearest")),
        2,
    )
    for wrong in ({"kind": "preferred"}, {"kind": "rank", "location": centro}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SourcingRule.objects.create(sales_channel=web, ordinal=3, **wrong)
