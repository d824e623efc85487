"""Products are found by what somebody typed or scanned."""

import pytest

from commerce.catalog.models import Product, Variant
from commerce.catalog.search import find
from commerce.catalog.words import search_text

pytestmark = pytest.mark.django_db

SHELF = {
    "taza-alba": (["Taza Alba", "Alba mug"], "Vajilla gres novedad Blanco Celeste"),
    "taza-infantil": (["Taza infantil Erizo", "Hedgehog kids' mug"], "Infantil"),
    "portatazas": (["Portatazas Rama", "Rama mug tree"], "Cocina"),
    "tetera": (["Tetera Niebla", "Niebla teapot"], "Café y té taza"),
    "cojin-lino": (["Cojín Lino Viejo", "Old linen cushion"], "Textil hogar Terracota"),
    "mantel": (["Mantel Almazara", "Almazara tablecloth"], "Textil de mesa Teja"),
    "lampara": (["Lámpara de pie Faro", "Faro floor lamp"], "Iluminación"),
}


@pytest.fixture(autouse=True)
def shelf():
    for number, (handle, (titles, others)) in enumerate(SHELF.items()):
        words = search_text(titles=titles, others=[others])
        product = Product.objects.create(handle=handle, title=titles[0], search_text=words)
        Variant.objects.create(product=product, sku=f"ART-{number}", barcode=f"204800{number:07d}")


def ask(question: str) -> list[str]:
    return [product.handle for product in find(Product.objects.all(), question)]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("cojin", ["cojin-lino"]),
        ("COJÍN", ["cojin-lino"]),
        ("cojines", ["cojin-lino"]),
        ("cushion", ["cojin-lino"]),
        ("cushions", ["cojin-lino"]),
        ("lino cojín", ["cojin-lino"]),
        ("lámpara de pie", ["lampara"]),
        ("lamp for the floor", ["lampara"]),
        ("terracota", ["cojin-lino"]),
        ("textil", ["cojin-lino", "mantel"]),
    ],
)
def test_words_are_found_in_any_order_language_case_and_number(question, answer):
    assert ask(question) == answer


def test_a_word_in_the_title_goes_before_a_part_of_one_and_that_before_a_word_elsewhere():
    assert ask("taza") == ["taza-alba", "taza-infantil", "portatazas", "tetera"]


@pytest.mark.parametrize(
    ("slip", "answer"),
    [
        ("cojn", ["cojin-lino"]),
        ("lanpara", ["lampara"]),
        ("lampra faro", ["lampara"]),
        ("cushoin", ["cojin-lino"]),
        ("tasa alba", ["taza-alba"]),
        ("manetl", ["mantel"]),
        ("atza alba", ["taza-alba"]),
    ],
)
def test_a_slip_of_the_finger_is_forgiven(slip, answer):
    assert ask(slip) == answer


@pytest.mark.parametrize("question", ["xylophone", "cohete", "!!!", "%", "_", "|", "'; --", "q"])
def test_what_is_not_there_is_not_found(question):
    assert ask(question) == []


def test_a_word_that_nobody_knows_falls_away():
    assert ask("cojín cohete") == ["cojin-lino"]


@pytest.mark.parametrize("code", ["ART-4", "art-4", " ART-4 ", "2048000000004"])
def test_a_code_finds_just_its_product(code):
    assert ask(code) == ["cojin-lino"]


@pytest.mark.parametrize("nothing", ["", "   ", "\0"])
def test_no_question_leaves_all_in_their_order(nothing):
    everything = list(Product.objects.values_list("handle", flat=True))

    assert ask(nothing) == everything


def test_a_search_stays_within_what_may_be_shown():
    Product.objects.filter(handle="cojin-lino").update(status="draft")
    shown = Product.objects.filter(status="active")

    assert list(find(shown, "cojín")) == []
    assert list(find(shown, "ART-4")) == []


def test_small_words_alone_are_looked_for_as_they_are():
    assert "lampara" in ask("de")


def test_a_very_long_question_is_cut():
    assert ask("cojín " + "x" * 10_000) == ["cojin-lino"]


@pytest.mark.parametrize(("question", "queries"), [("taza", 3), ("ART-4", 2), ("", 1), ("lanpara", 4)])
def test_how_many_queries_a_search_makes(django_assert_num_queries, question, queries):
    with django_assert_num_queries(queries):
        list(find(Product.objects.all(), question))
