"""Reads 84.51°'s “The Complete Journey” format: baskets of grocery stores, one row per article, dollars.

Every row is a sale line; nothing in the file is a return. What it says is kept as it says it:

- `sales_value` is what the store received for the line and so its total, whatever quantity × price would be;
- `retail_disc` and `coupon_match_disc` were taken off by the store; `coupon_disc` was paid by a manufacturer, and so is
  part of what the store received;
- a quantity of 0 (a coupon scanned without its article, a line taken back) moves no goods;
- quantities of thousands are fuel, in some hundredths of a gallon: the file does not say.

The stores are numbers, and their clocks are taken to show Eastern time, which the file does not say either. The
country's taxes depend on town and article and are not in the file: none are reckoned. Data: 84.51°/dunnhumby, for
research and education.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from commerce import money
from commerce.channels.models import Location, SalesChannel
from commerce.csv_files import Fault, Row, read
from orders.sales_files import Customer, Mistaken, Outcome, ReadLine, Receipt, SalesFile, Till

SYSTEM = "complete-journey"
CURRENCY = "USD"
ZONE = ZoneInfo("America/New_York")
NUMBER = re.compile(r"\d{1,18}")
COLUMNS = (
    "household_id",
    "store_id",
    "basket_id",
    "product_id",
    "quantity",
    "sales_value",
    "retail_disc",
    "coupon_disc",
    "coupon_match_disc",
    "transaction_timestamp",
)
OF_BASKET = ("household_id", "store_id", "transaction_timestamp")


def read_file(path: Path) -> SalesFile:
    """The receipts of a file; raises Unreadable."""
    sales = SalesFile(SYSTEM)
    baskets: dict[str, list[tuple[Row, ReadLine]]] = {}
    spoiled: dict[str, int] = {}
    for row in read(path, required=COLUMNS):
        sales.rows += 1
        if isinstance(row, Fault):
            sales.rejects.append(row)
            continue
        basket = row.cells["basket_id"].strip()
        lines = baskets.setdefault(basket, [])
        try:
            lines.append((row, understood(row, ordinal=len(lines) + 1)))
        except Mistaken as problem:
            sales.rejects.append(Fault(row.number, problem.column, problem.reason))
            spoiled.setdefault(basket, row.number)
    for basket, rows in baskets.items():
        try:
            if basket in spoiled:
                raise Mistaken("basket_id", f"basket {basket} stays out because row {spoiled[basket]} is mistaken")
            sales.receipts.append(receipt_of(basket, rows))
        except Mistaken as problem:
            sales.rejects += [Fault(row.number, problem.column, problem.reason) for row, _ in rows]
    for receipt in sales.receipts:
        sales.customers.setdefault(receipt.customer, Customer("US", ZONE.key, "en"))
    sales.put_in_order()
    return sales


def tills(places: Iterable[str]) -> dict[str, Till]:
    """Each store of the file as a place of ours, all under one sales channel in dollars."""
    channel, _ = SalesChannel.objects.get_or_create(
        code=SYSTEM,
        defaults={
            "name": "The Complete Journey",
            "kind": SalesChannel.Kind.STORE,
            "currency": CURRENCY,
            "country": "US",
        },
    )
    found = {}
    for place in sorted(set(places)):
        location, _ = Location.objects.get_or_create(
            code=place,
            defaults={
                "name": f"Store {place.removeprefix('cj-')}",
                "kind": Location.Kind.STORE,
                "country": "US",
                "timezone": ZONE.key,
            },
        )
        found[place] = Till(location, channel)
    channel.locations.add(*[till.location for till in found.values()])
    return found


def understood(row: Row, *, ordinal: int) -> ReadLine:
    """A row's values; raises Mistaken."""
    cells = {column: row.cells[column].strip() for column in COLUMNS}
    for column in ("household_id", "store_id", "basket_id", "product_id", "quantity"):
        if not NUMBER.fullmatch(cells[column]):
            raise Mistaken(column, f"“{cells[column][:20]}” is no whole number")
    quantity = int(cells["quantity"])
    if quantity >= 2**31:
        raise Mistaken("quantity", "is too large")
    instant(cells["transaction_timestamp"])
    total = cents(cells["sales_value"], "sales_value")
    taken_off = cents(cells["retail_disc"], "retail_disc") + cents(cells["coupon_match_disc"], "coupon_match_disc")
    cents(cells["coupon_disc"], "coupon_disc")
    return ReadLine(
        row=row.number,
        ordinal=ordinal,
        outcome=Outcome.SALE,
        sku=f"CJ-{cells['product_id']}",
        title="",
        quantity=quantity,
        unit_price=money.rounded(Decimal(total + taken_off) / max(quantity, 1)),
        discount=taken_off,
        total=total,
    )


def receipt_of(basket: str, rows: list[tuple[Row, ReadLine]]) -> Receipt:
    """The rows of one basket; raises Mistaken if they contradict each other."""
    cells = rows[0][0].cells
    for column in OF_BASKET:
        if any(row.cells[column].strip() != cells[column].strip() for row, _ in rows):
            raise Mistaken(column, f"differs between the rows of basket {basket}")
    return Receipt(
        key=f"{SYSTEM}:{basket}",
        kind="sale",
        occurred_at=instant(cells["transaction_timestamp"].strip()),
        place=f"cj-{cells['store_id'].strip()}",
        lines=tuple(line for _, line in rows),
        customer=cells["household_id"].strip(),
        number=f"CJ-{basket}",
    )


@lru_cache(maxsize=4096)
def instant(text: str) -> datetime:
    """The store's local time as an instant; raises Mistaken."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE).astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        raise Mistaken("transaction_timestamp", f"“{text[:30]}” is no time like 2017-09-25 13:45:46") from problem


def cents(text: str, column: str) -> int:
    """Dollars of zero or more, such as 2.5, in cents; raises Mistaken."""
    try:
        amount = Decimal(text).scaleb(money.exponent(CURRENCY))
    except InvalidOperation as problem:
        raise Mistaken(column, f"“{text[:20]}” is no amount") from problem
    if not amount.is_finite() or not 0 <= amount < 2**31 or amount != int(amount):
        raise Mistaken(column, f"“{text[:20]}” is no amount of whole cents from zero up")
    return int(amount)
