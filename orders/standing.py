"""How an order's money stands: worked out from its payments, never told."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Q, Sum

from orders import moves
from orders.models import Order, Payment

Paid = Order.PaymentStatus
Status = Payment.Status


@dataclass(frozen=True)
class Balance:
    """Sums over an order's payments, in minor units."""

    total: int
    captured: int = 0
    refunded: int = 0
    authorized: int = 0
    pending: int = 0
    failed: bool = False

    @property
    def kept(self) -> int:
        """What we have and have not given back."""
        return self.captured - self.refunded

    @property
    def left(self) -> int:
        """What nobody has paid or had set aside yet."""
        return max(self.total - self.kept - self.authorized, 0)

    @property
    def surplus(self) -> int:
        """What we have and should not have."""
        return max(self.kept - self.total, 0)

    @property
    def covered(self) -> bool:
        """Whether the goods may be promised."""
        return self.kept + self.authorized >= self.total


def balance_of(order: Order) -> Balance:
    """The sums of an order, in one query."""

    def amount(*statuses: str) -> Sum:
        return Sum("amount", filter=Q(status__in=statuses), default=0)

    sums = order.payments.aggregate(
        captured=amount(Status.CAPTURED),
        refunded=Sum(F("refunded"), default=0),
        authorized=amount(Status.AUTHORIZED),
        pending=amount(Status.PENDING),
        ended=amount(Status.FAILED, Status.CANCELED),
    )
    failed = bool(sums.pop("ended"))
    return Balance(order.total, failed=failed, **sums)


def standing(balance: Balance) -> str:
    """The payment status that these sums make. Pure."""
    if balance.captured and balance.kept >= balance.total:
        return Paid.CAPTURED
    if balance.refunded:
        return Paid.PARTLY_REFUNDED if balance.kept else Paid.REFUNDED
    if balance.covered:
        return Paid.AUTHORIZED if balance.authorized else Paid.CAPTURED
    if balance.captured or balance.authorized or balance.pending:
        return Paid.DUE
    return Paid.FAILED if balance.failed else Paid.NONE


def restate(order: Order) -> Balance:
    """Bring a locked order's payment status in line with its payments; returns the sums."""
    balance = balance_of(order)
    after = standing(balance)
    if after != order.payment_status:
        moves.step_payment(order, after)
    return balance


def captured_payments(order: Order) -> Iterable[Payment]:
    """The payments of which something can be given back, newest first."""
    standing_ones = order.payments.filter(status=Status.CAPTURED, refunded__lt=F("amount"))
    return standing_ones.order_by("-pk")
