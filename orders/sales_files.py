"""A sales history as a file tells it, before it is matched with our products, people and places."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from commerce import money
from commerce.channels.models import Location, SalesChannel
from commerce.csv_files import Fault

Kind = Literal["sale", "return", "adjustment"]


class Outcome(StrEnum):
    """What a line of a file ends as: exactly one of these, or a reject."""

    SALE = "sale"
    RETURN = "return"
    CHARGE = "charge"
    ADJUSTMENT = "adjustment"


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One good line of a file. Money in minor units; quantities are not below zero, but an adjustment's."""

    row: int
    ordinal: int
    outcome: Outcome
    sku: str
    title: str
    quantity: int
    unit_price: int
    discount: int
    total: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """The lines that belong together: one order, one return, or the changes of stock noted under one number."""

    key: str
    kind: Kind
    occurred_at: datetime
    place: str
    lines: tuple[ReadLine, ...]
    customer: str = ""
    number: str = ""
    device: str = ""


class Mistaken(ValueError):
    """A cell that cannot be understood: its column and why."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


def amount(text: str, column: str, currency: str) -> int:
    """Money of zero or more in minor units; raises Mistaken."""
    try:
        minor = money.parse(text, currency)
    except money.BadAmount as problem:
        raise Mistaken(column, str(problem)) from problem
    if minor < 0:
        raise Mistaken(column, "is below zero")
    return minor


@dataclass(frozen=True)
class Till:
    """Where a receipt belongs: the place whose goods it moves, and the channel it was sold in."""

    location: Location
    sales_channel: SalesChannel


@dataclass(frozen=True)
class Customer:
    """What a file knows of somebody who is only a number in it."""

    country: str
    timezone: str
    language: str


@dataclass
class SalesFile:
    """A file that was read to its end: its receipts in the order in which they happened, and its rejects."""

    system: str
    rows: int = 0
    receipts: list[Receipt] = field(default_factory=list)
    rejects: list[Fault] = field(default_factory=list)
    voided: int = 0
    customers: dict[str, Customer] = field(default_factory=dict)

    def put_in_order(self) -> None:
        """Receipts by when they happened, rejects by row."""
        self.receipts.sort(key=lambda receipt: (receipt.occurred_at, receipt.lines[0].row))
        self.rejects.sort(key=lambda reject: reject.row)

    def leave_out(self, keys: Collection[str], rejects: Iterable[Fault]) -> None:
        """Turn some receipts into rejects."""
        self.receipts = [receipt for receipt in self.receipts if receipt.key not in keys]
        self.rejects += rejects
        self.put_in_order()

    def counts(self) -> Counter[str]:
        """How many lines end as what; they add up to the file's lines."""
        counts: Counter[str] = Counter({outcome.value: 0 for outcome in Outcome})
        for receipt in self.receipts:
            counts.update(line.outcome.value for line in receipt.lines)
        counts["reject"] = len(self.rejects)
        if self.voided:
            counts["voided"] = self.voided
        return counts

    def titles(self) -> dict[str, str]:
        """What each article is called most often; its code where the file never says."""
        found: dict[str, Counter[str]] = {}
        for receipt in self.receipts:
            for line in receipt.lines:
                if line.outcome in (Outcome.SALE, Outcome.RETURN):
                    found.setdefault(line.sku, Counter())[line.title] += bool(line.title)
                elif line.outcome == Outcome.ADJUSTMENT:  # its text is a reason, not a name
                    found.setdefault(line.sku, Counter())
        return {sku: (titles.most_common(1)[0][0] if titles else "") or sku for sku, titles in found.items()}
