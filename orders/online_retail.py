"""Reads UCI's “Online Retail” format: invoices of a British gift retailer, credit notes, fees and stock notes mixed.

Every line ends as exactly one of:

- charge: its code names no product (postage, fees, vouchers), whatever its sign;
- return: on a credit note, an invoice whose number begins with C;
- adjustment: a negative quantity without a credit note (damaged, thrown away, lost), or, on an invoice that names no
  customer and no price at all, a positive one (found);
- sale: everything else, also what was given away with other goods for nothing;
- reject: it cannot be understood, or stands on an invoice with such a line. An invoice goes in whole or not at all.

A line's total is quantity × price, rounded half up to the penny; one price has three decimals. Prices are taken to
include VAT, which the file does not say. Times are London's. Codes differ in case only by accident (85123a, 85123A).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from commerce import money
from commerce.channels.models import Location, SalesChannel
from commerce.csv_files import Fault, Row, read
from commerce.pricing.models import TaxRate
from orders.sales_files import Customer, Kind, Mistaken, Outcome, ReadLine, Receipt, SalesFile, Till

SYSTEM = "online-retail"
PLACE = "online-retail"
CURRENCY = "GBP"
ZONE = ZoneInfo("Europe/London")
COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
CHARGES = re.compile(r"POST|DOT|M|D|C2|S|B|BANK CHARGES|AMAZONFEE|CRUK|PADS|GIFT_.*|DCGS.*", re.IGNORECASE)
INVOICE = re.compile(r"[A-Z]?\d{1,12}")
CUSTOMER = re.compile(r"(\d{1,12})(\.0)?")


COUNTRIES = {
    "Australia": ("AU", "Australia/Sydney"),
    "Austria": ("AT", "Europe/Vienna"),
    "Bahrain": ("BH", "Asia/Bahrain"),
    "Belgium": ("BE", "Europe/Brussels"),
    "Brazil": ("BR", "America/Sao_Paulo"),
    "Canada": ("CA", "America/Toronto"),
    "Channel Islands": ("JE", "Europe/Jersey"),
    "Cyprus": ("CY", "Asia/Nicosia"),
    "Czech Republic": ("CZ", "Europe/Prague"),
    "Denmark": ("DK", "Europe/Copenhagen"),
    "EIRE": ("IE", "Europe/Dublin"),
    "Finland": ("FI", "Europe/Helsinki"),
    "France": ("FR", "Europe/Paris"),
    "Germany": ("DE", "Europe/Berlin"),
    "Greece": ("GR", "Europe/Athens"),
    "Hong Kong": ("HK", "Asia/Hong_Kong"),
    "Iceland": ("IS", "Atlantic/Reykjavik"),
    "Israel": ("IL", "Asia/Jerusalem"),
    "Italy": ("IT", "Europe/Rome"),
    "Japan": ("JP", "Asia/Tokyo"),
    "Lebanon": ("LB", "Asia/Beirut"),
    "Lithuania": ("LT", "Europe/Vilnius"),
    "Malta": ("MT", "Europe/Malta"),
    "Netherlands": ("NL", "Europe/Amsterdam"),
    "Norway": ("NO", "Europe/Oslo"),
    "Poland": ("PL", "Europe/Warsaw"),
    "Portugal": ("PT", "Europe/Lisbon"),
    "RSA": ("ZA", "Africa/Johannesburg"),
    "Saudi Arabia": ("SA", "Asia/Riyadh"),
    "Singapore": ("SG", "Asia/Singapore"),
    "Spain": ("ES", "Europe/Madrid"),
    "Sweden": ("SE", "Europe/Stockholm"),
    "Switzerland": ("CH", "Europe/Zurich"),
    "USA": ("US", "America/New_York"),
    "United Arab Emirates": ("AE", "Asia/Dubai"),
    "United Kingdom": ("GB", "Europe/London"),
}
"""The file's names of countries, and where most of their people live. Others, such as “Unspecified”, count as British:
whoever is nothing but a number here has no address to be reached at.
"""

VAT = (
    (datetime(2010, 1, 1, tzinfo=ZONE), 1750),
    (datetime(2011, 1, 4, tzinfo=ZONE), 2000),
)
"""Britain's standard rate in those years, in basis points. What the file says nothing of is left out: goods that are
zero-rated, and parcels that left the country.
"""


@dataclass(frozen=True, slots=True)
class Raw:
    """One line with its values understood."""

    row: int
    invoice: str
    code: str
    title: str
    quantity: int
    occurred_at: datetime
    price: Decimal
    customer: str
    country: str


def read_file(path: Path) -> SalesFile:
    """The receipts of a file; raises Unreadable."""
    sales = SalesFile(SYSTEM)
    invoices: dict[str, list[Raw]] = {}
    spoiled: dict[str, int] = {}
    for row in read(path, required=COLUMNS):
        sales.rows += 1
        if isinstance(row, Fault):
            sales.rejects.append(row)
            continue
        try:
            raw = understood(row)
        except Mistaken as problem:
            sales.rejects.append(Fault(row.number, problem.column, problem.reason))
            spoiled.setdefault(row.cells["InvoiceNo"].strip().upper(), row.number)
        else:
            invoices.setdefault(raw.invoice, []).append(raw)
    for invoice, raws in invoices.items():
        if invoice in spoiled:
            reason = f"invoice {invoice} stays out because row {spoiled[invoice]} is mistaken"
            sales.rejects += [Fault(raw.row, "InvoiceNo", reason) for raw in raws]
            continue
        sales.receipts += receipts_of(invoice, raws)
        if raws[0].customer:
            country, zone = COUNTRIES.get(raws[0].country, COUNTRIES["United Kingdom"])
            sales.customers.setdefault(raws[0].customer, Customer(country, zone, "en"))
    sales.put_in_order()
    return sales


def till(location: Location | None) -> Till:
    """The channel of this history, in pounds with Britain's VAT, and the place whose goods it moves."""
    if location is None:
        location, _ = Location.objects.get_or_create(
            code=PLACE,
            defaults={"name": "Online Retail", "kind": Location.Kind.WAREHOUSE, "country": "GB", "timezone": ZONE.key},
        )
    channel, _ = SalesChannel.objects.get_or_create(
        code=SYSTEM,
        defaults={
            "name": "Online Retail",
            "kind": SalesChannel.Kind.STORE,
            "currency": CURRENCY,
            "country": "GB",
        },
    )
    channel.locations.add(location)
    for starts_at, basis_points in VAT:
        TaxRate.objects.get_or_create(
            country="GB", category="standard", starts_at=starts_at, defaults={"basis_points": basis_points}
        )
    return Till(location, channel)


def understood(row: Row) -> Raw:
    """A row's values; raises Mistaken."""
    cells = row.cells
    invoice, code = cells["InvoiceNo"].strip().upper(), cells["StockCode"].strip().upper()
    if not INVOICE.fullmatch(invoice):
        raise Mistaken("InvoiceNo", f"“{invoice[:20]}” is no invoice number")
    if not 1 <= len(code) <= 60:
        raise Mistaken("StockCode", "is empty" if not code else "is longer than 60 characters")
    try:
        quantity = int(cells["Quantity"])
    except ValueError as problem:
        raise Mistaken("Quantity", f"“{cells['Quantity'][:20]}” is no whole number") from problem
    if not 0 < abs(quantity) < 2**31:
        raise Mistaken("Quantity", "is zero" if not quantity else "is too large")
    customer = CUSTOMER.fullmatch(cells["CustomerID"].strip())
    if cells["CustomerID"].strip() and not customer:
        raise Mistaken("CustomerID", f"“{cells['CustomerID'][:20]}” is no customer number")
    raw = Raw(
        row=row.number,
        invoice=invoice,
        code=code,
        title=cells["Description"].strip(),
        quantity=quantity,
        occurred_at=instant(cells["InvoiceDate"]),
        price=price(cells["UnitPrice"]),
        customer=customer[1] if customer else "",
        country=cells["Country"].strip(),
    )
    if invoice.startswith("C") and quantity > 0:
        raise Mistaken("Quantity", "is above zero on a credit note")
    if raw.price < 0 and not CHARGES.fullmatch(code):
        raise Mistaken("UnitPrice", "is below zero")
    return raw


@lru_cache(maxsize=4096)
def instant(text: str) -> datetime:
    """London's local time as an instant, written like 2010-12-01 08:26:00 or 12/1/2010 8:26; raises Mistaken."""
    for pattern in ("%Y-%m-%d %H:%M:%S", "%m/%d/%Y %H:%M"):
        try:
            return datetime.strptime(text.strip(), pattern).replace(tzinfo=ZONE).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    raise Mistaken("InvoiceDate", f"“{text[:30]}” is no time like 2010-12-01 08:26:00")


@lru_cache(maxsize=4096)
def price(text: str) -> Decimal:
    """A price in pence, not rounded; raises Mistaken."""
    try:
        pence = Decimal(text.strip()).scaleb(money.exponent(CURRENCY))
    except InvalidOperation as problem:
        raise Mistaken("UnitPrice", f"“{text[:20]}” is no price") from problem
    if not pence.is_finite() or abs(pence) >= 2**31:
        raise Mistaken("UnitPrice", f"“{text[:20]}” is no price")
    return pence


def receipts_of(invoice: str, raws: list[Raw]) -> Iterable[Receipt]:
    """An invoice's lines as a sale, a return, a change of stock: mostly one of them, each under a key of its own."""
    nameless = not raws[0].customer and not any(raw.price for raw in raws)
    lines: dict[Kind, list[ReadLine]] = {}
    for ordinal, raw in enumerate(raws, start=1):
        outcome = outcome_of(raw, nameless=nameless)
        gives_back = outcome == Outcome.RETURN or (outcome == Outcome.CHARGE and (raw.quantity < 0 or raw.price < 0))
        kind: Kind = "adjustment" if outcome == Outcome.ADJUSTMENT else "return" if gives_back else "sale"
        lines.setdefault(kind, []).append(read_line(raw, ordinal, outcome))
    for kind, of_kind in lines.items():
        plain = kind == ("return" if invoice.startswith("C") else "sale")
        yield Receipt(
            key=f"{SYSTEM}:{invoice}" if plain else f"{SYSTEM}:{invoice}:{kind}",
            kind=kind,
            occurred_at=raws[0].occurred_at,
            place=PLACE,
            lines=tuple(of_kind),
            customer=raws[0].customer,
            number=f"OR-{invoice}" if kind == "sale" else "",
        )


def outcome_of(raw: Raw, *, nameless: bool) -> Outcome:
    """What a line ends as; `nameless` says that its invoice has neither customer nor price."""
    if CHARGES.fullmatch(raw.code):
        return Outcome.CHARGE
    if raw.invoice.startswith("C"):
        return Outcome.RETURN
    if raw.quantity < 0 or nameless:
        return Outcome.ADJUSTMENT
    return Outcome.SALE


def read_line(raw: Raw, ordinal: int, outcome: Outcome) -> ReadLine:
    """A line in our words."""
    adjusts = outcome == Outcome.ADJUSTMENT
    return ReadLine(
        row=raw.row,
        ordinal=ordinal,
        outcome=outcome,
        sku=raw.code,
        title=raw.title or ("no reason in the file" if adjusts else ""),
        quantity=raw.quantity if adjusts else abs(raw.quantity),
        unit_price=0 if adjusts else money.rounded(abs(raw.price)),
        discount=0,
        total=0 if adjusts else money.rounded(abs(raw.quantity * raw.price)),
    )
