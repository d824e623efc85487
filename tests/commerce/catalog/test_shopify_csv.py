"""A Shopify product CSV is understood, or each fault is named by row and column."""

import csv
import io
from pathlib import Path

import pytest

from commerce.catalog.shopify_csv import ProductSheet, parse
from commerce.csv_files import Unreadable

FIRST = {
    "Handle": "taza-alba",
    "Title": "Taza Alba",
    "Body (HTML)": '<p lang="es">Gres,\nhecho a mano.</p>\n<p lang="en">Stoneware.</p>',
    "Vendor": "Taller Albor",
    "Type": "Vajilla",
    "Tags": "gres, novedad",
    "Published": "true",
    "Option1 Name": "Color",
    "Option1 Value": "Blanco",
    "Variant SKU": "TAZA-B",
    "Variant Grams": "340",
    "Variant Price": "9.90",
    "Variant Compare At Price": "",
    "Variant Barcode": "2048000010016",
    "Image Src": "demo/taza.svg",
    "Image Alt Text": "Taza, blanco",
    "Variant Image": "",
    "Variant Tax Code": "ES-IVA-21",
    "Status": "active",
}
SECOND = dict.fromkeys(FIRST, "") | {
    "Handle": "taza-alba",
    "Option1 Value": "Celeste",
    "Variant SKU": "TAZA-C",
    "Variant Price": "9.90",
    "Variant Barcode": "2048000010023",
}
OTHER = FIRST | {"Body (HTML)": "", "Handle": "plato", "Title": "Plato", "Variant SKU": "PLATO", "Variant Barcode": ""}


def text_of(*rows: dict[str, str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@pytest.fixture
def read(tmp_path: Path):
    def parse_text(content: str | bytes, name: str = "catalog.csv") -> tuple[list[ProductSheet], list[str]]:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        sheets, faults = parse(path, currency="EUR", language="es")
        return sheets, [str(fault) for fault in faults]

    return parse_text


def test_several_rows_make_one_product_with_its_variants(read):
    sheets, faults = read(text_of(FIRST, SECOND))

    assert faults == []
    assert [sheet.handle for sheet in sheets] == ["taza-alba"]
    assert [(v.sku, v.options, v.price, v.barcode) for v in sheets[0].variants] == [
        ("TAZA-B", [["Color", "Blanco"]], 990, "2048000010016"),
        ("TAZA-C", [["Color", "Celeste"]], 990, "2048000010023"),
    ]


def test_the_text_is_sorted_by_language(read):
    sheets, _ = read(text_of(FIRST))

    assert sheets[0].bodies == {"es": '<p lang="es">Gres,\nhecho a mano.</p>', "en": '<p lang="en">Stoneware.</p>'}


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<p onclick=x()>Hola<script>alert(1)</script></p>", "<p>Hola</p>"),
        ("<a href='javascript:x()'>aquí</a>", '<a rel="noopener">aquí</a>'),
        ("<iframe src=//x></iframe><img src=x onerror=y>Taza", "Taza"),
        ("5 < 6 & 7", "5 &lt; 6 &amp; 7"),
    ],
)
def test_the_text_is_cut_down_to_what_is_harmless(read, html, kept):
    sheets, _ = read(text_of(FIRST | {"Body (HTML)": html}))

    assert sheets[0].bodies == {"es": kept}


def test_a_byte_order_mark_changes_nothing(read):
    assert read(b"\xef\xbb\xbf" + text_of(FIRST, SECOND).encode()) == read(text_of(FIRST, SECOND))


def test_the_newer_header_means_the_same(read):
    newer = {
        "Title": "Title",
        "Handle": "URL handle",
        "Body (HTML)": "Description",
        "Published": "Published on online store",
        "Variant SKU": "SKU",
        "Variant Grams": "Weight value (grams)",
        "Variant Price": "Price",
        "Variant Compare At Price": "Compare-at price",
        "Variant Barcode": "Barcode",
        "Image Src": "Product image URL",
        "Image Alt Text": "Image alt text",
        "Variant Tax Code": "Tax code",
        "Option1 Name": "Option1 name",
        "Option1 Value": "Option1 value",
    }
    rows = [{newer.get(name, name): cell for name, cell in row.items()} for row in (FIRST, SECOND)]

    assert read(text_of(*rows)) == read(text_of(FIRST, SECOND))


def test_a_row_with_only_a_picture_is_no_variant(read):
    picture = dict.fromkeys(FIRST, "") | {"Handle": "taza-alba", "Image Src": "demo/medidas.svg"}

    sheets, faults = read(text_of(FIRST, picture))

    assert faults == []
    assert [p.source for p in sheets[0].pictures] == ["demo/taza.svg", "demo/medidas.svg"]
    assert len(sheets[0].variants) == 1


def test_a_variants_picture_is_kept_also_where_it_stands_nowhere_else(read):
    sheets, _ = read(text_of(FIRST | {"Variant Image": "demo/taza-b.svg"}, SECOND | {"Variant Image": "demo/taza.svg"}))

    assert [(p.source, p.position) for p in sheets[0].pictures] == [("demo/taza.svg", 1), ("demo/taza-b.svg", 2)]
    assert [v.picture for v in sheets[0].variants] == ["demo/taza-b.svg", "demo/taza.svg"]


def test_a_variant_without_sku_gets_the_same_one_in_every_import(read):
    sheets, faults = read(text_of(FIRST | {"Variant SKU": ""}))

    assert faults == []
    assert sheets[0].variants[0].sku == "TAZA-ALBA-BLANCO"


def test_an_earlier_price_counts_only_where_it_was_higher(read):
    higher, _ = read(text_of(FIRST | {"Variant Compare At Price": "12.00"}))
    same, _ = read(text_of(FIRST | {"Variant Compare At Price": "9.90"}))

    assert [s[0].variants[0].compare_at for s in (higher, same)] == [1200, None]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"Title": ""}, "row 2, Title: is empty"),
        ({"Title": "x" * 201}, "row 2, Title: has 201 characters where 200 fit"),
        ({"Handle": "taza alba/2"}, "row 2, Handle: “taza alba/2” is not letters, digits and dashes, 120 at most"),
        ({"Variant Price": "9,90"}, "row 2, Variant Price: “9,90” is not an amount; write it like 12.50"),
        ({"Variant Price": "-1"}, "row 2, Variant Price: “-1” is below zero"),
        (
            {"Variant Price": "1.005"},
            "row 2, Variant Price: “1.005” has more decimals than EUR knows; write it like 12.50",
        ),
        ({"Variant Price": "NaN"}, "row 2, Variant Price: “NaN” is not an amount; write it like 12.50"),
        ({"Variant Price": ""}, "row 2, Variant Price: is empty"),
        ({"Variant Barcode": "2048000010017"}, "row 2, Variant Barcode: “2048000010017” has a wrong check digit"),
        (
            {"Variant Barcode": "2.048E+12"},
            "row 2, Variant Barcode: “2.048E+12” is no barcode of 8, 12, 13 or 14 digits; "
            "a spreadsheet has turned it into a number",
        ),
        ({"Variant Grams": "half"}, "row 2, Variant Grams: “half” is no weight in grams"),
        ({"Variant Grams": "1e99"}, "row 2, Variant Grams: “1e99” is no weight in grams"),
        ({"Status": "sold out"}, "row 2, Status: is not one of active, draft, archived"),
        ({"Vendor": "a\0b"}, "row 2, Vendor: holds a zero byte"),
    ],
)
def test_a_product_with_a_fault_is_left_out_whole_and_the_others_go_in(read, change, fault):
    sheets, faults = read(text_of(FIRST | change, OTHER))

    assert [sheet.handle for sheet in sheets] == ["plato"]
    assert faults == [fault]


def test_a_fault_in_a_later_row_keeps_the_whole_product_out(read):
    sheets, faults = read(text_of(FIRST, SECOND | {"Variant Price": "?"}, OTHER))

    assert [sheet.handle for sheet in sheets] == ["plato"]
    assert faults == ["row 3, Variant Price: “?” is not an amount; write it like 12.50"]


def test_a_sku_that_stands_twice_is_named(read):
    sheets, faults = read(text_of(FIRST, OTHER | {"Variant SKU": "TAZA-B"}))

    assert [sheet.handle for sheet in sheets] == ["taza-alba"]
    assert faults == ["row 3, Variant SKU: SKU TAZA-B already stands in this file, with “taza-alba”"]


def test_a_broken_row_keeps_out_the_product_it_may_cut(read):
    lines = text_of(FIRST, SECOND, OTHER).splitlines(keepends=True)
    lines.insert(-1, "taza-alba,too,few,cells\n")

    sheets, faults = read("".join(lines))

    assert [sheet.handle for sheet in sheets] == ["plato"]
    assert faults == [
        "row 2, Handle: “taza-alba” stays out because row 4 is broken",
        "row 4: has 4 cells where the header has 19",
    ]


def test_a_cell_of_ten_megabytes_is_refused_with_its_row(read):
    sheets, faults = read(text_of(OTHER, FIRST | {"Vendor": "x" * 10_000_000}))

    assert sheets == []
    assert faults == [
        "row 2, Handle: “plato” stays out because row 3 is broken",
        "row 3: has a cell of more than 1,000,000 characters",
    ]


def test_a_quote_that_is_never_closed_is_named(read):
    content = text_of(OTHER) + 'taza-alba,Taza,"never closed\n'

    _, faults = read(content)

    assert faults[-1] == "row 3: opens a quote that is never closed; what follows it could not be read"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "catalog.csv is empty"),
        (b"\n\n", "catalog.csv is empty"),
        (b"Handle,Title,Variant Price\n", "catalog.csv has a header but no product"),
        (b"Handle,Title\na,b\n", "catalog.csv has no column “Variant Price”"),
        (
            b"Handle;Title;Variant Price\na;b;1\n",
            "catalog.csv has no column “Handle”, “Title”, “Variant Price”; its columns seem to be separated by "
            "something other than a comma",
        ),
        (b"Handle,Title,Variant Price,Title\na,b,1,c\n", "catalog.csv has the column “Title” twice"),
        (
            "Handle,Title,Variant Price\na,b,1\ncojin,Cojín,1\n".encode("latin-1"),
            "catalog.csv, line 3: byte 0xED is not UTF-8; save the file as “CSV UTF-8” and try again",
        ),
        (
            "Handle,Title,Variant Price\na,b,1\n".encode("utf-16"),
            "catalog.csv, line 1: byte 0xFF is not UTF-8; save the file as “CSV UTF-8” and try again",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_whole(read, content, complaint):
    with pytest.raises(Unreadable) as refusal:
        read(content)

    assert str(refusal.value) == complaint


def test_a_damaged_archive_is_refused(read):
    with pytest.raises(Unreadable, match="breaks off or is damaged"):
        read(b"\x1f\x8b\x08\x00broken", name="catalog.csv.gz")


def test_a_directory_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(Unreadable, match="is a directory"):
        parse(tmp_path, currency="EUR", language="es")
    with pytest.raises(Unreadable, match="there is no file"):
        parse(tmp_path / "none.csv", currency="EUR", language="es")


@pytest.mark.parametrize(
    ("tags", "code", "category"),
    [
        ("", "ES-IVA-10", "reduced"),
        ("", "ES-IVA-4", "super_reduced"),
        ("Food, Books", "ES-IVA-21", "standard"),
        ("Alimentación", "", "reduced"),
        ("libros", "", "super_reduced"),
        ("gres", "", "standard"),
    ],
)
def test_the_tax_category_comes_from_the_code_or_else_from_a_tag(read, tags, code, category):
    sheets, _ = read(text_of(FIRST | {"Tags": tags, "Variant Tax Code": code}))

    assert sheets[0].tax_category == category
