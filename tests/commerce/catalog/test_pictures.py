from commerce.catalog.models import Picture, Variant
from commerce.catalog.pictures import picture_of

BLUE_S = Variant(pk=1, options=[["Color", "Azul"], ["Talla", "S"]])
BLUE_M = Variant(pk=2, options=[["Color", "Azul"], ["Talla", "M"]])
RED_M = Variant(pk=3, options=[["Color", "Teja"], ["Talla", "M"]])
BLUE = Picture(source="azul.svg", variant=BLUE_S)
RED = Picture(source="teja.svg", variant=RED_M)
SIZES = Picture(source="medidas.svg")


def test_a_variant_is_shown_by_its_own_picture() -> None:
    assert picture_of(RED_M, [BLUE, RED, SIZES]) is RED


def test_a_variant_without_one_is_shown_by_that_of_the_variant_most_like_it() -> None:
    red_s = Variant(pk=4, options=[["Color", "Teja"], ["Talla", "XL"]])

    assert picture_of(red_s, [BLUE, RED, SIZES]) is RED


def test_of_equally_fitting_pictures_the_first_is_shown() -> None:
    assert picture_of(BLUE_M, [BLUE, RED, SIZES]) is BLUE


def test_without_any_likeness_the_first_picture_of_the_product_is_shown() -> None:
    assert picture_of(Variant(pk=5), [SIZES, BLUE]) is SIZES


def test_a_product_without_pictures_has_none_to_show() -> None:
    assert picture_of(BLUE_S, []) is None
