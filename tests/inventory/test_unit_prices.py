"""Where the content of a package is known, the price of a kilogram or liter stands beside its own."""

import pytest

from commerce.catalog import shopify_csv
from commerce.quotes import labels
from commerce.quotes.tags import price_tags
from commerce.timeline.actors import SYSTEM
from inventory.pages_labels import COLUMNS
from tests.factories import MONDAY, location, promotion, sales_channel, staff, stock, variant

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("price", "content", "unit", "told", "per"),
    [
        (550, 110, "g", 5000, "kg"),
        (590, 280, "g", 2107, "kg"),
        (1190, 750, "ml", 1587, "l"),
        (450, 500, "cm", 90, "m"),
        (1999, 20000, "cm2", 1000, "m²"),
        (1200, 6, "piece", 200, "piece"),
        (1, 3, "piece", 0, "piece"),
    ],
)
def test_it_is_rounded_once_and_told_per_the_unit_of_the_directive(price, content, unit, told, per):
    jar = variant(price=price, content=content, content_unit=unit)

    tag = price_tags([jar.pk], sales_channel=sales_channel(), at=MONDAY)[jar.pk]

    assert (tag.unit_price, tag.unit) == (told, per)


def test_it_is_of_the_price_that_is_paid_and_nothing_where_the_content_is_not_known():
    jar, cup = variant(price=1000, content=500, content_unit="g"), variant(price=1000)
    promotion(value=1000)

    tags = price_tags([jar.pk, cup.pk], sales_channel=sales_channel(), at=MONDAY)

    assert [(tags[v.pk].unit_price, tags[v.pk].unit) for v in (jar, cup)] == [(1800, "kg"), (None, "")]


def test_it_stands_on_the_page_of_the_goods_on_the_label_and_in_the_labels_file(client):
    store = location("centro")
    sales_channel(locations=(store,))
    sales_channel("store", locations=(store,))
    jar = variant(price=890, content=500, content_unit="g")
    stock(jar, store, on_hand=1)
    client.force_login(staff("store", store))

    page = client.get(f"/p/{jar.product.handle}/").content.decode()
    label = client.get("/store/centro/labels/").content.decode()
    rows = client.get("/store/centro/labels/?as=csv").content.decode().splitlines()

    assert "17,80\xa0€ por kg" in page
    assert "pvp 1" in page
    assert "17,80\xa0€ por kg" in label
    told = dict(zip(COLUMNS, rows[1].split(","), strict=True))
    assert (told["unit_price"], told["unit"], told["version"]) == ("17.80", "kg", "pvp 1")


def test_a_label_is_printed_again_when_the_content_changes(client):
    store = location("centro")
    channel = sales_channel("store", locations=(store,))
    jar = variant(price=890, content=500, content_unit="g")

    def wrong():
        return labels.changed(store, [jar.pk], sales_channel=channel, at=MONDAY)

    labels.hang(store, wrong(), by=SYSTEM, at=MONDAY)
    hung = wrong()
    type(jar).objects.update(content=450)

    assert (hung, len(wrong())) == ([], 1)


@pytest.mark.parametrize(
    ("said", "content", "faults"),
    [
        (("0.5", "kg"), (500, "g"), []),
        (("75", "cl"), (750, "ml"), []),
        (("5", "m"), (500, "cm"), []),
        (("", ""), (None, ""), []),
        (("0.0001", "g"), (None, ""), ["Unit Price Total Measure"]),
        (("-1", "g"), (None, ""), ["Unit Price Total Measure"]),
        (("NaN", "g"), (None, ""), ["Unit Price Total Measure"]),
        (("1e99", "g"), (None, ""), ["Unit Price Total Measure"]),
        (("1", "stone"), (None, ""), ["Unit Price Total Measure Unit"]),
    ],
)
def test_the_content_comes_with_the_catalogs_file(tmp_path, said, content, faults):
    file = tmp_path / "catalog.csv"
    head = "Handle,Title,Variant Price,Variant SKU,Unit Price Total Measure,Unit Price Total Measure Unit"
    file.write_text(f"{head}\nmiel,Miel,8.90,MIEL,{said[0]},{said[1]}\n")

    sheets, found = shopify_csv.parse(file, currency="EUR", language="es")

    assert [fault.column for fault in found] == faults
    assert [(v.content, v.content_unit) for sheet in sheets for v in sheet.variants] == [content] * (not faults)
