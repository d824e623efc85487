"""A catalog file goes in once, however often it is run; prices begin when they change."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from commerce.catalog.models import Picture, Product, Variant
from commerce.pricing.importing import Imported, import_catalog
from commerce.pricing.models import Price, PriceList
from tests.factories import MONDAY, variant

pytestmark = pytest.mark.django_db

HEADER = "Handle,Title,Type,Tags,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Barcode,Image Src\n"
MUG = "taza,Taza Alba,Vajilla,gres,Color,Blanco,TAZA-B,9.90,2048000010016,demo/taza.svg\n"
BLUE = "taza,,,,,Celeste,TAZA-C,9.90,,demo/taza-celeste.svg\n"
PLATE = "plato,Plato,Vajilla,,,,PLATO,12.00,,\n"
DEMO = Path("commerce/catalog/demo/catalog.csv")


def run(tmp_path: Path, content: str, *, at=MONDAY) -> Imported:
    path = tmp_path / "catalog.csv"
    path.write_text(HEADER + content)
    prices = PriceList.objects.filter(code="pvp").first() or PriceList(code="pvp", currency="EUR")
    return import_catalog(path, price_list=prices, language="es", at=at)


def test_running_it_again_changes_nothing(tmp_path):
    first = run(tmp_path, MUG + BLUE + PLATE)

    second = run(tmp_path, MUG + BLUE + PLATE, at=MONDAY + timedelta(days=1))

    assert (first.created, first.changed, first.unchanged, first.prices) == (2, 0, 0, 3)
    assert (second.created, second.changed, second.unchanged, second.prices) == (0, 0, 2, 0)
    assert PriceList.objects.get().version == 2


def test_a_changed_price_begins_now_and_raises_the_version(tmp_path):
    run(tmp_path, PLATE)

    run(tmp_path, PLATE.replace("12.00", "13.50"), at=MONDAY + timedelta(days=1))

    assert list(Price.objects.order_by("starts_at").values_list("amount", "starts_at")) == [
        (1200, MONDAY),
        (1350, MONDAY + timedelta(days=1)),
    ]
    assert PriceList.objects.get().version == 3


def test_a_changed_title_is_found_by_its_new_words(tmp_path):
    run(tmp_path, MUG)

    again = run(tmp_path, MUG.replace("Taza Alba", "Tazón Único"))

    assert again.changed == 1
    assert Product.objects.get().search_text == "tazon unico | vajilla gres blanco"


def test_a_translated_title_survives_an_import(tmp_path):
    run(tmp_path, MUG)
    Product.objects.update(translations={"en": {"title": "Alba mug"}})

    run(tmp_path, MUG)

    product = Product.objects.get()
    assert product.translations == {"en": {"title": "Alba mug"}}
    assert product.search_text == "taza alba mug | vajilla gres blanco"


def test_a_picture_belongs_to_its_product_and_goes_when_the_file_drops_it(tmp_path):
    run(tmp_path, MUG + BLUE)

    run(tmp_path, MUG + BLUE.replace("demo/taza-celeste.svg", ""))

    assert list(Picture.objects.values_list("source", flat=True)) == ["demo/taza.svg"]


def test_variants_that_a_file_does_not_name_stay(tmp_path):
    run(tmp_path, MUG + BLUE)

    run(tmp_path, MUG)

    assert sorted(Variant.objects.values_list("sku", flat=True)) == ["TAZA-B", "TAZA-C"]


def test_barcodes_may_change_places_within_a_file(tmp_path):
    run(tmp_path, MUG + BLUE)

    run(tmp_path, MUG.replace("2048000010016", "") + BLUE.replace("9.90,,", "9.90,2048000010016,"))

    assert dict(Variant.objects.values_list("sku", "barcode")) == {"TAZA-B": None, "TAZA-C": "2048000010016"}


def test_a_sku_or_barcode_of_another_product_keeps_the_product_out(tmp_path):
    variant(sku="TAZA-B", barcode="2048000010023")

    imported = run(tmp_path, MUG + PLATE.replace("12.00,,", "12.00,2048000010023,") + PLATE.replace("plato", "fuente"))

    owner = Product.objects.exclude(handle="plato").exclude(handle="fuente").get().handle
    assert [str(fault) for fault in imported.faults] == [
        f"row 2, Variant SKU: SKU TAZA-B belongs to “{owner}”",
        "row 3, Variant Barcode: barcode 2048000010023 belongs to SKU TAZA-B",
        "row 4, Variant SKU: SKU PLATO already stands in this file, with “plato”",
    ]
    assert imported.created == 0


def test_the_demo_catalog_goes_in_whole(tmp_path):
    prices = PriceList(code="pvp", currency="EUR")

    imported = import_catalog(DEMO, price_list=prices, language="es", at=MONDAY)

    assert (imported.created, imported.prices, imported.faults) == (202, 651, [])
    mug = Product.objects.get(handle="taza-alba")
    assert mug.body.startswith('<p lang="es">La taza de todos los días')
    assert mug.translations["en"]["body"].startswith('<p lang="en">The everyday mug')
    assert mug.category.path == "Vajilla"


def test_the_command_tells_what_it_left_out_and_fails(tmp_path):
    path = tmp_path / "catalog.csv"
    path.write_text(HEADER + MUG.replace("9.90", "gratis") + PLATE)
    out, err = StringIO(), StringIO()

    with pytest.raises(CommandError, match="left out"):
        call_command("import_catalog", path, stdout=out, stderr=err)

    assert err.getvalue() == "row 2, Variant Price: “gratis” is not an amount; write it like 12.50\n"
    assert out.getvalue() == "1 products new, 0 changed, 0 as they were; 1 prices set; 1 faults\n"
    assert Product.objects.get().handle == "plato"


@pytest.mark.parametrize(("hosts", "told"), [([], True), (["https://cdn.example"], False)])
def test_the_command_tells_of_pictures_that_no_page_will_show(tmp_path, settings, hosts, told):
    settings.PICTURE_HOSTS = hosts
    path = tmp_path / "catalog.csv"
    path.write_text(HEADER + MUG.replace("demo/taza.svg", "https://cdn.example/taza.jpg?v=1"))
    out = StringIO()

    call_command("import_catalog", path, stdout=out)

    hint = "pages show no pictures from https://cdn.example until PICTURE_HOSTS names them\n"
    assert (hint in out.getvalue()) == told


def test_a_file_that_cannot_be_used_leaves_nothing_behind(tmp_path):
    with pytest.raises(CommandError, match="is a directory"):
        call_command("import_catalog", tmp_path)

    assert not PriceList.objects.exists()


def test_a_currency_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(CommandError, match="“EURO” is no currency"):
        call_command("import_catalog", tmp_path, currency="EURO")
