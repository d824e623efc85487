"""What stands in the way of erasing somebody: what is open with her needs her data, and the law may, too."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Max, Q

from commerce.carts.models import Cart
from commerce.timeline.models import Entry
from inventory.models import Reservation
from notifications.models import ErasureRequest
from orders.cases.models import Case
from orders.models import Order, Refund, Todo
from orders.receivables.models import Agreement
from orders.returns.models import Return

RETURNS_LAST = timedelta(days=30)
"""So long after a purchase she may give it back, and then we must know whom the money goes to."""


class Why(StrEnum):
    """Why an erasure waits, as it is stored and told."""

    CHECKOUT_OPEN = "checkout_open"
    ORDER_OPEN = "order_open"
    MONEY_OPEN = "money_open"
    GOODS_KEPT = "goods_kept"
    LOOKED_AT = "looked_at"
    RETURNS_OPEN = "returns_open"
    LEGAL_HOLD = "legal_hold"


@dataclass(frozen=True)
class Obstacle:
    """One thing in the way, and when it is over if that is known."""

    why: Why
    until: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        """As it is stored with the request."""
        return {"why": self.why.value} | ({"until": self.until.isoformat()} if self.until else {})


def obstacles(people: Collection[int], *, at: datetime, held: ErasureRequest | None = None) -> list[Obstacle]:
    """Everything in the way at an instant."""
    orders = Order.objects.filter(person__in=people)
    found = [
        Obstacle(why)
        for why, rows in (
            (Why.CHECKOUT_OPEN, Cart.objects.filter(person__in=people, status=Cart.Status.CHECKING_OUT)),
            (Why.ORDER_OPEN, orders.filter(status=Order.Status.PLACED)),
            (Why.MONEY_OPEN, money_open(people)),
            (Why.GOODS_KEPT, Reservation.objects.filter(person__in=people, ended_at=None)),
            (Why.LOOKED_AT, Case.objects.filter(person__in=people, closed_at=None)),
            (Why.LOOKED_AT, Todo.objects.filter(order__person__in=people, closed_at=None)),
        )
        if rows.exists()
    ]
    found = list(dict.fromkeys(found))
    if (until := returns_until(people)) and until > at:
        found.append(Obstacle(Why.RETURNS_OPEN, until))
    if held and held.held_until and held.held_until > at:
        found.append(Obstacle(Why.LEGAL_HOLD, held.held_until))
    return found


def money_open(people: Collection[int]) -> Any:
    """Orders of theirs whose money or goods are on their way, in either direction."""
    refunds = Refund.objects.filter(status=Refund.Status.PENDING).values("payment__order")
    agreed = Agreement.objects.filter(status=Agreement.Status.OPEN).values("order")
    coming_back = Return.objects.exclude(status__in=(Return.Status.SETTLED, Return.Status.CANCELED)).values("order")
    return Order.objects.filter(Q(pk__in=refunds) | Q(pk__in=agreed) | Q(pk__in=coming_back), person__in=people)


def returns_until(people: Collection[int]) -> datetime | None:
    """Until when the latest of their purchases may be given back."""
    bought = Order.objects.filter(person__in=people, status=Order.Status.COMPLETED)
    over = Entry.objects.filter(
        journey__in=bought.values("journey"), type__in=("order.completed", "till.sold")
    ).aggregate(last=Max("occurred_at"))["last"]
    placed = bought.aggregate(last=Max("placed_at"))["last"]
    last = max((moment for moment in (over, placed) if moment), default=None)
    return last + RETURNS_LAST if last else None
