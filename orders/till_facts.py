"""Receipts as tills know them, before they are written down."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from orders.tenders import TILL


@dataclass(frozen=True, slots=True)
class TillLine:
    """One line of a receipt. Its total is authoritative: a till may have rounded in its own way.

    A charge (postage, a fee) has no variant. Quantities are positive, but an adjustment's: found +, lost −.
    """

    ordinal: int
    variant: int | None
    sku: str
    title: str
    quantity: int
    unit_price: int
    discount: int
    total: int


@dataclass(frozen=True, slots=True)
class TillTender:
    """One way in which a receipt was paid. A card that a till took while it was offline is `authorized` at best."""

    tender: str
    amount: int
    status: Literal["captured", "authorized", "failed"] = "captured"
    reference: str = ""


@dataclass(frozen=True, slots=True)
class TillFact:
    """One receipt, or one change of stock, as a till knows it. The key is the till's own: it makes it happen once."""

    key: str
    kind: Literal["sale", "return", "adjustment"]
    occurred_at: datetime
    location: int
    lines: tuple[TillLine, ...]
    person: int | None = None
    number: str = ""
    tender: str = TILL
    device: str = ""
    tenders: tuple[TillTender, ...] = ()
    of: int | None = None
    """The order that a return gives back from, where the till knows it."""
    kept: tuple[str, ...] = ()
    """What was kept for whoever buys, and is handed over with this sale."""

    @property
    def paid(self) -> tuple[TillTender, ...]:
        """How it was paid; in one tender, where the till says no more."""
        return self.tenders or (TillTender(self.tender, self.total),)

    @property
    def total(self) -> int:
        """What was paid, or given back."""
        return sum(line.total for line in self.lines)

    @property
    def discount(self) -> int:
        """What was taken off."""
        return sum(line.discount for line in self.lines)

    @property
    def content(self) -> tuple[int, int]:
        """What tells whether a fact that came again still says the same: lines, and money or units."""
        if self.kind == "adjustment":
            return len(self.lines), sum(line.quantity for line in self.lines)
        return len(self.lines), self.total
