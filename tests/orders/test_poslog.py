"""The tills' own XML: read as a stream, believed in nothing that could do harm."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from commerce.channels.models import Location, SalesChannel
from commerce.csv_files import Unreadable
from inventory.models import Movement
from orders import poslog
from orders.models import Order
from orders.returns.models import Return
from orders.sales_files import Till
from tests.factories import variant

HEAD = '<?xml version="1.0"?><POSLog xmlns="http://www.nrf-arts.org/IXRetail/namespace/" MajorVersion="6">'


def tills(code: str = "0610", currency: str = "GBP") -> dict[str, Till]:
    zone = "Europe/London"
    return {code: Till(Location(code=code, timezone=zone), SalesChannel(code="s", currency=currency))}


def file_of(folder: Path, text: str) -> Path:
    path = folder / "log.xml"
    path.write_text(text)
    return path


def read(path: Path, **fields: object):
    return poslog.read_file(path, tills=tills(**fields), barcodes={"48": "BURGER"})


def sale(quantity: str = "1", extended: str = "2.59", kind: str = "Sale", currency: str = "GBP") -> str:
    return f"""<Transaction><BusinessUnit><UnitID>0610</UnitID></BusinessUnit><WorkstationID>1</WorkstationID>
    <SequenceNumber>7</SequenceNumber><RetailTransaction><LineItem><{kind}>
    <POSIdentity><POSItemID>A1</POSItemID></POSIdentity>
    <ActualSalesUnitPrice Currency="{currency}">2.59</ActualSalesUnitPrice>
    <ExtendedAmount Currency="{currency}">{extended}</ExtendedAmount><Quantity>{quantity}</Quantity>
    </{kind}><SequenceNumber>1</SequenceNumber></LineItem></RetailTransaction>
    <BusinessDayDate>2026-11-20</BusinessDayDate><EndDateTime>2026-11-20T18:00:00+01:00</EndDateTime></Transaction>"""


@pytest.mark.shared
def test_a_retalix_sale_is_read_with_its_lines_and_known_barcodes(shared: Path) -> None:
    sales = read(shared / "contracts/pos/retalix_r10_v6_sale_0.xml")

    (receipt,) = sales.receipts
    assert (receipt.key, receipt.place, receipt.device) == ("poslog:0610:140:451:2016-08-22", "0610", "0610/140")
    assert receipt.occurred_at.isoformat() == "2016-08-22T14:21:54.483370+00:00"
    lines = [(line.sku, line.quantity, line.unit_price, line.total) for line in receipt.lines]
    assert lines == [("BURGER", 1, 259, 259), ("1329421", 1, 199, 199), ("3545058", 1, 199, 199)]
    assert dict(sales.counts()) == {"sale": 3, "return": 0, "charge": 0, "adjustment": 0, "reject": 0}


@pytest.mark.shared
def test_a_wincor_line_that_was_voided_never_happened(shared: Path) -> None:
    sales = read(shared / "contracts/pos/wincor_v2.2_void_line.xml", code="502", currency="AED")

    assert (sales.receipts, sales.rows, sales.voided, sales.rejects) == ([], 2, 2, [])


@pytest.mark.django_db
def test_a_log_goes_in_through_the_door_of_the_tills_once(tmp_path: Path) -> None:
    store = Location.objects.create(code="0610", name="0610", kind="store", timezone="Europe/London")
    channel = SalesChannel.objects.create(code="store", name="s", kind="store", currency="GBP", country="GB")
    channel.locations.add(store)
    variant(sku="A1")
    back = sale(kind="Return").replace("<SequenceNumber>7<", "<SequenceNumber>8<")
    path = file_of(tmp_path, HEAD + sale() + back + "</POSLog>")

    for _ in range(2):
        call_command("import_sales", str(path), "--format", "poslog", "--report", str(tmp_path / "r.csv"))

    assert (Order.objects.get().total, Return.objects.get().total) == (259, 259)
    assert list(Movement.objects.exclude(kind="received").values_list("kind", "quantity").order_by("pk")) == [
        ("sold", -1),
        ("returned", 1),
    ]


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"quantity": "0.127"}, "Quantity"),
        ({"quantity": "9" * 40}, "Quantity"),
        ({"extended": "2.595"}, "ExtendedAmount"),
        ({"extended": "-1"}, "ExtendedAmount"),
        ({"currency": "EUR"}, "ExtendedAmount"),
    ],
)
def test_a_mistaken_line_keeps_its_receipt_out_and_says_why(
    tmp_path: Path, changes: dict[str, str], column: str
) -> None:
    sales = read(file_of(tmp_path, HEAD + sale(**changes) + "</POSLog>"))

    assert ([fault.column for fault in sales.rejects], sales.receipts) == ([column], [])


def test_a_store_nobody_knows_is_told(tmp_path: Path) -> None:
    sales = read(file_of(tmp_path, HEAD + sale() + "</POSLog>"), code="other")

    assert "sells at “0610”" in str(sales.rejects[0])


BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(20))
HARM = {
    "an entity that names a file": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    "an entity on the web": '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">',
    "a billion laughs": f"<!DOCTYPE x [{BOMB}]>",
}


@pytest.mark.parametrize("doctype", HARM.values(), ids=HARM)
def test_a_doctype_is_refused_before_anything_is_looked_up(tmp_path: Path, doctype: str) -> None:
    text = HEAD.replace("?>", f"?>{doctype}", 1) + sale() + "</POSLog>"

    with pytest.raises(Unreadable, match="has a DOCTYPE"):
        read(file_of(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is no XML"),
        ("sku,quantity", "is no XML"),
        (HEAD + "<Transaction>", "breaks off"),
        ("<invoice/>", "is no POSLog: its first element is “invoice”"),
        (
            '<POSLog xmlns="http://www.nrf-arts.org/IXRetail/namespace/" MajorVersion="3"/>',
            "of version 3; known are 2.2",
        ),
        (HEAD.replace('MajorVersion="6"', "") + "</POSLog>", "of version unknown"),
        (HEAD + "<a>" * 60 + "</a>" * 60 + "</POSLog>", "nested too deeply"),
    ],
    ids=["empty", "csv", "cut off", "another document", "version 3", "no version", "deep"],
)
def test_what_is_no_log_that_we_know_is_refused_in_plain_words(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(file_of(tmp_path, text))


def test_a_file_of_fifty_megabytes_is_refused_without_being_held(tmp_path: Path) -> None:
    path = tmp_path / "log.xml"
    with path.open("w") as stream:
        stream.write(HEAD)
        for _ in range(51):
            stream.write("<!--" + "x" * 1_000_000 + "-->")
        stream.write("</POSLog>")

    with pytest.raises(Unreadable, match="larger than 50 MB"):
        read(path)


@pytest.mark.django_db
def test_the_command_says_it_without_a_stack_trace(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is no XML"):
        call_command("import_sales", str(file_of(tmp_path, "x")), "--format", "poslog")
