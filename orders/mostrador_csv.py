"""Reads our own format for a sales history: one row per line of a receipt, UTF-8, money like 12.50.

sale_id      the till's own number of the receipt; rows with the same one belong together
line         1, 2, 3…: the line's place on the receipt
occurred_at  ISO 8601; without an offset it is the location's own time
kind         sale, return, charge (postage, a fee; no article), adjustment (found +, lost −; `title` says why)
sku, barcode the article; one of them is enough, and a SKU we do not know becomes a draft product
title        what the article was called (optional)
quantity     whole units, positive but for adjustments
unit_price, discount, total   what one cost, what was taken off the line, what was paid for it: the total is the truth
sequence     the till's own running number of the receipt (optional); where it is given, missing ones are told
customer_ref what the till calls its customer, if it knows one; location: a location's code; device: which till

A receipt whose lines are sales and charges becomes an order; returns and adjustments stand on receipts of their own.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

from commerce.catalog.models import Variant
from commerce.channels.models import SalesChannel
from commerce.csv_files import Fault, Row, read
from orders.sales_files import MOST_UNITS, Customer, Kind, Mistaken, Outcome, ReadLine, Receipt, SalesFile, Till, amount

SYSTEM = "mostrador"
RECEIPT_COLUMNS = ("sale_id", "occurred_at", "customer_ref", "location", "device")
LINE_COLUMNS = ("line", "kind", "sku", "barcode", "quantity", "unit_price", "discount", "total")
COLUMNS = RECEIPT_COLUMNS + LINE_COLUMNS
KINDS: dict[Outcome, Kind] = {
    Outcome.SALE: "sale",
    Outcome.RETURN: "return",
    Outcome.ADJUSTMENT: "adjustment",
}
LONGEST_NUMBER = 12
SALE_ID = re.compile(r"[\w.#/-]{1,60}")


def read_file(path: Path, *, tills: Mapping[str, Till], barcodes: Mapping[str, str]) -> SalesFile:
    """The receipts of a file; knows tills by their location's code, and SKUs by barcode. Raises Unreadable."""
    sales = SalesFile(SYSTEM)
    receipts: dict[str, list[tuple[Row, ReadLine]]] = {}
    spoiled: dict[str, int] = {}
    for row in read(path, required=COLUMNS):
        sales.rows += 1
        if isinstance(row, Fault):
            sales.rejects.append(row)
            continue
        sale = row.cells["sale_id"].strip()
        try:
            line = understood(row, tills=tills, barcodes=barcodes)
        except Mistaken as problem:
            sales.rejects.append(Fault(row.number, problem.column, problem.reason))
            spoiled.setdefault(sale, row.number)
        else:
            receipts.setdefault(sale, []).append((row, line))
    for sale, rows in receipts.items():
        try:
            if sale in spoiled:
                raise Mistaken("sale_id", f"receipt {sale} stays out because row {spoiled[sale]} is mistaken")
            sales.receipts.append(receipt_of(sale, rows, tills=tills))
        except Mistaken as problem:
            sales.rejects += [Fault(row.number, problem.column, problem.reason) for row, _ in rows]
        else:
            count_number(sales, rows[0][0].cells, tills)
    for receipt in sales.receipts:
        if receipt.customer:
            at = tills[receipt.place].location
            sales.customers.setdefault(receipt.customer, Customer(at.country, at.timezone, settings.LANGUAGE_CODE))
    sales.put_in_order()
    return sales


def count_number(sales: SalesFile, cells: Mapping[str, str], tills: Mapping[str, Till]) -> None:
    """Keep the till's running number of a receipt, where the file has one: none may be missing."""
    number = cells.get("sequence", "").strip()
    if number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER:
        where = (tills[cells["location"].strip()].location.code, cells["device"].strip()[:60], "")
        sales.numbers.setdefault(where, set()).add(int(number))


def tills() -> dict[str, Till]:
    """Every place that a store's sales channel sells at, by code; a channel of one store goes before a wider one."""
    found: dict[str, Till] = {}
    channels = SalesChannel.objects.filter(kind=SalesChannel.Kind.STORE).prefetch_related("locations")
    for channel in sorted(channels, key=lambda channel: (len(channel.locations.all()), channel.pk)):
        for location in channel.locations.all():
            found.setdefault(location.code, Till(location, channel))
    return found


def barcodes() -> dict[str, str]:
    """Barcode → SKU of every article that has one."""
    return {barcode: sku for barcode, sku in Variant.objects.values_list("barcode", "sku") if barcode}


def understood(row: Row, *, tills: Mapping[str, Till], barcodes: Mapping[str, str]) -> ReadLine:
    """A row's values; raises Mistaken."""
    cells = {column: row.cells[column].strip() for column in COLUMNS}
    if not SALE_ID.fullmatch(cells["sale_id"]):
        raise Mistaken("sale_id", f"“{cells['sale_id'][:20]}” is no receipt number")
    till = tills.get(cells["location"])
    if till is None:
        raise Mistaken("location", f"no sales channel of a store sells at “{cells['location'][:30]}”")
    try:
        outcome = Outcome(cells["kind"])
    except ValueError as problem:
        raise Mistaken("kind", f"“{cells['kind'][:20]}” is not sale, return, charge or adjustment") from problem
    sku = cells["sku"] or barcodes.get(cells["barcode"], "")
    if not 1 <= len(sku) <= 60:
        raise Mistaken("sku" if cells["sku"] or not cells["barcode"] else "barcode", "names no article we know")
    instant(cells["occurred_at"], till)
    quantity = whole(cells["quantity"], "quantity", least=-MOST_UNITS, most=MOST_UNITS)
    if quantity == 0 or (quantity < 0 and outcome != Outcome.ADJUSTMENT):
        raise Mistaken("quantity", "must be above zero")
    currency = till.sales_channel.currency
    discount, total = amount(cells["discount"] or "0", "discount", currency), amount(cells["total"], "total", currency)
    return ReadLine(
        row=row.number,
        ordinal=whole(cells["line"], "line", least=1, most=100_000),
        outcome=outcome,
        sku=sku,
        title=row.cells.get("title", "").strip()[:200] or ("no reason given" if outcome == Outcome.ADJUSTMENT else ""),
        quantity=quantity,
        unit_price=amount(cells["unit_price"], "unit_price", currency),
        discount=discount,
        total=0 if outcome == Outcome.ADJUSTMENT else total,
    )


def receipt_of(sale: str, rows: Sequence[tuple[Row, ReadLine]], *, tills: Mapping[str, Till]) -> Receipt:
    """The rows of one receipt; raises Mistaken if they contradict each other."""
    cells, lines = rows[0][0].cells, [line for _, line in rows]
    for column in RECEIPT_COLUMNS:
        if any(row.cells[column].strip() != cells[column].strip() for row, _ in rows):
            raise Mistaken(column, f"differs between the rows of receipt {sale}")
    if len({line.ordinal for line in lines}) != len(lines):
        raise Mistaken("line", f"stands twice on receipt {sale}")
    kinds = {line.outcome for line in lines}
    kind: Kind = next((KINDS[outcome] for outcome in kinds if outcome != Outcome.CHARGE), "sale")
    if len(kinds - {Outcome.CHARGE}) > 1 or (kind == "adjustment" and len(kinds) > 1):
        raise Mistaken("kind", f"receipt {sale} mixes {', '.join(sorted(kinds))}")
    till = tills[cells["location"].strip()]
    return Receipt(
        key=f"{SYSTEM}:{sale}",
        kind=kind,
        occurred_at=instant(cells["occurred_at"].strip(), till),
        place=till.location.code,
        lines=tuple(sorted(lines, key=lambda line: line.ordinal)),
        customer=cells["customer_ref"].strip(),
        device=cells["device"].strip()[:60],
    )


def instant(text: str, till: Till) -> datetime:
    """An instant; raises Mistaken."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(till.location.timezone))).astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        raise Mistaken("occurred_at", f"“{text[:30]}” is no time like 2026-11-20T18:05:00+01:00") from problem


def whole(text: str, column: str, *, least: int = -(2**31) + 1, most: int = 2**31 - 1) -> int:
    """A whole number within bounds; raises Mistaken."""
    try:
        number = int(text)
    except ValueError as problem:
        raise Mistaken(column, f"“{text[:20]}” is no whole number") from problem
    if not least <= number <= most:
        raise Mistaken(column, f"must be between {least} and {most}")
    return number
