"""The plan says who serves what, and why."""

from datetime import timedelta

import pytest

from inventory.holds import OutOfStock, Short, Want
from inventory.sourcing import CannotServe, Line, Place, places_for, plan
from tests import factories
from tests.factories import MONDAY

CUP, PLATE = 1, 2
TWO_LINES = [Line("a", CUP, "TAZA", 2), Line("b", PLATE, "PLATO", 1)]


def warehouse(**units: int) -> Place:
    return Place(10, "almacen", "Almacén", 0, {CUP: units.get("cups", 0), PLATE: units.get("plates", 0)})


def store(number: int, **units: int) -> Place:
    available = {CUP: units.get("cups", 0), PLATE: units.get("plates", 0)}
    return Place(number, f"t{number}", f"Tienda {number}", 1, available)


def test_one_place_that_has_all_comes_before_two_that_share():
    chosen = plan(TWO_LINES, places=[warehouse(cups=9), store(1, cups=2, plates=1)])

    assert chosen.wants == (Want(CUP, 1, 2, "a"), Want(PLATE, 1, 1, "b"))
    assert chosen.reasons == ("Tienda 1 serves all, because it can serve the most lines whole",)


def test_of_places_that_have_all_the_first_of_the_channel_serves():
    chosen = plan(TWO_LINES, places=[store(1, cups=99, plates=99), warehouse(cups=2, plates=1)])

    assert chosen.location_ids == (10,)
    assert chosen.reasons == ("Almacén serves all, because it comes first for this sales channel",)


def test_of_equals_the_one_with_the_most_left_serves():
    chosen = plan(TWO_LINES, places=[store(1, cups=2, plates=1), store(2, cups=3, plates=1)])

    assert chosen.location_ids == (2,)


def test_lines_are_split_over_places_where_none_has_all():
    chosen = plan(TWO_LINES, places=[warehouse(cups=2), store(1, plates=1), store(2, cups=1)])

    assert chosen.wants == (Want(CUP, 10, 2, "a"), Want(PLATE, 1, 1, "b"))
    assert chosen.reasons == (
        "Almacén serves 2 × TAZA, because it can serve the most lines whole and it has the most of the units",
        "Tienda 1 serves 1 × PLATO, because it can serve the most lines whole",
    )


def test_one_line_is_split_only_where_no_place_has_it_whole():
    chosen = plan([Line("a", CUP, "TAZA", 5)], places=[warehouse(cups=2), store(1, cups=3)])

    assert chosen.wants == (Want(CUP, 1, 3, "a"), Want(CUP, 10, 2, "a"))


def test_two_lines_of_one_variant_do_not_count_its_units_twice():
    lines = [Line("a", CUP, "TAZA", 2), Line("b", CUP, "TAZA", 2)]

    assert plan(lines, places=[store(1, cups=3), store(2, cups=1, plates=9), warehouse(cups=2)]).wants == (
        Want(CUP, 1, 2, "a"),
        Want(CUP, 10, 2, "b"),
    )


def test_what_is_missing_everywhere_is_named():
    with pytest.raises(OutOfStock, match="TAZA: 2 wanted, 1 available") as refusal:
        plan(TWO_LINES, places=[warehouse(plates=5), store(1, cups=1)])

    assert refusal.value.lines == (Short(CUP, None, 2, 1),)
    assert refusal.value.facts == {"lines": [{"sku": "TAZA", "location": None, "wanted": 2, "available": 1}]}


def test_nobody_serves_where_no_place_does():
    with pytest.raises(OutOfStock):
        plan(TWO_LINES, places=[])


def test_a_pickup_is_served_by_its_store_alone():
    places = [warehouse(cups=9, plates=9), store(1, cups=2, plates=1), store(2, cups=2)]

    assert plan(TWO_LINES, places=places, pickup_at=1).location_ids == (1,)
    with pytest.raises(OutOfStock, match="PLATO: 1 wanted, 0 available at Tienda 2"):
        plan(TWO_LINES, places=places, pickup_at=2)
    with pytest.raises(CannotServe):
        plan(TWO_LINES, places=places, pickup_at=3)


@pytest.mark.django_db
def test_the_facts_are_what_the_channel_s_locations_have_in_one_query(django_assert_num_queries):
    cup = factories.variant()
    centro, far, almacen = factories.location("centro"), factories.location("lejos"), factories.warehouse()
    factories.location("cerrada", is_active=False)
    web = factories.sales_channel("web", locations=(centro, almacen, factories.location("cerrada")))
    for place, on_hand in ((centro, 3), (far, 9)):
        factories.stock(cup, place, on_hand=on_hand)

    with django_assert_num_queries(1):
        places = places_for(web, [cup.pk], at=MONDAY + timedelta(hours=1))

    assert sorted(places, key=lambda place: place.rank) == [
        Place(almacen.pk, "almacen", "almacen", 0, {}),
        Place(centro.pk, "centro", "centro", 1, {cup.pk: 3}),
    ]
