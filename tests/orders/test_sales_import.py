"""A sales history goes in whole and once, explains every unit, and wakes nobody."""

import csv
import gzip
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from commerce.catalog.models import Product
from commerce.customers.models import Person
from commerce.inbox.models import ExternalId
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Entry, Task
from inventory import ledger
from inventory.models import Movement, Stock
from orders.models import Order
from tests.factories import MONDAY, location, sales_channel, stock, variant

SAMPLE = Path("tests/data/online-retail.csv")
HEADER = SAMPLE.read_text().splitlines()[0] + "\n"

STATE = """
SELECT 'order', o.number, o.till_key, o.total::text, o.tax_total::text, o.status, o.placed_at::text, e.external_id
FROM orders_order o LEFT JOIN customers_person p ON p.id = o.person_id
LEFT JOIN inbox_externalid e ON e.ours = p.public_id
UNION ALL SELECT 'order line', o.number, l.ordinal::text, l.sku, l.title, l.quantity::text, l.total::text, l.tax::text
FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
UNION ALL SELECT 'payment', o.number, p.tender, p.amount::text, p.status, '', '', ''
FROM orders_payment p JOIN orders_order o ON o.id = p.order_id
UNION ALL SELECT 'return', r.till_key, r.total::text, r.returned_at::text, '', '', '', '' FROM returns_return r
UNION ALL SELECT 'return line', r.till_key, l.ordinal::text, l.sku, l.quantity::text, l.total::text, '', ''
FROM returns_returnline l JOIN returns_return r ON r.id = l.returned_id
UNION ALL SELECT 'movement', v.sku, regexp_replace(m.key, 'opening:[0-9:]+', 'opening'), m.kind, m.quantity::text,
                 m.reason, m.occurred_at::text, ''
FROM inventory_movement m JOIN inventory_stock s ON s.id = m.stock_id JOIN catalog_variant v ON v.id = s.variant_id
UNION ALL SELECT 'stock', v.sku, s.on_hand::text, '', '', '', '', ''
FROM inventory_stock s JOIN catalog_variant v ON v.id = s.variant_id
UNION ALL SELECT 'entry', e.type, e.number::text, e.occurred_at::text, e.data ->> 'key', e.data ->> 'total', '', ''
FROM timeline_entry e JOIN timeline_journey j ON j.id = e.journey_id AND j.entry_count = 1
UNION ALL SELECT 'person', e.external_id, p.country, p.given_name, p.family_name, '', '', ''
FROM customers_person p LEFT JOIN inbox_externalid e ON e.ours = p.public_id
UNION ALL SELECT 'product', p.handle, p.title, p.status, '', '', '', '' FROM catalog_product p
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
"""
"""Everything an import leaves behind, but ids and the time of recording."""

EMPTY = """
TRUNCATE orders_order, returns_return, inventory_stock, timeline_journey, customers_person, inbox_externalid,
         catalog_product, channels_location, channels_saleschannel CASCADE
"""

BELOW_ZERO = """
SELECT count(*) FROM (SELECT sum(quantity) OVER (PARTITION BY stock_id ORDER BY occurred_at, id) AS level
                      FROM inventory_movement) AS path WHERE level < 0
"""

UNEXPLAINED = """
SELECT count(*) FROM inventory_stock s
WHERE on_hand <> (SELECT coalesce(sum(quantity), 0) FROM inventory_movement m WHERE m.stock_id = s.id)
"""


def rows(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def run(path: Path, tmp_path: Path, **options: object) -> str:
    out = StringIO()
    options = {"format": "online-retail", "report": tmp_path / "rejects.csv", "stdout": out} | options
    call_command("import_sales", path, **options)
    return out.getvalue()


def nothing_woke() -> bool:
    return not Task.objects.exists()


def invoices(path: Path, *, count: int, lines: int) -> Path:
    """A history of the right shape: each article is sold and now and then comes back or is found broken."""
    with path.open("w") as stream:
        stream.write(HEADER)
        for number in range(count):
            when = f"2011-02-{1 + number % 27:02d} {8 + number // 27 % 9:02d}:{number % 60:02d}:00"
            for line in range(lines):
                article, quantity = 20_000 + (number * 7 + line) % 300, 1 + (number + line) % 9
                who = 30_000 + number % 50
                stream.write(f"{800_000 + number},{article},ARTICLE {article},{quantity},{when},1.25,{who},EIRE\n")
            article = 20_000 + number % 290
            stream.write(f"C{900_000 + number},{article},ARTICLE,-1,{when},1.25,,EIRE\n")
            stream.write(f"{950_000 + number},{article},damaged,-2,{when},0.0,,EIRE\n")
    return path


@pytest.mark.django_db
def test_the_sample_goes_in_and_the_command_accounts_for_every_line(tmp_path):
    out = run(SAMPLE, tmp_path)

    assert out.splitlines() == [
        "sale                 7",
        "return               1",
        "charge               5",
        "adjustment           3",
        "reject               0",
        "all lines           16 of 16 in the file",
        "10 receipts new, 0 were there already",
        "money on 5 days: file £52.26, database £52.26; 0 days differ",
    ]
    assert (tmp_path / "rejects.csv").read_text() == "line,column,reason\n"


@pytest.mark.django_db
def test_orders_carry_their_invoice_and_the_vat_of_their_day(tmp_path):
    run(SAMPLE, tmp_path)

    assert list(
        Order.objects.order_by("number").values_list("number", "till_key", "total", "tax_total", "currency")
    ) == [
        ("OR-700001", "online-retail:700001", 6450, 228 + 228 + 237 + 268, "GBP"),
        ("OR-700004", "online-retail:700004", 255, 38, "GBP"),
        ("OR-700006", "online-retail:700006", 0, 0, "GBP"),
        ("OR-700007", "online-retail:700007", 510, 85, "GBP"),
        ("OR-700009", "online-retail:700009", 0, 0, "GBP"),
    ]


@pytest.mark.django_db
def test_customers_become_people_without_a_name_and_unknown_articles_become_drafts(tmp_path):
    known = variant(sku="10002")

    run(SAMPLE, tmp_path)

    person = Person.objects.get(public_id=ExternalId.objects.get(external_id="20001").ours)
    assert (person.given_name, person.country, person.orders.count()) == ("", "GB", 1)
    assert known.product.status == "active"
    assert set(Product.objects.exclude(pk=known.product_id).values_list("handle", "title", "status")) == {
        ("online-retail-10001a", "TEA TOWEL HERONS", "draft"),
        ("online-retail-10003", 'CANDLE "DAWN", SMALL', "draft"),
        ("online-retail-10004", "MUG GIVEN WITH CANDLES", "draft"),
        ("online-retail-10005", "LAMP", "draft"),
    }


@pytest.mark.django_db
def test_the_ledger_explains_every_unit_and_never_falls_below_zero(tmp_path):
    run(SAMPLE, tmp_path)

    assert rows(BELOW_ZERO) == rows(UNEXPLAINED) == [(0,)]
    assert dict(Stock.objects.values_list("variant__sku", "on_hand")) == {
        "10001A": 0,
        "10002": 0,
        "10003": 30,
        "10004": 0,
        "10005": 0,
    }
    opened = Movement.objects.filter(kind="received", reason="derived: opening stock is not in the file")
    assert dict(opened.values_list("stock__variant__sku", "quantity")) == {
        "10001A": 13,
        "10002": 7,
        "10003": 3,
        "10004": 1,
        "10005": 1,
    }


@pytest.mark.django_db
def test_twice_is_once_and_nobody_is_woken(tmp_path):
    run(SAMPLE, tmp_path)
    before = rows(STATE)

    out = run(SAMPLE, tmp_path)

    assert rows(STATE) == before
    assert "0 receipts new, 10 were there already" in out
    assert Entry.objects.count() == 7
    assert nothing_woke()


@pytest.mark.django_db
def test_a_longer_part_of_the_same_history_adds_the_stock_that_it_needs_too(tmp_path):
    whole = invoices(tmp_path / "whole.csv", count=40, lines=5)
    lines = whole.read_text().splitlines(keepends=True)
    part = tmp_path / "part.csv"
    part.write_text("".join(lines[: 1 + 7 * 10]))
    run(part, tmp_path)

    run(whole, tmp_path)

    assert rows(BELOW_ZERO) == rows(UNEXPLAINED) == [(0,)]
    assert Stock.objects.filter(on_hand__lt=0).count() == 0


@pytest.mark.django_db
def test_history_does_not_change_what_was_counted_after_it(tmp_path):
    candle = variant(sku="10003")
    place = location("london", timezone="Europe/London", country="GB")
    ledger.count([ledger.Count(candle.pk, place.pk, 50, MONDAY)], by=SYSTEM, at=MONDAY)

    run(SAMPLE, tmp_path, location="london")
    run(SAMPLE, tmp_path, location="london")

    assert Stock.objects.get(variant=candle).on_hand == 50
    assert rows(UNEXPLAINED) == [(0,)]


@pytest.mark.django_db
def test_an_invoice_that_was_imported_with_other_lines_is_told_and_left_alone(tmp_path):
    run(SAMPLE, tmp_path)
    before = rows(STATE)
    changed = tmp_path / "changed.csv"
    changed.write_text(SAMPLE.read_text().replace('SMALL",3,', 'SMALL",4,'))

    with pytest.raises(CommandError, match="2 lines were rejected"):
        run(changed, tmp_path)

    assert (tmp_path / "rejects.csv").read_text().splitlines()[1:] == [
        "9,,online-retail:700004 was imported before with other lines; this one was left out",
        "10,,online-retail:700004 was imported before with other lines; this one was left out",
    ]
    assert rows(STATE) == before


@pytest.mark.django_db
def test_rejects_stand_in_the_report_and_the_rest_goes_in(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text(
        SAMPLE.read_text() + "700010,10001A,TEA TOWEL,one,2011-07-01 10:00:00,2.55,,United Kingdom\nbroken\n"
    )

    with pytest.raises(CommandError, match="2 lines were rejected"):
        run(path, tmp_path)

    assert list(csv.reader((tmp_path / "rejects.csv").read_text().splitlines())) == [
        ["line", "column", "reason"],
        ["18", "Quantity", "“one” is no whole number"],
        ["19", "", "has 1 cells where the header has 8"],
    ]
    assert Order.objects.count() == 5


@pytest.mark.django_db
def test_the_format_of_our_own_tills_goes_through_the_same_door(tmp_path):
    place = location()
    sales_channel("store", locations=(place,))
    plate = variant(sku="PLATO", barcode="2048000010023")
    stock(plate, place, on_hand=9)

    out = run(Path("tests/data/mostrador.csv"), tmp_path, format="mostrador")

    assert "4 receipts new, 0 were there already" in out
    order = Order.objects.get(till_key="mostrador:T1-0001")
    assert (order.goods_total, order.discount_total, order.total) == (1990, 100, 1890)
    assert (order.person_id is not None, order.currency) == (True, "EUR")
    assert Order.objects.get(till_key="mostrador:T1-0002").total == 3599
    assert rows(BELOW_ZERO) == rows(UNEXPLAINED) == [(0,)]
    assert nothing_woke()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is empty"),
        (b"InvoiceNo,StockCode\n1,2\n", "has no column"),
        (HEADER.encode() + "700001,1,CAFÉ,1,2010-12-01 08:26:00,1,,UK\n".encode("latin-1"), "is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_leaves_nothing_behind(tmp_path, content, complaint):
    path = tmp_path / "sales.csv"
    path.write_bytes(content)

    with pytest.raises(CommandError, match=complaint):
        run(path, tmp_path)

    assert rows(STATE) == []


@pytest.mark.django_db
def test_a_directory_and_an_unknown_location_are_refused(tmp_path):
    with pytest.raises(CommandError, match="is a directory"):
        run(tmp_path, tmp_path)
    with pytest.raises(CommandError, match="there is no location “luna”"):
        run(SAMPLE, tmp_path, location="luna")


@pytest.mark.django_db(transaction=True)
def test_of_two_imports_at_once_the_second_is_refused(tmp_path):
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
        other.execute("SELECT pg_advisory_lock(hashtext('sales import'))")
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")

        with pytest.raises(CommandError, match="another sales import is running"):
            run(SAMPLE, tmp_path)
    connection.close()

    assert not Order.objects.exists()


IMPORT = """
import sys, django
django.setup()
from django.core.management import call_command
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
call_command("import_sales", sys.argv[2], format="online-retail", report=sys.argv[3])
"""


def kill_in_the_middle(path: Path, tmp_path: Path) -> int:
    """Start an import of its own process, kill -9 it once the first chunks are in; returns how many orders were."""
    importer = subprocess.Popen(
        [sys.executable, "-c", IMPORT, connection.settings_dict["NAME"], path, tmp_path / "report.csv"],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "commerce.settings"},
    )
    while not Order.objects.exists() and importer.poll() is None:
        time.sleep(0.005)
    importer.send_signal(signal.SIGKILL)
    importer.wait()
    return Order.objects.count()


@pytest.mark.kill
@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_and_run_again_it_ends_in_the_same_state(tmp_path):
    path = invoices(tmp_path / "sales.csv", count=1500, lines=10)
    run(path, tmp_path)
    undisturbed = rows(STATE)
    with connection.cursor() as cursor:
        cursor.execute(EMPTY)

    at_the_kill = kill_in_the_middle(path, tmp_path)
    run(path, tmp_path)

    assert 0 < at_the_kill < 1500
    assert rows(STATE) == undisturbed
    assert rows(BELOW_ZERO) == rows(UNEXPLAINED) == [(0,)]


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_real_retailers_270954_lines_go_in_whole(shared, tmp_path):
    path = shared / "data/online-retail/online-retail-part1.csv.gz"

    out = run(path, tmp_path)

    counts = {name: int(count.replace(",", "")) for name, count in (row.split()[:2] for row in out.splitlines()[:5])}
    assert counts == {"sale": 263_412, "return": 4_643, "charge": 1_687, "adjustment": 1_212, "reject": 0}
    assert sum(counts.values()) == 270_954
    assert money_in_the_file(path) == money_in_the_database()
    assert rows(BELOW_ZERO) == rows(UNEXPLAINED) == [(0,)]
    assert Stock.objects.filter(on_hand__lt=0).count() == 0
    assert nothing_woke()

    again = run(path, tmp_path)

    assert "0 receipts new, 13,938 were there already" in again


def money_in_the_file(path: Path) -> dict[str, int]:
    """Pence per day, computed here from nothing but the file."""
    days: Counter[str] = Counter()
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            pence = Decimal(row["Quantity"]) * Decimal(row["UnitPrice"]) * 100
            days[row["InvoiceDate"][:10]] += int(pence.quantize(Decimal(1), ROUND_HALF_UP))
    return dict(days)


def money_in_the_database() -> dict[str, int]:
    """Pence per London day: what was sold, less what was given back."""
    return {
        day: int(pence)
        for day, pence in rows(
            """
            SELECT day::text, sum(pence) FROM (
                SELECT (placed_at AT TIME ZONE 'Europe/London')::date AS day, total AS pence FROM orders_order
                UNION ALL SELECT (returned_at AT TIME ZONE 'Europe/London')::date, -total FROM returns_return
            ) AS receipt GROUP BY day
            """
        )
    }
