"""Our own format for a sales history is read strictly."""

from pathlib import Path

import pytest

from orders.mostrador_csv import read_file, tills
from tests.factories import location, sales_channel

pytestmark = pytest.mark.django_db

SAMPLE = Path("tests/data/mostrador.csv")
HEADER = SAMPLE.read_text().splitlines()[0] + "\n"
GOOD = "T1,1,2026-11-02T10:15:00+01:00,sale,TAZA,,Taza,2,9.90,0,19.80,,tienda-centro,caja-1"


@pytest.fixture(autouse=True)
def shop():
    sales_channel("store", locations=(location(),))


def read(path: Path):
    return read_file(path, tills=tills(), barcodes={"2048000010023": "PLATO"})


def test_the_sample_becomes_receipts():
    sales = read(SAMPLE)

    assert sales.rejects == []
    assert [
        (r.key, r.kind, r.customer, [(ln.sku, ln.quantity, ln.total) for ln in r.lines]) for r in sales.receipts
    ] == [
        ("mostrador:T1-0001", "sale", "C-77", [("TAZA", 2, 1880), ("BOLSA", 1, 10)]),
        ("mostrador:T1-0002", "sale", "", [("PLATO", 3, 3599)]),
        ("mostrador:T1-0003", "return", "C-77", [("TAZA", 1, 940)]),
        ("mostrador:T1-0004", "adjustment", "", [("TAZA", -1, 0)]),
    ]
    assert sales.counts() == {"sale": 2, "return": 1, "charge": 1, "adjustment": 1, "reject": 0}


def test_a_time_without_offset_is_the_locations_own():
    receipts = {receipt.key: receipt for receipt in read(SAMPLE).receipts}

    assert receipts["mostrador:T1-0002"].occurred_at.isoformat() == "2026-11-02T17:40:00+00:00"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("T1,", ",", "row 2, sale_id: “” is no receipt number"),
        (",1,2026", ",one,2026", "row 2, line: “one” is no whole number"),
        (",1,2026", ",0,2026", "row 2, line: must be between 1 and 100000"),
        (
            "2026-11-02T10:15:00+01:00",
            "yesterday",
            "row 2, occurred_at: “yesterday” is no time like 2026-11-20T18:05:00+01:00",
        ),
        ("sale", "gift", "row 2, kind: “gift” is not sale, return, charge or adjustment"),
        ("TAZA", "", "row 2, sku: names no article we know"),
        ("TAZA,", ",2048000099999", "row 2, barcode: names no article we know"),
        (",2,9.90", ",0,9.90", "row 2, quantity: must be above zero"),
        (",2,9.90", ",-1,9.90", "row 2, quantity: must be above zero"),
        (",2,9.90", ",0.5,9.90", "row 2, quantity: “0.5” is no whole number"),
        (",2,9.90", ",2147483648,9.90", "row 2, quantity: must be between -99999 and 99999"),
        ("19.80", "19,80", "row 2: has 15 cells where the header has 14"),
        ("19.80", "19.805", "row 2, total: “19.805” has more decimals than EUR knows"),
        ("19.80", "-1", "row 2, total: is below zero"),
        ("tienda-centro", "luna", "row 2, location: no sales channel of a store sells at “luna”"),
    ],
)
def test_a_bad_line_is_rejected_with_its_row_and_column(tmp_path, old, new, reason):
    path = tmp_path / "sales.csv"
    path.write_text(f"{HEADER}{GOOD.replace(old, new, 1)}\n{GOOD.replace('T1', 'T2')}\n")

    sales = read(path)

    assert [str(reject) for reject in sales.rejects] == [reason]
    assert [receipt.key for receipt in sales.receipts] == ["mostrador:T2"]


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (GOOD, "line: stands twice on receipt T1"),
        (GOOD.replace("T1,1", "T1,2").replace("caja-1", "caja-2"), "device: differs between the rows of receipt T1"),
        (GOOD.replace("T1,1", "T1,2").replace("sale", "return"), "kind: receipt T1 mixes return, sale"),
        (GOOD.replace("T1,1", "T1,2").replace(",2,", ",x,"), None),
    ],
)
def test_a_receipt_whose_rows_contradict_each_other_stays_out_whole(tmp_path, second, reason):
    path = tmp_path / "sales.csv"
    path.write_text(f"{HEADER}{GOOD}\n{second}\n")

    sales = read(path)

    assert sales.receipts == []
    assert sales.counts()["reject"] == sales.rows == 2
    if reason:
        assert [str(reject) for reject in sales.rejects] == [f"row 2, {reason}", f"row 3, {reason}"]


def test_a_channel_of_one_store_goes_before_one_of_many():
    other = location("tienda-toledo")
    wide = sales_channel("store", locations=(other,))
    own = sales_channel("toledo", locations=(other,))
    own.kind = "store"
    own.save()

    found = tills()

    assert (found["tienda-toledo"].sales_channel, found["tienda-centro"].sales_channel) == (own, wide)
