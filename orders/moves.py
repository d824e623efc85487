"""Steps in the lives of orders, payments and fulfillments. Their statuses are written nowhere else.

A step is one UPDATE that names the status the caller saw: of two clerks who press at once, one wins. What changes a
fulfillment locks its order first, so that the last of several fulfillments sees that it is the last.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model, QuerySet

from commerce.carts.models import Cart
from commerce.ids import public_id
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from commerce.timeline.record import Happening, record
from inventory.backorders import Wait
from inventory.holds import Want
from orders import happenings
from orders.lifecycle import ARRIVED, ORDER, PAYMENT, PICKUP, SHIPMENT, Table
from orders.models import Fulfillment, Order, OrderHold

Way = Fulfillment.Status


class IllegalMove(Problem):
    """The step does not exist in this life, or somebody was faster."""

    code = "illegal_move"


class OnHold(Problem):
    """Somebody must decide about this order before it is prepared."""

    code = "order_on_hold"


class OrderGone(Problem):
    """There is no such order any more."""

    code = "not_found"
    status = 404


TELLS: dict[str, type[happenings.OfFulfillment]] = {
    Way.ALLOCATED: happenings.FulfillmentAllocated,
    Way.PICKING: happenings.FulfillmentPicking,
    Way.IN_TRANSIT: happenings.FulfillmentInTransit,
    Way.READY: happenings.FulfillmentReady,
    Way.COLLECTED: happenings.FulfillmentCollected,
    Way.EXPIRED: happenings.FulfillmentExpired,
    Way.HANDED_TO_CARRIER: happenings.FulfillmentHandedToCarrier,
    Way.OUT_FOR_DELIVERY: happenings.FulfillmentOutForDelivery,
    Way.DELIVERED: happenings.FulfillmentDelivered,
    Way.FAILED: happenings.FulfillmentFailed,
    Way.RETURNED_TO_SENDER: happenings.FulfillmentReturnedToSender,
    Way.CANCELED: happenings.FulfillmentCanceled,
}
"""The entry that each status of a fulfillment is told by."""


@transaction.atomic
def move(fulfillment: Fulfillment, after: str, *, by: Actor, channel: str, at: datetime) -> Fulfillment:
    """Take one step of a fulfillment that moves no goods, and write it down; raises IllegalMove."""
    lock(fulfillment.order)
    told = step(fulfillment, after)
    record(fulfillment.order.journey_id, told, by=by, channel=channel, at=at)
    return fulfillment


def step(fulfillment: Fulfillment, after: str, **facts: Any) -> Happening:
    """Take one step of a fulfillment whose order is locked, and set facts with it; returns what to record.

    Raises IllegalMove, OnHold.
    """
    if after == Way.PICKING and OrderHold.objects.filter(order=fulfillment.order_id, released_at=None).exists():
        raise OnHold("this order is held; somebody must decide first")
    steps = PICKUP if fulfillment.kind == Fulfillment.Kind.PICKUP else SHIPMENT
    guarded(steps, Fulfillment.objects.filter(pk=fulfillment.pk), fulfillment, "status", after, facts)
    return TELLS[after](fulfillment.order.public_id, fulfillment.public_id)


def told_as(fulfillment: Fulfillment, status: str) -> QuerySet[Entry]:
    """Where the timeline tells that a part of an order came to a status: more than once for what is tried again."""
    told = Entry.objects.filter(journey=fulfillment.order.journey_id, type=TELLS[status].type)
    return told.filter(data__fulfillment=fulfillment.public_id)


def step_order(order: Order, after: str, **facts: Any) -> None:
    """Take one step of an order; raises IllegalMove."""
    guarded(ORDER, Order.objects.filter(pk=order.pk), order, "status", after, facts)


# An order, its cart and all its fulfillments in one statement: every purchase passes here. The number comes from a
# sequence, not from a counter that all checkouts would wait for.
PLACE = """
WITH placed AS (
    UPDATE orders_order SET status = 'placed', number = nextval('order_number')::text, placed_at = %(at)s
    WHERE id = %(order)s AND status = 'draft' RETURNING number, cart_id
), bought AS (
    UPDATE carts_cart SET status = 'ordered' FROM placed WHERE id = placed.cart_id
), part AS (
    INSERT INTO orders_fulfillment (public_id, order_id, kind, location_id, comes_from_id, status, address_id,
                                    promised_for, pickup_code, carrier, tracking_number, created_at)
    SELECT wanted.public_id, %(order)s, %(kind)s, coalesce(%(store)s, source),
           CASE WHEN source <> %(store)s THEN source END,
           wanted.status, %(address)s, wanted.promised_for, '', '', '', %(at)s
    FROM placed, unnest(%(parts)s::text[], %(locations)s::bigint[], %(statuses)s::text[], %(promised)s::timestamptz[])
         AS wanted(public_id, source, status, promised_for)
    RETURNING id, public_id
), goes AS (
    INSERT INTO orders_fulfillmentline (fulfillment_id, order_line_id, quantity)
    SELECT part.id, line.id, want.units
    FROM unnest(%(demands)s::text[], %(goes_with)s::text[], %(units)s::int[]) AS want(demand, public_id, units)
    JOIN part USING (public_id) JOIN orders_orderline line ON line.public_id = want.demand
)
SELECT number FROM placed
"""


@dataclass(frozen=True)
class Part:
    """What one location gives to an order: at once, or, where it waits for it, in its turn."""

    location_id: int
    wants: Sequence[Want | Wait]
    promised_for: datetime | None
    waits: bool = False
    position: int = 0
    expected_at: datetime | None = None
    name: str = field(default_factory=public_id)

    @property
    def status(self) -> str:
        """How it begins."""
        return Way.BACKORDERED.value if self.waits else Way.ALLOCATED.value


def place(order: Order, parts: Sequence[Part], *, at: datetime) -> list[Happening]:
    """Number and place a draft whose units are allocated or waited for, with a fulfillment for each part.

    What another place gives to a pickup is sent from there to the store.
    Returns what to record. Raises IllegalMove.
    """
    kind = (Fulfillment.Kind.PICKUP if order.pickup_at_id else Fulfillment.Kind.SHIPMENT).value
    goes = [(want, part.name) for part in parts for want in part.wants]
    values: dict[str, Any] = {
        "order": order.pk,
        "kind": kind,
        "address": order.deliver_to_id,
        "store": order.pickup_at_id,
        "parts": [part.name for part in parts],
        "locations": [part.location_id for part in parts],
        "statuses": [part.status for part in parts],
        "promised": [part.promised_for for part in parts],
        "demands": [want.demand for want, _ in goes],
        "goes_with": [part for _, part in goes],
        "units": [want.quantity for want, _ in goes],
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(PLACE, values)
        row = cursor.fetchone()
    if row is None:
        raise IllegalMove(f"{order} is no longer a draft", before=order.status, after="placed")
    order.status, order.number, order.placed_at = Order.Status.PLACED, row[0], at
    cart = order.cart.public_id if order.cart else None
    told: list[Happening] = [
        happenings.OrderPlaced(order.public_id, row[0], cart, order.sales_channel.code, order.total, order.currency)
    ]
    for part in parts:
        told += tell_part(order, part, kind)
    return told


def tell_part(order: Order, part: Part, kind: str) -> list[Happening]:
    """What the timeline says of a new part of an order: what it waits for, and until when it is promised."""
    told: list[Happening] = []
    if part.waits:
        expected = part.expected_at.isoformat() if part.expected_at else None
        told.append(
            happenings.FulfillmentBackordered(order.public_id, part.name, part.location_id, part.position, expected)
        )
    if part.promised_for:
        until = part.promised_for.isoformat()
        told.append(happenings.FulfillmentPromised(order.public_id, part.name, kind, part.location_id, until))
    return told


def step_payment(order: Order, after: str) -> None:
    """Take one step of an order's payment; raises IllegalMove."""
    guarded(PAYMENT, Order.objects.filter(pk=order.pk), order, "payment_status", after, {})


def guarded(steps: Table, rows: QuerySet[Any], row: Model, field: str, after: str, facts: dict[str, Any]) -> None:
    """One UPDATE that names the status the caller saw; zero rows means that somebody was first."""
    before = getattr(row, field)
    if after not in steps[before]:
        raise IllegalMove(f"{row} cannot go from {before} to {after}", before=before, after=after)
    changes = {field: after} | facts
    if not rows.filter(**{field: before}).update(**changes):
        raise IllegalMove(f"{row} is no longer {before}", before=before, after=after)
    for name, value in changes.items():
        setattr(row, name, value)


def lock(order: Order) -> Order:
    """The order as it stands now, locked for this transaction; raises OrderGone."""
    locked = Order.objects.select_for_update(no_key=True).filter(pk=order.pk).first()
    if locked is None:
        raise OrderGone("there is no such order")
    return locked


def lock_with_cart(order: Order) -> Order:
    """The order as it stands now, locked after its cart as everywhere; raises OrderGone."""
    if order.cart_id:
        Cart.objects.select_for_update(no_key=True).get(pk=order.cart_id)
    return lock(order)


def paid_back() -> list[str]:
    """What a part ends as that she does not get and has the money of; by policy also what she did not collect."""
    return [Way.CANCELED, Way.EXPIRED] if settings.UNCOLLECTED == "refund" else [Way.CANCELED]


def complete(order: Order) -> list[Happening]:
    """Complete a locked order once the shopper has all that she will get of it; returns what to record."""
    ways = set(order.fulfillments.exclude(status__in=paid_back()).values_list("status", flat=True))
    if order.status != Order.Status.PLACED or not ways or not ways <= ARRIVED:
        return []
    step_order(order, Order.Status.COMPLETED)
    return [happenings.OrderCompleted(order.public_id, str(order.number))]
