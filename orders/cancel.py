"""Taking a promise back, as long as nobody has begun to prepare it."""

from datetime import datetime

from django.db import transaction

from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.record import record
from inventory import backorders, holds
from orders import moves, unholding
from orders.abandoning import call_off
from orders.delivery import calls
from orders.freeing import free
from orders.happenings import OrderCanceled
from orders.models import Fulfillment, Order, Refund
from orders.receivables import agreements
from orders.standing import balance_of
from orders.stripe.settling import return_money

Way = Fulfillment.Status


class TooLateToCancel(Problem):
    """The goods are being prepared, or have left."""

    code = "too_late_to_cancel"


def preview(order: Order, *, by: Actor, channel: str, at: datetime) -> int:
    """How much would go back if it were canceled; nothing stays of it. Raises what cancel() raises."""
    kept = balance_of(order).kept
    with transaction.atomic():
        cancel(order, by=by, channel=channel, at=at)
        transaction.set_rollback(True)
    return kept


@transaction.atomic
def cancel(order: Order, *, by: Actor, channel: str, at: datetime) -> Order:
    """Cancel a placed order: its goods, its coupon and its money are free again.

    A checkout that waits for its payment is ended instead. Raises IllegalMove, TooLateToCancel, AlreadyPaid.
    """
    if order.status == Order.Status.DRAFT:
        return call_off(order, by=by, channel=channel, at=at)
    order = moves.lock(order)
    standing = order.fulfillments.exclude(status=Way.CANCELED)  # a change of the order may have dropped a part
    fulfillments = list(standing.select_related("order").order_by("pk"))
    if any(part.status not in (Way.BACKORDERED, Way.ALLOCATED) for part in fulfillments):
        raise TooLateToCancel("this order is being prepared already; it can be returned")
    moves.step_order(order, Order.Status.CANCELED)
    told = [moves.step(part, Way.CANCELED) for part in fulfillments]
    demands = list(order.lines.values_list("public_id", flat=True))
    backorders.leave(demands, at=at)
    holds.release_allocations(demands, at=at)
    free(order, at=at)
    for part in fulfillments:
        calls.dropped(part.public_id, by=by, at=at)
    told += return_money(order, reason=Refund.Reason.CANCELED, at=at)
    unholding.end_all(order, by=by, at=at)
    told += agreements.end_open(order, at=at)
    told.append(OrderCanceled(order.public_id, str(order.number)))
    record(order.journey_id, *told, by=by, channel=channel, at=at)
    return order
