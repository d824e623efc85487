"""Everything a page says is said in Spanish too."""

from django.core.management import call_command
from django.utils.translation import gettext, override

from commerce.management.commands import translations


def test_every_text_of_every_page_and_refusal_has_its_spanish() -> None:
    lacking = translations.untranslated(translations.merged())

    assert lacking == []


def test_the_committed_catalog_is_what_the_texts_make_of_it() -> None:
    call_command("translations", check=True)


def test_spanish_is_spoken_from_the_compiled_catalog() -> None:
    with override("es"):
        spanish = gettext("There is nothing here")

    assert spanish == "Aquí no hay nada"
