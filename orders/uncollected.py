"""Pickups that nobody comes for: a reminder at half time, and in the end the goods go back on sale.

Whether the money goes back by itself is the retailer's policy (UNCOLLECTED); if not, somebody decides.
"""

from datetime import datetime

from django.conf import settings

from commerce.timeline import tasks
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Task
from commerce.timeline.record import Happening, record
from inventory import holds
from orders import moves
from orders.delivery.until import KEPT
from orders.freeing import free
from orders.happenings import FulfillmentWaiting, OrderCanceled
from orders.models import Fulfillment, Order, Refund, Todo
from orders.parts import units_named
from orders.receivables import agreements
from orders.stripe.settling import return_money
from orders.todos import open_todo
from orders.unserved import pay_back

Way = Fulfillment.Status
REMIND = "orders.uncollected.remind"
EXPIRE = "orders.uncollected.expire"


def watch(fulfillment: Fulfillment, *, since: datetime, at: datetime) -> None:
    """Plan what follows if nobody comes for a pickup that is ready since some instant.

    Who was here after half of the time, and left a part, knows of it.
    """
    if at < since + KEPT / 2:
        tasks.schedule(REMIND, key=fulfillment.public_id, due_at=since + KEPT / 2)
    tasks.schedule(EXPIRE, key=fulfillment.public_id, due_at=since + KEPT)


def remind(task: Task, *, at: datetime) -> None:
    """Half of the time is over: write it on the timeline, from which the message follows."""
    fulfillment = Fulfillment.objects.select_related("order__sales_channel").get(public_id=task.key)
    if fulfillment.status == Way.READY:
        order = fulfillment.order
        told = FulfillmentWaiting(order.public_id, fulfillment.public_id)
        record(order.journey_id, told, by=SYSTEM, channel=order.sales_channel.kind, at=at)


def expire(task: Task, *, at: datetime) -> None:
    """The time is over: the goods can be sold again; the money goes back, or somebody decides.

    Where she has other parts of the order, or is still to get them, only what this one cost goes back.
    """
    found = Fulfillment.objects.select_related("order").get(public_id=task.key)
    order = moves.lock_with_cart(found.order)
    fulfillment = Fulfillment.objects.select_related("order").get(pk=found.pk)
    if fulfillment.status != Way.READY:
        return
    told: list[Happening] = [moves.step(fulfillment, Way.EXPIRED)]
    holds.release_at(units_named(fulfillment, None), location_id=fulfillment.location_id, at=at)
    is_all = not order.fulfillments.exclude(status__in=(Way.EXPIRED, Way.CANCELED)).exists()
    if settings.UNCOLLECTED != "refund":
        cause = "not collected in time; the money is still with us"
        open_todo(Todo.Kind.UNCOLLECTED, fulfillment.public_id, order=order, cause=cause, at=at)
    elif is_all:
        moves.step_order(order, Order.Status.CANCELED)
        free(order, at=at)
        told += return_money(order, reason=Refund.Reason.CANCELED, at=at)
        told += agreements.end_open(order, at=at)
        told.append(OrderCanceled(order.public_id, str(order.number)))
    else:
        told += pay_back(order, fulfillment, by=SYSTEM, at=at)
        told += moves.complete(order)
    record(order.journey_id, *told, by=SYSTEM, channel=order.sales_channel.kind, at=at)
