"""The facts of a purchase that a return is judged by, read in a few queries for any number of lines."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from orders import moves
from orders.lifecycle import ARRIVED
from orders.models import Order, OrderLine
from orders.returns.deciding import Bought, Offer, offers
from orders.returns.models import Return, ReturnLine
from orders.returns.policy import Policy, in_force

GONE = (Return.Status.STARTED, Return.Status.CANCELED)
"""Statuses in which nothing counts as returned."""


@dataclass(frozen=True)
class Purchase:
    """What was bought, when the last of it arrived, and the policy that holds for it."""

    lines: Sequence[Bought]
    policy: Policy
    arrived_at: datetime | None
    all_arrived: bool

    def offers(self, *, at: datetime) -> list[Offer]:
        """What may come back now."""
        return offers(self.lines, policy=self.policy, arrived_at=self.arrived_at, all_arrived=self.all_arrived, at=at)


def purchase_of(order: Order) -> Purchase:
    """The facts of an order that was placed."""
    placed_at = order.placed_at or order.created_at
    parts = list(
        order.fulfillments.exclude(status__in=moves.paid_back())
        .prefetch_related("lines")
        .only("status", "arrived_at", "order_id")
    )
    arrived: Counter[int] = Counter()
    for part in parts:
        if part.status in ARRIVED:
            arrived.update({line.order_line_id: line.quantity for line in part.lines.all()})
    over_the_counter = not parts and order.status == Order.Status.COMPLETED  # she left with it
    given = dict(
        ReturnLine.objects.filter(order_line__order=order)
        .exclude(returned__status__in=GONE)
        .exclude(condition=ReturnLine.Condition.REFUSED)
        .values_list("order_line")
        .annotate(Sum("total"))
    )
    lines = [
        bought(line, line.quantity if over_the_counter else arrived[line.pk], given.get(line.pk, 0))
        for line in order.lines.filter(variant__isnull=False).select_related("variant__product__category")
    ]
    arrivals = [part.arrived_at or placed_at for part in parts if part.status in ARRIVED]
    return Purchase(
        lines,
        in_force(placed_at),
        max(arrivals, default=placed_at if over_the_counter else None),
        over_the_counter or (bool(parts) and all(part.status in ARRIVED for part in parts)),
    )


def bought(line: OrderLine, arrived: int, given: int) -> Bought:
    """The facts of one line."""
    product = line.variant.product if line.variant else None
    return Bought(
        line=line.public_id,
        variant_id=line.variant_id,
        sku=line.sku,
        title=line.title,
        quantity=line.quantity,
        arrived=arrived,
        returned=line.returned,
        total=line.total,
        given=given,
        category=product.category.path if product and product.category else "",
        tags=frozenset(product.tags) if product else frozenset(),
    )
