"""Files of tills tell all that a till tells by the API: differences, voids, what never was, and missing numbers."""

import io
import tracemalloc
from pathlib import Path

import pytest
from django.core.management import call_command

from commerce.wiring import AUDITS
from inventory.models import Stock
from orders.journal import filed, files
from orders.journal.files import FileTooLarge
from orders.journal.models import Difference, Fact, TillFile
from orders.models import Order, OrderLine, Payment, Todo
from tests.audits import violations
from tests.factories import MONDAY
from tests.orders.journal.test_files import OFFICE
from tests.orders.shop import Shop

pytestmark = pytest.mark.django_db
HEAD = '<?xml version="1.0"?><POSLog xmlns="http://www.nrf-arts.org/IXRetail/namespace/" MajorVersion="6">'


def transaction(
    number: int,
    *,
    kind: str = "Sale",
    sku: str = "TAZA",
    price: str = "12.50",
    flags: str = "",
    status: str = "",
    inside: str = "",
    link: str = "",
    day: str = "2026-11-23",
) -> str:
    """One transaction of till 3; `link` stands in its line, `inside` beside it."""
    return (
        f"<Transaction {flags}><BusinessUnit><UnitID>centro</UnitID></BusinessUnit><WorkstationID>3</WorkstationID>"
        f"<SequenceNumber>{number}</SequenceNumber><BusinessDayDate>{day}</BusinessDayDate>"
        f"<EndDateTime>{day}T09:{number % 60:02}:00</EndDateTime><RetailTransaction {status}>{inside}"
        f"<LineItem><SequenceNumber>1</SequenceNumber><{kind}>{link}"
        f"<POSIdentity><POSItemID>{sku}</POSItemID></POSIdentity><Description>Taza</Description>"
        f"<ActualSalesUnitPrice>{price}</ActualSalesUnitPrice><ExtendedAmount>{price}</ExtendedAmount>"
        f"<Quantity>1</Quantity></{kind}></LineItem></RetailTransaction></Transaction>"
    )


def to(number: int, *, why: str) -> str:
    """A link to another transaction of the same till and day."""
    return f'<TransactionLink ReasonCode="{why}"><SequenceNumber>{number}</SequenceNumber></TransactionLink>'


def take_in(*parts: str, format: str = "poslog", at=MONDAY) -> TillFile:
    content = "".join([HEAD, *parts, "</POSLog>"]) if format == "poslog" else "\n".join(parts)
    return files.take_in(io.BytesIO(content.encode()), name="log", format=format, by=OFFICE, at=at)


def on_hand(shop: Shop) -> int:
    return Stock.objects.get(variant=shop.mug, location=shop.store).on_hand


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"flags": 'CancelFlag="true"'}, "canceled"),
        ({"flags": 'CancelFlag="1"'}, "canceled"),
        ({"status": 'CancelFlag="true"'}, "canceled"),
        ({"flags": 'TrainingModeFlag="true"'}, "training"),
        ({"status": 'TransactionStatus="Suspended"'}, "suspended"),
        ({"status": 'TransactionStatus="SuspendedDeleted"'}, "suspended"),
        ({"inside": "<TransactionStatus>Canceled</TransactionStatus>"}, "canceled"),
    ],
)
def test_what_never_happened_is_counted_with_its_reason_and_not_booked(
    shop: Shop, fields: dict[str, str], why: str
) -> None:
    kept = take_in(transaction(1), transaction(2, **fields))

    assert (Order.objects.count(), on_hand(shop)) == (1, 4)
    assert (kept.status, kept.lines, kept.reason) == ("taken", 2, f"1 lines {why}")
    assert Todo.objects.count() == 0, "its number is not missing"


def test_a_transaction_that_is_void_by_now_never_happened_and_undoes_what_was_told_before(shop: Shop) -> None:
    take_in(transaction(1))

    take_in(transaction(1, status='TransactionStatus="Voided"'), transaction(2, status='TransactionStatus="Voided"'))

    assert (Order.objects.count(), on_hand(shop), Payment.objects.get().refunded) == (1, 5, 1250)
    assert violations(*AUDITS) == []


@pytest.mark.parametrize("sale_first", [True, False])
def test_a_post_void_undoes_the_transaction_that_it_links_to_whichever_file_comes_first(
    shop: Shop, sale_first: bool
) -> None:
    void = transaction(2, kind="Return", inside=to(1, why="PostVoid"))

    for part in (transaction(1), void) if sale_first else (void, transaction(1)):
        take_in(part)
        take_in(part + "<!-- told again -->")

    assert (Order.objects.count(), on_hand(shop), Payment.objects.get().refunded) == (1, 5, 1250)
    assert violations(*AUDITS) == []


def test_a_post_void_whose_link_names_nothing_is_rejected_and_sells_nothing(shop: Shop) -> None:
    kept = take_in(transaction(1), transaction(2, inside='<TransactionLink ReasonCode="PostVoid"/>'))

    assert (kept.status, kept.rejected, Order.objects.count(), on_hand(shop)) == ("partly", 1, 1, 4)
    assert "names no transaction" in kept.reason


def test_a_return_that_names_its_sale_counts_on_it(shop: Shop) -> None:
    take_in(transaction(1), transaction(2, kind="Return", link=to(1, why="Return")))

    assert (on_hand(shop), OrderLine.objects.get().returned, Payment.objects.get().refunded) == (5, 1, 1250)
    assert violations(*AUDITS) == []


def test_a_file_tells_other_prices_and_unknown_articles_as_the_api_does(shop: Shop) -> None:
    take_in(transaction(1, price="9.99"), transaction(2, sku="NADIE"))

    told = Difference.objects.order_by("fact__sequence").values_list("kind", "subject", "expected", "actual", "loss")
    assert list(told) == [("price", "TAZA", 1250, 999, 251), ("article", "NADIE", None, 1250, 0)]


def test_a_clock_in_the_future_counts_as_now_and_is_flagged(shop: Shop) -> None:
    take_in(transaction(1, day="2099-01-01"))

    assert Order.objects.get().placed_at == MONDAY
    assert "in_the_future" in Fact.objects.get().flags


def test_missing_numbers_are_an_alarm_of_the_store_until_their_file_comes(shop: Shop) -> None:
    other_kind = transaction(8).replace("RetailTransaction", "TenderControlTransaction")
    take_in(transaction(7), other_kind, transaction(11), transaction(1, day="2026-11-24"))
    alarm = Todo.objects.get(closed_at=None)

    take_in(transaction(9), transaction(10))

    assert (alarm.kind, alarm.cause, alarm.location) == ("till_gap", "never came: 9–10", shop.store)
    assert Todo.objects.filter(closed_at=None).count() == 0
    assert violations(*AUDITS) == []


def test_days_that_go_on_with_the_numbers_of_the_last_have_gaps_between_them() -> None:
    assert filed.missing_in([[5, 6, 9], [12, 13], [1, 2]]) == [(7, 8), (10, 11)]
    assert filed.missing_in([]) == []


CSV = (
    "sale_id,occurred_at,customer_ref,location,device,line,kind,sku,barcode,quantity,unit_price,discount,total,sequence"
)


def row(number: int, *, sku: str = "TAZA", price: str = "12.50", kind: str = "sale") -> str:
    return f"r{number},2026-11-23T09:00:00,,centro,caja-7,1,{kind},{sku},,1,{price},0,{price},{number}"


def test_a_table_tells_differences_and_missing_numbers_too(shop: Shop) -> None:
    take_in(CSV, row(1, price="9.99"), row(4, kind="charge", sku="PORTES"), format="mostrador")

    assert list(Difference.objects.values_list("kind", "loss")) == [("price", 251)]
    assert Todo.objects.get().cause == "never came: 2–3"
    assert violations(*AUDITS) == []


def test_one_log_as_history_and_as_news_is_booked_once(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "log.xml"
    path.write_text(HEAD + transaction(1) + transaction(2) + "</POSLog>")
    call_command("import_sales", str(path), "--format", "poslog", "--report", str(tmp_path / "r.csv"))

    take_in(transaction(2), transaction(3))
    path.write_text(HEAD + transaction(3) + "</POSLog>")
    call_command("import_sales", str(path), "--format", "poslog", "--report", str(tmp_path / "r.csv"))

    assert (Order.objects.count(), Fact.objects.count()) == (3, 1)


def test_an_absurd_quantity_keeps_its_receipt_out_and_says_why(shop: Shop) -> None:
    bad = transaction(1).replace("<Quantity>1<", "<Quantity>100000<")

    kept = take_in(bad, transaction(2))

    assert (kept.status, kept.reason, Order.objects.count()) == (
        "partly",
        "row 1, Quantity: is no whole number of units",
        1,
    )


class Endless(io.RawIOBase):
    """A log that never ends."""

    def __init__(self) -> None:
        self.read_so_far = 0

    def read(self, size: int = -1) -> bytes:
        """The next piece, as large as is asked for."""
        assert size > 0
        self.read_so_far += size
        return b"x" * size


def test_fifty_megabytes_are_refused_as_they_stream_in_and_are_never_held() -> None:
    stream = Endless()
    tracemalloc.start()

    with pytest.raises(FileTooLarge, match="50 MB"):
        files.take_in(stream, name="log.xml", format="poslog", by=OFFICE, at=MONDAY)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert files.MOST < stream.read_so_far <= files.MOST + 65_536
    assert peak < 2_000_000
    assert TillFile.objects.count() == 0
