"""What stands in the way of erasing somebody: what is open with her needs her data, and the law may, too."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.db.models.fields.json import KeyTextTransform

from commerce.carts.models import Cart
from commerce.timeline.models import Entry
from inventory.models import Reservation
from notifications.models import ErasureRequest
from orders.cases.models import Case
from orders.models import Order, Refund, Todo
from orders.receivables.models import Agreement
from orders.returns.models import PolicyVersion, Return
from orders.returns.policy import HOUSE, read


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
    """Until when the latest of their purchases may be given back; then we must know whom the money goes to."""
    bought = Order.objects.filter(person__in=people, status=Order.Status.COMPLETED).order_by("pk")
    arrived = Entry.objects.filter(journey=OuterRef("journey"), type__in=("order.completed", "till.sold"))
    of_order = arrived.annotate(about=KeyTextTransform("order", "data")).filter(about=OuterRef("public_id"))
    last = of_order.order_by("-occurred_at").values("occurred_at")[:1]
    ends = bought.annotate(arrived_at=Subquery(last)).values_list("placed_at", "created_at", "arrived_at")
    policies = [(row.starts_at, read(row.terms)) for row in PolicyVersion.objects.order_by("-starts_at")]
    until: list[datetime] = []
    for placed_at, created_at, arrived_at in ends:
        since = placed_at or created_at
        policy = next((policy for starts_at, policy in policies if starts_at <= since), HOUSE)
        until.append(max(since, arrived_at or since) + timedelta(days=policy.longest))
    return max(until, default=None)
