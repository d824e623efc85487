import pytest

from inventory.nearby import Point, UnknownPlace
from inventory.places import find_place, nearest
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_postal_code_of_one_of_our_places_is_exactly_there() -> None:
    store = factories.location("centro", postal_code="28004", latitude=40.4267, longitude=-3.7019)

    place = find_place("28004", [store])

    assert place == Point(40.4267, -3.7019)


@pytest.mark.parametrize("text", ["45001", "toledo", " TOLEDO "])
def test_another_postal_code_or_a_town_is_its_provinces_capital(text: str) -> None:
    place = find_place(text, [])

    assert place == Point(39.86, -4.02)


@pytest.mark.parametrize("text", ["99001", "1234", "Springfield", "", "٤٥٠٠١"])
def test_what_is_no_place_we_know_is_refused(text: str) -> None:
    with pytest.raises(UnknownPlace):
        find_place(text, [])


def test_the_nearest_place_comes_first_and_one_without_coordinates_last() -> None:
    nowhere = factories.location("sin-mapa")
    madrid = factories.location("madrid", latitude=40.42, longitude=-3.70)
    segovia = factories.location("segovia", latitude=40.95, longitude=-4.12)

    ordered = nearest([nowhere, madrid, segovia], find_place("Ávila", []))

    assert [location.code for location, _ in ordered] == ["segovia", "madrid", "sin-mapa"]
