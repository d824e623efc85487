"""Categories and options are said in the reader's language, on every page and in every cart."""

import csv
import re

import pytest

from commerce.catalog.importing import translate_words
from commerce.catalog.models import Category
from commerce.quotes.quote import quote
from commerce.quotes.reckoning import Wanted
from inventory.demo import file
from tests.factories import MONDAY, sales_channel, variant

pytestmark = pytest.mark.django_db
WORDS = {"Mesa": "Table", "Tazas": "Cups", "Azul": "Blue", "Talla": "Size", "Nadie": "Nobody"}


@pytest.fixture
def cup():
    made = variant(options=[["Color", "Azul"], ["Talla", "M"]])
    made.product.category = Category.objects.create(path="Mesa > Tazas", slug="tazas")
    made.product.save()
    return made


def test_words_are_said_once_and_a_second_time_changes_nothing(cup):
    assert [translate_words(WORDS, language="en") for _ in range(2)] == [2, 0]

    cup.product.refresh_from_db()
    assert cup.product.words_in("en") == {"Azul": "Blue", "Talla": "Size"}
    assert [cup.options_in(language) for language in ("en", "es", "fr")] == ["Blue / M", "Azul / M", "Azul / M"]
    assert [Category.objects.get().path_in(language) for language in ("en", "es")] == ["Table > Cups", "Mesa > Tazas"]


def test_a_line_of_a_cart_calls_its_goods_in_the_readers_language(cup):
    translate_words(WORDS, language="en")

    titles = [
        quote([Wanted(cup.pk, 1)], sales_channel=sales_channel(), at=MONDAY, language=language).lines[0].title
        for language in ("en", "es")
    ]

    assert [title.partition(" – ")[2] for title in titles] == ["Blue / M", "Azul / M"]


@pytest.mark.parametrize(("language", "seen", "unseen"), [("en", "Blue", "Azul"), ("es", "Azul", "Blue")])
def test_the_page_of_the_goods_and_the_shelves_are_in_one_language(client, cup, language, seen, unseen):
    sales_channel()
    translate_words(WORDS, language="en")
    headers = {"accept-language": language}

    page = client.get(f"/p/{cup.product.handle}/", headers=headers).content.decode()
    home = client.get("/?category=tazas", headers=headers).content.decode()

    assert seen in page
    assert f">{unseen}<" not in page
    assert ("Table &gt; Cups" in home, "Mesa &gt; Tazas" in home) == (language == "en", language == "es")


def test_every_word_of_the_demos_catalog_has_its_english():
    with file("catalog.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with file("words_en.csv").open(encoding="utf-8", newline="") as stream:
        known = {row["word"] for row in csv.DictReader(stream)}

    said = {row["Type"] for row in rows} | {
        row[f"Option{n} {what}"] for row in rows for n in (1, 2, 3) for what in ("Name", "Value")
    }
    words = {word for word in said if re.search(r"[^\W\d_]{3,}", word)} - {"Title", "Default Title"}
    assert words - known == set()
