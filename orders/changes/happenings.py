"""What is changed in orders that stand, as it stands on the timeline: ids and facts. Amounts are minor units."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class OrderChanged:
    """Other units than before; `units` is SKU → units before and after."""

    type: ClassVar[str] = "order.changed"
    order: str
    number: str
    units: dict[str, list[int]]
    before: int
    total: int
    currency: str


@dataclass(frozen=True)
class OrderAddressChanged:
    """It goes somewhere else; `was` and `address` are ids of addresses, and say nothing of her."""

    type: ClassVar[str] = "order.address_changed"
    order: str
    was: int
    address: int


@dataclass(frozen=True)
class OrderHeld:
    """It is not prepared until somebody has decided; empty `was_…` where it was not held for this before."""

    type: ClassVar[str] = "order.held"
    order: str
    kind: str
    owner: str
    due_at: str
    was_owner: str
    was_due_at: str


@dataclass(frozen=True)
class OrderReleased:
    """It was decided: it may be prepared."""

    type: ClassVar[str] = "order.released"
    order: str
    kind: str


@dataclass(frozen=True)
class OrderHoldOverdue:
    """Nobody has decided in time."""

    type: ClassVar[str] = "order.hold_overdue"
    order: str
    kind: str
    owner: str
