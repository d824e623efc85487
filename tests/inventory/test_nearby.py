"""Distances, and the places people name."""

import pytest

from inventory.nearby import Point, UnknownPlace, distance_km, point_named

SOL, TRIANA = Point(40.4168, -3.7038), Point(28.1059, -15.4162)


def test_the_distance_is_the_one_of_the_atlas():
    assert distance_km(Point(0, 0), Point(90, 0)) == pytest.approx(10_007.5, abs=1), "a quarter of a meridian"
    assert distance_km(SOL, TRIANA) == pytest.approx(1738, abs=1)
    assert distance_km(SOL, SOL) == 0


def test_a_point_and_a_postal_code_are_understood():
    assert point_named(" 40.4168, -3.7038 ") == SOL
    assert distance_km(point_named("35002"), TRIANA) < 5
    assert distance_km(point_named("45001"), point_named("28013")) == pytest.approx(68, abs=3)


@pytest.mark.parametrize("text", ["", "Madrid", "99999", "91,0", "0,181", "nan,1", "1,2,3", "2801", "٢٨٠١٣", "x,y"])
def test_what_cannot_be_found_is_refused(text):
    with pytest.raises(UnknownPlace):
        point_named(text)
