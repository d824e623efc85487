"""Every line of an Online Retail file ends as exactly one thing."""

from pathlib import Path

import pytest

from commerce.csv_files import Unreadable
from orders.online_retail import read_file

SAMPLE = Path("tests/data/online-retail.csv")
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


def outcomes(path: Path) -> dict[int, tuple[str, str, str, int, int]]:
    sales = read_file(path)
    return {
        line.row: (receipt.key, receipt.kind, line.outcome.value, line.quantity, line.total)
        for receipt in sales.receipts
        for line in receipt.lines
    }


def test_each_line_of_the_sample_ends_as_one_thing():
    assert outcomes(SAMPLE) == {
        2: ("online-retail:700001", "sale", "sale", 6, 1530),
        3: ("online-retail:700001", "sale", "sale", 6, 1530),
        4: ("online-retail:700001", "sale", "sale", 2, 1590),
        5: ("online-retail:700001", "sale", "charge", 1, 1800),
        6: ("online-retail:700002:adjustment", "adjustment", "adjustment", -4, 0),
        7: ("online-retail:C700003", "return", "return", 1, 255),
        8: ("online-retail:C700003", "return", "charge", 1, 500),
        9: ("online-retail:700004", "sale", "sale", 3, 255),
        10: ("online-retail:700004", "sale", "sale", 1, 0),
        11: ("online-retail:700005:adjustment", "adjustment", "adjustment", 30, 0),
        12: ("online-retail:700006", "sale", "sale", 1, 0),
        13: ("online-retail:700007", "sale", "charge", 1, 0),
        14: ("online-retail:700007", "sale", "sale", 2, 510),
        15: ("online-retail:C700008", "return", "charge", 1, 1234),
        16: ("online-retail:700009:adjustment", "adjustment", "adjustment", -1, 0),
        17: ("online-retail:700009", "sale", "charge", 1, 0),
    }


def test_the_counts_add_up_to_the_lines_of_the_file():
    sales = read_file(SAMPLE)

    assert sales.counts() == {"sale": 7, "return": 1, "charge": 5, "adjustment": 3, "reject": 0}
    assert sales.counts().total() == sales.rows == 16


def test_times_are_londons_with_its_summer_time():
    receipts = {receipt.key: receipt for receipt in read_file(SAMPLE).receipts}

    assert receipts["online-retail:700001"].occurred_at.isoformat() == "2010-12-01T09:00:00+00:00"
    assert receipts["online-retail:C700008"].occurred_at.isoformat() == "2011-04-05T22:30:00+00:00"


def test_an_article_is_called_as_it_is_called_most_often():
    assert read_file(SAMPLE).titles() == {
        "10001A": "TEA TOWEL HERONS",
        "10002": "BISCUIT TIN BLUE",
        "10003": 'CANDLE "DAWN", SMALL',
        "10004": "MUG GIVEN WITH CANDLES",
        "10005": "LAMP",
    }


def test_customers_are_numbers_with_a_country():
    assert {n: (c.country, c.timezone) for n, c in read_file(SAMPLE).customers.items()} == {
        "20001": ("GB", "Europe/London"),
        "20002": ("IE", "Europe/Dublin"),
    }


def test_the_american_spelling_of_times_and_plain_customer_numbers_are_understood(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text(HEADER + "700001,10001,MUG,1,12/1/2010 8:26,2.5,17850,United Kingdom\n")

    sales = read_file(path)

    assert sales.receipts[0].occurred_at.isoformat() == "2010-12-01T08:26:00+00:00"
    assert list(sales.customers) == ["17850"]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (",10001,MUG,1,2010-12-01 08:26:00,2.5,,UK", "row 2, InvoiceNo: “” is no invoice number"),
        ("1;DROP,10001,MUG,1,2010-12-01 08:26:00,2.5,,UK", "row 2, InvoiceNo: “1;DROP” is no invoice number"),
        ("7,,MUG,1,2010-12-01 08:26:00,2.5,,UK", "row 2, StockCode: is empty"),
        ("7,10001,MUG,0,2010-12-01 08:26:00,2.5,,UK", "row 2, Quantity: is zero"),
        ("7,10001,MUG,0.5,2010-12-01 08:26:00,2.5,,UK", "row 2, Quantity: “0.5” is no whole number"),
        ("7,10001,MUG,2147483648,2010-12-01 08:26:00,2.5,,UK", "row 2, Quantity: is too large"),
        (
            "7,10001,MUG,1,2010-13-01 08:26:00,2.5,,UK",
            "row 2, InvoiceDate: “2010-13-01 08:26:00” is no time like 2010-12-01 08:26:00",
        ),
        ("7,10001,MUG,1,2010-12-01 08:26:00,free,,UK", "row 2, UnitPrice: “free” is no price"),
        ("7,10001,MUG,1,2010-12-01 08:26:00,NaN,,UK", "row 2, UnitPrice: “NaN” is no price"),
        ("7,10001,MUG,1,2010-12-01 08:26:00,-2.5,,UK", "row 2, UnitPrice: is below zero"),
        ("7,10001,MUG,1,2010-12-01 08:26:00,2.5,Ann,UK", "row 2, CustomerID: “Ann” is no customer number"),
        ("C7,10001,MUG,1,2010-12-01 08:26:00,2.5,,UK", "row 2, Quantity: is above zero on a credit note"),
        ("7,10001,MUG,1", "row 2: has 4 cells where the header has 8"),
        (
            f"7,10001,{'x' * 10_000_000},1,2010-12-01 08:26:00,2.5,,UK",
            "row 2: has a cell of more than 1,000,000 characters",
        ),
        ("7,10001,MU\0G,1,2010-12-01 08:26:00,2.5,,UK", "row 2, Description: holds a zero byte"),
    ],
)
def test_a_bad_line_is_rejected_with_its_row_and_column_and_the_others_go_in(tmp_path, bad, reason):
    path = tmp_path / "sales.csv"
    path.write_text(HEADER + bad + "\n700008,10001,MUG,1,2010-12-01 08:26:00,2.5,,UK\n")

    sales = read_file(path)

    assert [str(reject) for reject in sales.rejects] == [reason]
    assert [receipt.key for receipt in sales.receipts] == ["online-retail:700008"]
    assert sales.counts().total() == sales.rows == 2


def test_a_credit_note_in_small_letters_stays_out_whole_too(tmp_path):
    path = tmp_path / "sales.csv"
    rows = [f"c700001,1000{n},MUG,{n},2010-12-01 08:26:00,2.5,,UK\n" for n in (-1, 0)]
    path.write_text(HEADER + "".join(rows))

    sales = read_file(path)

    assert [reject.row for reject in sales.rejects] == [2, 3]
    assert sales.receipts == []


def test_an_invoice_with_a_bad_line_stays_out_whole(tmp_path):
    path = tmp_path / "sales.csv"
    rows = [f"700001,1000{n},MUG,{n},2010-12-01 08:26:00,2.5,,UK\n" for n in (1, 0, 3)]
    path.write_text(HEADER + "".join(rows))

    sales = read_file(path)

    assert [str(reject) for reject in sales.rejects] == [
        "row 2, InvoiceNo: invoice 700001 stays out because row 3 is mistaken",
        "row 3, Quantity: is zero",
        "row 4, InvoiceNo: invoice 700001 stays out because row 3 is mistaken",
    ]
    assert sales.receipts == []


def test_a_file_without_its_columns_is_refused(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text("InvoiceNo,StockCode\n1,2\n")

    with pytest.raises(Unreadable, match="has no column “Description”, “Quantity”"):
        read_file(path)
