"""A sales history as a file tells it, before it is matched with our products, people and places."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID, uuid5

from commerce import money
from commerce.channels.models import Location, SalesChannel
from commerce.csv_files import Fault

Kind = Literal["sale", "return", "adjustment"]


MOST_UNITS = 99_999
"""Of one article on a line of a receipt; more is a slip of somebody's finger or scanner."""
FILED = UUID("6d1f0f0e-6a3c-5c0b-9b3e-0c7a3d1b2f41")


def uuid_of(key: str) -> UUID:
    """Under what a fact of a file stands in the tills' journal."""
    return uuid5(FILED, key)


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
    sequence: int = 1
    """The till's own running number."""
    of: str = ""
    """The key of the sale that a return gives back from, where the file says it."""


@dataclass(frozen=True, slots=True)
class Undone:
    """A sale that a file says was undone, by another transaction or by its own later state (`is_own`)."""

    key: str
    of: str
    occurred_at: datetime
    place: str
    device: str
    number: int
    is_own: bool = False


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
    skipped: Counter[str] = field(default_factory=Counter)
    """Lines of transactions that never happened, by the reason: canceled, training, suspended."""
    undone: list[Undone] = field(default_factory=list)
    numbers: dict[tuple[str, str, str], set[int]] = field(default_factory=dict)
    """The numbers of each till's sequence that the file has, by place, device and the day they begin anew with."""
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
        counts.update(self.skipped)
        return counts

    def drop_undone(self) -> None:
        """Leave out the sales that were undone, as if they had never been: a history needs no more."""
        gone = {undone.of for undone in self.undone}
        self.voided += sum(len(receipt.lines) for receipt in self.receipts if receipt.key in gone)
        self.receipts = [receipt for receipt in self.receipts if receipt.key not in gone]

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
