"""Whoever reads along misses nothing, whatever is committed in which order."""

import base64
import csv
import io
import time
from datetime import timedelta

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from commerce.pricing.models import Price, PriceList
from commerce.timeline.actors import SYSTEM
from inventory import ledger
from inventory.changes import Change, CursorWrong, changes_since
from inventory.models import Movement
from inventory.outgoing import write_google, write_plain
from inventory.to_count import suggested
from tests.factories import LONG_AGO, MONDAY, location, sales_channel, staff, stock, variant


def all_since(cursor: str, *, count: int) -> tuple[list[Change], str]:
    """So many changes, as soon as they can be told: other tests' transactions on this server may still be open."""
    found: list[Change] = []
    deadline = time.monotonic() + 30
    while len(found) < count and time.monotonic() < deadline:
        more, cursor = changes_since(cursor)
        found += more
        time.sleep(0.05)
    return found, cursor


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_late_is_told_and_an_id_above_the_last_would_have_missed_it() -> None:
    shelf, other = (stock(variant(sku=sku), location("centro"), on_hand=0) for sku in ("TAZA", "PLATO"))
    with psycopg.connect(**connection.get_connection_params()) as slow:  # type: ignore[arg-type]
        slow.execute(
            "INSERT INTO inventory_movement (stock_id, kind, quantity, damaged, reason, demand, cause, device, actor,"
            " occurred_at, recorded_at, written_in)"
            " VALUES (%s, 'received', 1, 0, '', '', 'test', '', 'system', now(), now(),"
            " pg_current_xact_id()::text::bigint)",
            (shelf.pk,),
        )
        ledger.receive({other.variant_id: 1}, location_id=other.location_id, by=SYSTEM, at=MONDAY)
        seen_early, cursor = changes_since("")
        last_id = max(Movement.objects.values_list("pk", flat=True))
        slow.commit()

    seen_late, after = all_since(cursor, count=2)

    assert [change.sku for change in seen_early + seen_late] == ["TAZA", "PLATO"]
    assert not Movement.objects.filter(pk__gt=last_id).exists()  # the positive control: the naive reader loses one
    assert changes_since(after)[0] == []


@pytest.mark.django_db
@pytest.mark.parametrize("cursor", ["x", "1", "1-2-3", "-1-2", "1-" + "9" * 30, "１-２"])
def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    with pytest.raises(CursorWrong):
        changes_since(cursor)


@pytest.mark.django_db(transaction=True)
def test_a_system_of_one_store_reads_page_by_page_what_happened_there() -> None:
    shelf = stock(variant(sku="TAZA"), location("centro"), on_hand=0)
    elsewhere = stock(variant(), location("norte"), on_hand=0)
    for place in (shelf, elsewhere, shelf):
        ledger.receive({place.variant_id: 2}, location_id=place.location_id, by=SYSTEM, at=MONDAY)
    all_since("", count=3)
    client = Client()
    client.force_login(staff("store", shelf.location))

    first = client.get("/api/v1/stock/changes/?limit=1&since=").json()
    second = client.get(f"/api/v1/stock/changes/?since={first['next']}").json()

    told = [(row["sku"], row["quantity"], row["on_hand"]) for row in first["results"] + second["results"]]
    assert told == [("TAZA", 2, 4), ("TAZA", 2, 4)]


@pytest.mark.django_db
def test_google_is_told_units_and_price_of_each_store() -> None:
    store = location("centro")
    web = sales_channel("web", locations=(store,))
    mug, plate = variant(sku="TAZA", price=1250), variant(sku="=PLATO", price=900, compare_at=1200)
    long, _ = variant(sku="X" * 51), variant(price=None)
    stock(mug, store, on_hand=9)
    stock(plate, store, on_hand=2)
    stock(long, store, on_hand=2)
    stream = io.StringIO()

    rows = write_google(stream, sales_channel=web, at=MONDAY)

    assert rows == 2
    assert stream.getvalue().splitlines() == [
        "store_code\tid\tquantity\tprice\tsale_price\tavailability\tpickup_method\tpickup_sla",
        "centro\tTAZA\t9\t12.50 EUR\t\tin_stock\tbuy\tsame_day",
        "centro\t=PLATO\t2\t12.00 EUR\t9.00 EUR\tlimited_availability\tbuy\tsame_day",
    ]


@pytest.mark.django_db
def test_what_a_store_charges_itself_and_when_it_is_closed_is_told_of_that_store() -> None:
    centro, kiosk = location("centro"), location("kiosco", offers_pickup=False)
    web, mug = sales_channel("web", locations=(centro, kiosk)), variant(sku="TAZA", price=1250)
    own = PriceList.objects.create(code="kiosco", currency="EUR", location=kiosk, reason="renta")
    Price.objects.create(price_list=own, variant=mug, amount=1400, starts_at=LONG_AGO)
    stock(mug, centro, on_hand=9)
    stock(mug, kiosk, on_hand=9)
    stream = io.StringIO()

    write_google(stream, sales_channel=web, at=MONDAY + timedelta(hours=11))  # centro has closed

    assert [line.split("\t")[3:] for line in stream.getvalue().splitlines()[1:]] == [
        ["12.50 EUR", "", "in_stock", "buy", "next_day"],
        ["14.00 EUR", "", "in_stock", "not_supported", ""],
    ]


@pytest.mark.django_db
def test_the_feeds_are_fetched_with_the_channels_own_key_and_nothing_else(client: Client, capsys) -> None:
    store = location("centro")
    sales_channel("web", locations=(store,))
    sales_channel("store", locations=(store,))
    stock(variant(sku="TAZA", price=1250), store, on_hand=9)
    stock(variant(sku="LEJOS"), location("sur"), on_hand=9)
    call_command("feed_key", "web")
    key = capsys.readouterr().out.split("password   ")[1].split()[0]

    def fetch(name: str, user: str = "web", password: str = key):
        told = base64.b64encode(f"{user}:{password}".encode()).decode()
        return client.get(f"/feeds/{name}", headers={"Authorization": f"Basic {told}"})

    google, plain = fetch("web/local-inventory.txt"), fetch("web/stock.csv")
    wrong = [
        client.get("/feeds/web/stock.csv"),
        fetch("web/stock.csv", password="x"),
        fetch("web/stock.csv", user="store"),
        fetch("store/stock.csv"),
        fetch("store/stock.csv", user="store"),
        client.get("/feeds/web/stock.csv", headers={"Authorization": "Basic not base64"}),
    ]
    call_command("feed_key", "web", "--revoke")

    assert (google.status_code, google.headers["Content-Type"]) == (200, "text/tab-separated-values; charset=utf-8")
    assert google.content.count(b"centro\tTAZA\t9\t12.50 EUR") == 1
    assert [row["sku"] for row in csv.DictReader(io.StringIO(plain.content.decode()))] == ["TAZA"]
    assert [answer.status_code for answer in wrong] == [401] * 6
    assert wrong[0].headers["WWW-Authenticate"].startswith("Basic ")
    assert fetch("web/stock.csv").status_code == 401


@pytest.mark.django_db
def test_a_plain_file_has_every_shelf_with_its_counters() -> None:
    shelf = stock(variant(sku="TAZA"), location("centro"), on_hand=9)
    shelf.held, shelf.buffer = 0, 2
    shelf.save()
    stream = io.StringIO()

    write_plain(stream, at=MONDAY)

    rows = list(csv.DictReader(io.StringIO(stream.getvalue())))
    assert [(row["sku"], row["on_hand"], row["buffer"], row["available"]) for row in rows] == [("TAZA", "9", "2", "7")]


@pytest.mark.django_db
def test_what_is_below_zero_never_counted_or_disputed_is_worth_counting() -> None:
    place = location("centro")
    never, fine, below = (stock(variant(sku=sku), place, on_hand=5) for sku in ("NUNCA", "BIEN", "MENOS"))
    ledger.sell({below.variant_id: 7}, location_id=place.pk, by=SYSTEM, at=MONDAY, as_fact=True)
    ledger.count([ledger.Count(fine.variant_id, place.pk, 5, MONDAY)], by=SYSTEM, at=MONDAY)

    assert [(each.sku, each.why) for each in suggested(place.pk)] == [("MENOS", "negative"), ("NUNCA", "never_counted")]
    assert never.pk
