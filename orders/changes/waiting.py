"""Changing what an order waits for: fewer units keep their place in line, more give it up and go to the end.

A line waits whole, at one place. Who wants more of what is not here yet would else pass those who paid before her.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from commerce.timeline.actors import Actor
from inventory import backorders, holds, ledger
from inventory.backorders import Wait
from inventory.holds import Want
from orders import promise_ledger
from orders.delivery.until import until
from orders.models import Fulfillment, FulfillmentLine, Order, OrderLine

Way = Fulfillment.Status


@dataclass(frozen=True)
class Turn:
    """Where a line of an order stands before and after a change: its place in line, 0 where it waits no more."""

    sku: str
    quantity: int
    was: int
    position: int
    expected_at: datetime | None


def waiting_of(parts: Sequence[Fulfillment]) -> dict[int, FulfillmentLine]:
    """What waits, by variant."""
    found = FulfillmentLine.objects.filter(fulfillment__in=parts, fulfillment__status=Way.BACKORDERED)
    return {row.order_line.variant_id or 0: row for row in found.select_related("order_line").order_by("pk")}


def places(order: Order) -> dict[str, int]:
    """The places in line of an order's lines, by public id."""
    demands = list(order.lines.values_list("public_id", flat=True))
    return {turn.demand: turn.position for turn in backorders.standing_of(demands)}


def change(
    waiting: Mapping[int, FulfillmentLine],
    kept: Mapping[int, OrderLine],
    *,
    moved: Collection[int],
    at: datetime,
) -> None:
    """Let lines wait for other units than before; a line that is gone leaves. Raises BackordersFull."""
    for variant in sorted(set(moved) & waiting.keys()):
        row = waiting[variant]
        demand, wanted = row.order_line.public_id, kept[variant].quantity if variant in kept else 0
        stood = backorders.waits_of([demand])
        shelf = stood[0].location_id if stood else 0
        ledger.lock([(variant, shelf)])
        if 0 < wanted < row.quantity:
            if backorders.want_less(demand, wanted, at=at):
                holds.reallocate([demand], [Want(variant, shelf, wanted, demand)], at=at)
        else:
            backorders.leave([demand], at=at)
            holds.reallocate([demand], [], at=at)
        if wanted > row.quantity:
            backorders.join([Wait(variant, shelf, wanted, demand)], at=at)
            backorders.paid([demand], at=at)
        if wanted:
            FulfillmentLine.objects.filter(pk=row.pk).update(quantity=wanted)
        else:
            row.delete()


def promise_anew(order: Order, *, by: Actor, channel: str, at: datetime) -> None:
    """Promise the parts that wait the day that their place in line gives them now; she has just agreed to it."""
    waits = order.fulfillments.filter(status=Way.BACKORDERED).select_related("order", "location").order_by("pk")
    for part in waits:
        expected_at = expected_of(part, at=at)
        part.promised_for = until(order, comes_from=part.location, at=expected_at) if expected_at else None
        part.save(update_fields=["promised_for"])
        promise_ledger.agree(order, part, by=by, channel=channel, at=at)


def expected_of(part: Fulfillment, *, at: datetime) -> datetime | None:
    """When all that a part waits for is here, by its place in line; nothing where no day is known."""
    standing = backorders.standing_of(part.lines.values_list("order_line__public_id", flat=True))
    return backorders.expected_for(standing, at=at)


def turns(order: Order, *, before: Mapping[str, int], at: datetime) -> list[Turn]:
    """Where the lines of an order stand that waited before a change, or wait after it."""
    lines = order.lines.order_by("ordinal")
    standing = {turn.demand: turn for turn in backorders.standing_of([line.public_id for line in lines])}
    found = []
    for line in lines:
        turn = standing.get(line.public_id)
        if turn or line.public_id in before:
            expected_at = backorders.expected_for([turn], at=at) if turn else None
            was = before.get(line.public_id, 0)
            found.append(Turn(line.sku, line.quantity, was, turn.position if turn else 0, expected_at))
    return found
