"""What is promised of a shelf: holds, leases, reservations and orders, each with what it costs to break it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from inventory import sourcing
from inventory.holds import OutOfStock
from inventory.models import Allocation, Hold, Movement, Stock
from orders import rerouting
from orders.lifecycle import IN_OUR_HANDS, TO_PICK
from orders.models import Fulfillment, FulfillmentLine, Order, OrderLine
from orders.repairs.policy import Change, Cost, Promise

Way = Fulfillment.Status
LEASE = "lease:"


@dataclass(frozen=True)
class Kept:
    """A promise of this shelf, with what stands behind it."""

    promise: Promise
    order: Order | None = None
    line: OrderLine | None = None
    fulfillment: Fulfillment | None = None
    elsewhere: int | None = None
    """Which other place can send it, whole, where it is sent."""


def demands_on(shelf: Stock) -> tuple[Sequence[Hold], Sequence[Allocation]]:
    """What is held of a shelf, and what is allocated of it."""
    held = Hold.objects.filter(stock=shelf, status=Hold.Status.LIVE).order_by("pk")
    allocated = Allocation.objects.filter(stock=shelf, status=Allocation.Status.OPEN).order_by("pk")
    return list(held), list(allocated)


def lines_of(held: Sequence[Hold], allocated: Sequence[Allocation]) -> dict[str, OrderLine]:
    """The order lines among these demands, by demand."""
    demands = [row.demand for rows in (held, allocated) for row in rows]
    lines = OrderLine.objects.filter(public_id__in=demands).select_related("order__sales_channel", "order__deliver_to")
    return {line.public_id: line for line in lines}


def promises_of(shelf: Stock, *, at: datetime) -> dict[str, Kept]:
    """All live promises of a shelf by demand, each with what it costs to break it."""
    found = []
    held, allocated = demands_on(shelf)
    lines = lines_of(held, allocated)
    for hold in held:
        line = lines.get(hold.demand)
        cost = Cost.LEASE if hold.demand.startswith(LEASE) else Cost.UNPAID_HOLD
        promise = Promise(hold.demand, hold.quantity, hold.placed_at, cost)
        found.append(Kept(promise, line.order if line else None, line))
    parts = parts_from(shelf, lines.values())
    for row in allocated:
        line = lines.get(row.demand)
        part = parts.get(line.pk) if line else None
        if line is None or part is None:
            continue
        is_sent = part.kind == Fulfillment.Kind.SHIPMENT
        other = other_place(line, part, row.quantity, at=at) if is_sent else None
        is_elsewhere = other is not None or sent_from(part, row, without=shelf.location_id, at=at) is not None
        cost = cost_of(line.order, part, is_elsewhere=is_elsewhere)
        found.append(Kept(Promise(row.demand, row.quantity, row.allocated_at, cost), line.order, line, part, other))
    return {one.promise.demand: one for one in found}


def parts_from(shelf: Stock, lines: Collection[OrderLine]) -> dict[int, Fulfillment]:
    """Which part of its order takes each of these lines from this shelf; it may be sent to another store from here."""
    to_send = Q(fulfillment__comes_from=shelf.location_id, fulfillment__status__in=TO_PICK)
    stays = Q(fulfillment__comes_from=None) | ~Q(fulfillment__status__in=TO_PICK)
    rows = FulfillmentLine.objects.filter(
        to_send | (stays & Q(fulfillment__location=shelf.location_id)),
        order_line__in=lines,
        fulfillment__status__in=IN_OUR_HANDS,
    )
    return {row.order_line_id: row.fulfillment for row in rows.select_related("fulfillment__location")}


def cost_of(order: Order, part: Fulfillment, *, is_elsewhere: bool) -> Cost:
    """What it costs to break what a fulfillment was promised."""
    if part.status == Way.READY:
        return Cost.READY
    if part.status == Way.PICKING:
        return Cost.BEING_PICKED
    if order.payment_status not in (Order.PaymentStatus.CAPTURED, Order.PaymentStatus.AUTHORIZED):
        return Cost.UNPAID_ORDER
    if is_elsewhere:
        return Cost.PAID_SERVED_ELSEWHERE
    return Cost.PICKUP_NOT_STARTED if part.kind == Fulfillment.Kind.PICKUP else Cost.SHIPMENT_NOT_STARTED


def has_all(part: Fulfillment, demand: str, quantity: int) -> bool:
    """Whether one part takes all that is promised here to a line; what several share goes nowhere else whole."""
    return part.lines.filter(order_line__public_id=demand, quantity=quantity).exists()


def other_place(line: OrderLine, part: Fulfillment, quantity: int, *, at: datetime) -> int | None:
    """Another location that serves this channel and has so many units free; the first by the rules of sourcing."""
    if part.status != Way.ALLOCATED or not has_all(part, line.public_id, quantity):
        return None
    wanted = [sourcing.Line(line.public_id, line.variant_id or 0, line.sku, quantity)]
    address = line.order.deliver_to
    try:
        plan = sourcing.plan_for(
            wanted,
            sales_channel=line.order.sales_channel,
            postal_code=address.postal_code if address else "",
            without=(part.location_id,),
            at=at,
        )
    except (OutOfStock, sourcing.CannotServe, sourcing.TooManyParcels):
        return None
    return plan.location_ids[0] if len(plan.location_ids) == 1 else None


def sent_from(part: Fulfillment, row: Allocation, *, without: int, at: datetime) -> sourcing.Plan | None:
    """Which other places could send to the store, whole, what is to be collected there; None where they cannot."""
    is_untouched = part.status == Way.ALLOCATED and part.comes_from_id is None
    if part.kind != Fulfillment.Kind.PICKUP or not is_untouched or not has_all(part, row.demand, row.quantity):
        return None
    try:
        return rerouting.elsewhere(part, {row.demand: row.quantity}, without=without, at=at)
    except (OutOfStock, sourcing.CannotServe, sourcing.TooManyParcels):
        return None


def changes_of(shelf: Stock, promises: Sequence[Promise]) -> list[Change]:
    """How the shelf has changed since the first of these promises."""
    since = min((promise.made_at for promise in promises), default=None)
    rows = Movement.objects.filter(stock=shelf, occurred_at__gt=since) if since else Movement.objects.none()
    return [Change(*row) for row in rows.values_list("quantity", "occurred_at")]
