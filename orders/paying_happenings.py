"""What payments and refunds write on the timeline."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class OfPayment:
    """What is told of every payment."""

    order: str
    payment: str
    amount: int
    currency: str


@dataclass(frozen=True)
class PaymentAsked(OfPayment):
    """The shopper is to pay on a page of Stripe's; `kind` is page or link."""

    type: ClassVar[str] = "payment.asked"
    kind: str


@dataclass(frozen=True)
class PaymentPageOpened(OfPayment):
    """The page stands, until then."""

    type: ClassVar[str] = "payment.page_opened"
    kind: str
    expires_at: str


@dataclass(frozen=True)
class PaymentAuthorized(OfPayment):
    """The bank keeps the money for us, until `capture_before`."""

    type: ClassVar[str] = "payment.authorized"
    capture_before: str | None


class PaymentLost(OfPayment):
    """The bank let go of the money before we took it."""

    type: ClassVar[str] = "payment.lost"


class PaymentLetGo(OfPayment):
    """We let go of money that a bank kept for us."""

    type: ClassVar[str] = "payment.let_go"


@dataclass(frozen=True)
class PaymentFailed(OfPayment):
    """Nobody can pay in this way; the provider's code says why."""

    type: ClassVar[str] = "payment.failed"
    cause: str


class PaymentEnded(OfPayment):
    """Nobody paid, and nobody will."""

    type: ClassVar[str] = "payment.ended"


class PaymentCameLate(OfPayment):
    """Money came for a checkout that was given up; what became of it follows."""

    type: ClassVar[str] = "payment.came_late"


@dataclass(frozen=True)
class PaymentUnserved(OfPayment):
    """Money came for what we can no longer give; it goes back. The code says what was refused."""

    type: ClassVar[str] = "payment.unserved"
    cause: str


class PaymentDiffers(OfPayment):
    """Our amount or status is not the provider's, and no rule says who is right: somebody must look."""

    type: ClassVar[str] = "payment.differs"


class PaymentSurplus(OfPayment):
    """More came than the order costs; `amount` goes back."""

    type: ClassVar[str] = "payment.surplus"


@dataclass(frozen=True)
class RefundStarted:
    """Money is on its way back."""

    type: ClassVar[str] = "refund.started"
    order: str
    payment: str
    refund: str
    amount: int
    currency: str
    reason: str


@dataclass(frozen=True)
class RefundFailed:
    """Money could not be given back; somebody must find another way."""

    type: ClassVar[str] = "refund.failed"
    order: str
    payment: str
    refund: str
    amount: int
    currency: str
    cause: str
