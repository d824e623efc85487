"""How an order's money stands: worked out from its payments, never told."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet, Sum

from orders import moves
from orders.models import Order, Payment, Refund

Paid = Order.PaymentStatus
Status = Payment.Status
Why = Refund.Reason
FORGIVING = (Why.GOODWILL, Why.RETURNED, Why.UNSERVED, Why.OUTSIDE)
"""Why money goes back that is not asked for again. What was too much is not one of them, nor what a change gave back:
the order's total is lower since then."""

STANDS = (Order.Status.PLACED, Order.Status.COMPLETED)
SETTLED = (Paid.CAPTURED, Paid.AUTHORIZED)


@dataclass(frozen=True)
class Balance:
    """Sums over an order's payments, in minor units."""

    total: int
    captured: int = 0
    refunded: int = 0
    authorized: int = 0
    pending: int = 0
    failed: bool = False
    forgiven: int = 0

    @property
    def kept(self) -> int:
        """What we have and have not given back."""
        return self.captured - self.refunded

    @property
    def left(self) -> int:
        """What is owed: what nobody has paid or had set aside yet.

        What was given back for goods lowers what the order costs, and what was given back out of goodwill is a gift:
        neither is asked for again. What came too much and went back was never a part of the price.
        """
        return max(self.total - self.forgiven - self.kept - self.authorized, 0)

    @property
    def surplus(self) -> int:
        """What we have and should not have."""
        return max(self.kept - self.total, 0)

    @property
    def covered(self) -> bool:
        """Whether the goods may be promised."""
        return not self.left


def balance_of(order: Order) -> Balance:
    """The sums of an order, in one query; in two where something was given back."""

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
    return Balance(order.total, failed=failed, forgiven=forgiven_of(order) if sums["refunded"] else 0, **sums)


def forgiven_of(order: Order) -> int:
    """What was given back of an order since it was placed and is not owed again; of a checkout, nothing is."""
    if order.placed_at is None:
        return 0
    given = Refund.objects.filter(payment__order=order, reason__in=FORGIVING, created_at__gte=order.placed_at)
    return int(given.exclude(status=Refund.Status.FAILED).aggregate(sum=Sum("amount", default=0))["sum"])


def may_owe(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Those of which something may be owed: they stand, and not all of it is paid or set aside."""
    return orders.filter(status__in=STANDS, total__gt=0).exclude(payment_status__in=SETTLED)


def owed_of(order: Order) -> int:
    """What is owed of an order that stands; nothing is asked of one that is paid."""
    if order.status not in STANDS or order.payment_status in SETTLED:
        return 0
    return balance_of(order).left


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
