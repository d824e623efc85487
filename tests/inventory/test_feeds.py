"""A file of counts is booked row by row, once; every fault is named by its row and column."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from commerce.csv_files import Unreadable
from commerce.timeline.actors import Actor
from inventory import feeds
from inventory.feeds import import_stock
from inventory.models import Movement, Stock
from tests.audits import violations
from tests.factories import MONDAY, location, variant

pytestmark = pytest.mark.django_db

BY = Actor("import")
HEADER = "sku,barcode,location,quantity,counted_at\n"


@pytest.fixture(autouse=True)
def shop():
    variant(sku="TAZA", barcode="2048000010016")
    variant(sku="PLATO", barcode="2048000010023")
    location("centro")
    location("triana", timezone="Atlantic/Canary")


@pytest.fixture
def file(tmp_path):
    def write(content: str | bytes) -> Path:
        path = tmp_path / "stock.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def on_hand() -> dict[tuple[str, str], int]:
    return {
        (sku, code): units
        for sku, code, units in Stock.objects.values_list("variant__sku", "location__code", "on_hand")
    }


def faults(path: Path) -> list[str]:
    return [str(fault) for fault in import_stock(path, by=BY, at=MONDAY).faults]


def test_a_file_is_booked_and_a_second_run_changes_nothing(file):
    path = file(
        HEADER + "TAZA,2048000010016,centro,24,2026-11-20T06:00:00+01:00\n"
        "PLATO,,CENTRO,0,2026-11-20T06:00:10+01:00\n"
        ",2048000010023,triana,7,2026-11-20T06:00:20+01:00\n"
    )

    first, second = import_stock(path, by=BY, at=MONDAY), import_stock(path, by=BY, at=MONDAY)

    assert [(run.new, run.known, run.faults) for run in (first, second)] == [(3, 0, []), (0, 3, [])]
    assert on_hand() == {("TAZA", "centro"): 24, ("PLATO", "centro"): 0, ("PLATO", "triana"): 7}
    assert Movement.objects.count() == 3
    assert violations("inventory.audit.RULES") == []


def test_a_time_without_an_offset_is_the_local_time_of_its_place(file):
    import_stock(file(HEADER + "TAZA,,triana,1,2026-11-20T06:00:00\n"), by=BY, at=MONDAY)

    assert Stock.objects.get().counted_at == datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "content",
    [
        ("\ufeff" + HEADER + "TAZA,,centro,5,2026-11-20T06:00:00Z\n").encode(),
        (HEADER + "TAZA,,centro,5,2026-11-20T06:00:00Z").replace("\n", "\r\n").encode(),
        b"Location,Quantity, SKU ,Counted_at,note\ncentro,5,TAZA,2026-11-20 06:00:00Z,caf\xc3\xa9\n\n",
    ],
    ids=["byte order mark", "Windows lines", "other order and spelling"],
)
def test_the_file_may_look_as_spreadsheets_write_it(file, content):
    assert faults(file(content)) == []
    assert on_hand() == {("TAZA", "centro"): 5}


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("NOPE,,centro,1,2026-11-20T06:00:00Z", "row 2, sku: no variant has the SKU “NOPE”"),
        (",,centro,1,2026-11-20T06:00:00Z", "row 2, sku: neither SKU nor barcode is given"),
        (
            ",2.048E+12,centro,1,2026-11-20T06:00:00Z",
            "row 2, barcode: no variant has the barcode “2.048E+12”; a spreadsheet has rounded it",
        ),
        (
            "TAZA,2048000010023,centro,1,2026-11-20T06:00:00Z",
            "row 2, barcode: “2048000010023” is not the barcode of “TAZA”",
        ),
        ("TAZA,,marte,1,2026-11-20T06:00:00Z", "row 2, location: there is no location “marte”"),
        ("TAZA,,,1,2026-11-20T06:00:00Z", "row 2, location: is empty"),
        ("TAZA,,centro,-1,2026-11-20T06:00:00Z", "row 2, quantity: “-1” is not a whole number from 0 to 999,999"),
        ("TAZA,,centro,0.5,2026-11-20T06:00:00Z", "row 2, quantity: “0.5” is not a whole number from 0 to 999,999"),
        ("TAZA,,centro,,2026-11-20T06:00:00Z", "row 2, quantity: “” is not a whole number from 0 to 999,999"),
        (
            "TAZA,,centro,2147483648,2026-11-20T06:00:00Z",
            "row 2, quantity: “2147483648” is not a whole number from 0 to 999,999",
        ),
        ("TAZA,,centro,٣,2026-11-20T06:00:00Z", "row 2, quantity: “٣” is not a whole number from 0 to 999,999"),
        (
            "TAZA,,centro,1,20/11/2026",
            "row 2, counted_at: “20/11/2026” is not a time such as 2026-11-20T18:30:00+01:00",
        ),
        (
            "TAZA,,centro,1,2026-11-20",
            "row 2, counted_at: “2026-11-20” is not a time such as 2026-11-20T18:30:00+01:00",
        ),
        ("TAZA,,centro,1,2099-01-01T00:00:00Z", "row 2, counted_at: “2099-01-01T00:00:00Z” lies in the future"),
        ("TAZA,,centro,1", "row 2: has 4 cells where the header has 5"),
        ("TA\0ZA,,centro,1,2026-11-20T06:00:00Z", "row 2, sku: holds a zero byte"),
        ('"TAZA"x,,centro,1,2026-11-20T06:00:00Z', "row 2: is broken: ',' expected after '\"'"),
        ("x" * 10_000_000 + ",,centro,1,2026-11-20T06:00:00Z", "row 2: has a cell of more than 1,000,000 characters"),
    ],
)
def test_a_row_with_a_fault_is_left_out_and_named_and_all_others_are_booked(file, row, fault):
    path = file(HEADER + row + "\nPLATO,,centro,3,2026-11-20T06:00:00Z\n")

    assert faults(path) == [fault]
    assert on_hand() == {("PLATO", "centro"): 3}


def test_two_results_for_one_shelf_at_one_instant_are_told_apart(file):
    path = file(HEADER + "".join(f"TAZA,,centro,{found},2026-11-20T06:00:00Z\n" for found in (3, 3, 4)))

    imported = import_stock(path, by=BY, at=MONDAY)

    assert (imported.new, imported.known) == (1, 1)
    assert [str(fault) for fault in imported.faults] == [
        "row 4, quantity: this was counted already at that instant, with another result"
    ]
    assert on_hand() == {("TAZA", "centro"): 3}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "stock.csv is empty"),
        ("sku,location,quantity\nTAZA,centro,1\n", "stock.csv has no column “counted_at”"),
        (
            "location,quantity,counted_at\ncentro,1,2026-11-20T06:00:00Z\n",
            "neither a column “sku” nor a column “barcode”",
        ),
        ("sku;location;quantity;counted_at\n", "separated by something other than a comma"),
        (
            (HEADER + "TAZA,,centro,1,2026-11-20T06:00:00Z\nTÉ,,centro,1,2").encode("latin-1"),
            "line 3: byte 0xC9 is not UTF-8",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(file, content, reason):
    with pytest.raises(Unreadable, match=reason):
        import_stock(file(content), by=BY, at=MONDAY)

    assert on_hand() == {}


def test_a_directory_or_a_missing_file_is_refused_by_the_command(tmp_path):
    for path, reason in ((tmp_path, "is a directory"), (tmp_path / "none.csv", "there is no file")):
        with pytest.raises(CommandError, match=reason):
            call_command("import_stock", path)


def test_the_command_tells_what_became_of_the_rows(file, capsys):
    path = file(HEADER + "TAZA,,centro,1,2026-11-20T06:00:00Z\nNOPE,,centro,1,2026-11-20T06:00:00Z\n")

    with pytest.raises(CommandError, match="rows with faults were left out"):
        call_command("import_stock", path)

    told = capsys.readouterr()
    assert told.out == "1 counts booked, 0 known already, 1 faults\n"
    assert "row 3, sku: no variant has the SKU “NOPE”" in told.err


def test_a_run_that_breaks_off_leaves_whole_chunks_and_is_simply_run_again(file, monkeypatch):
    monkeypatch.setattr(feeds, "CHUNK", 2)
    path = file(HEADER + "".join(f"TAZA,,centro,{n},2026-11-20T06:00:0{n}Z\n" for n in range(5)))

    def break_off(done: int, total: int) -> None:
        assert total == 5
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_stock(path, by=BY, at=MONDAY, progress=break_off)
    assert Movement.objects.count() == 4

    imported = import_stock(path, by=BY, at=MONDAY)
    assert (imported.new, imported.known) == (1, 4)
    assert on_hand() == {("TAZA", "centro"): 4}
