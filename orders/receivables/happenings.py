"""What agreements to pay write on the timeline."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class OfAgreement:
    """What is told of every agreement to pay."""

    order: str
    agreement: str


@dataclass(frozen=True)
class AgreementMade(OfAgreement):
    """It was agreed until when an order is paid; `due_at` is the last day."""

    type: ClassVar[str] = "agreement.made"
    kind: str
    amount: int
    currency: str
    due_at: str


@dataclass(frozen=True)
class PaymentDueSoon(OfAgreement):
    """A part is to be paid by tomorrow."""

    type: ClassVar[str] = "payment.due_soon"
    amount: int
    currency: str
    due_at: str


class AgreementKept(OfAgreement):
    """All of it was paid."""

    type: ClassVar[str] = "agreement.kept"


@dataclass(frozen=True)
class AgreementBroken(OfAgreement):
    """A day went by without its part; `owed` is what is left."""

    type: ClassVar[str] = "agreement.broken"
    owed: int
    currency: str


class AgreementEnded(OfAgreement):
    """Something else was agreed, or the order was canceled."""

    type: ClassVar[str] = "agreement.ended"


@dataclass(frozen=True)
class OrderUnpaid(OfAgreement):
    """Nobody paid for it in time: it was canceled, and its goods are for others again."""

    type: ClassVar[str] = "order.unpaid"
    owed: int
    currency: str
