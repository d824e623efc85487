"""Until when a part of an order is promised: one rule for checkout, change, reroute and what is waited for."""

from datetime import datetime, time, timedelta

from django.conf import settings

from commerce.channels.models import Location
from inventory.promise import hand_over_at
from orders.delivery.models import Slot
from orders.delivery.slots import slot_of
from orders.models import Fulfillment, Order
from orders.promising import at_the_door, promised_for

KEPT = timedelta(days=7)
"""So long a pickup lies ready."""


def until(order: Order, *, comes_from: Location, window: Slot | None = None, at: datetime) -> datetime:
    """When what a place has at an instant is ready, or at the door: in the window that she took, if it can be had.

    `window`: one that was agreed for this part. Raises NeverOpen.
    """
    if order.pickup_at is not None:
        return promised_for(
            pickup_at=order.pickup_at,
            comes_from=comes_from,
            sales_channel=order.sales_channel,
            zone=settings.SHOP_TIMEZONE,
            at=at,
        )
    slot = window or (slot_of(order) if order.quote.get("delivery", {}).get("slot") else None)
    if slot and slot.ends_at > hand_over_at(comes_from, at=at):
        return slot.ends_at
    return brought_by(order, comes_from=comes_from, at=at)


def kept_until(fulfillment: Fulfillment) -> datetime | None:
    """Until when a pickup lies ready; nothing while it is not."""
    return fulfillment.ready_at + KEPT if fulfillment.ready_at else None


def brought_by(order: Order, *, comes_from: Location, at: datetime) -> datetime:
    """When what a place has at an instant is at the door, the way that the order is brought, in no special window."""
    said = order.quote.get("delivery", {})
    return at_the_door(
        said.get("days", order.sales_channel.delivery_days),
        cutoff=time.fromisoformat(said["cutoff"]) if "cutoff" in said else None,
        comes_from=comes_from,
        zone=settings.SHOP_TIMEZONE,
        at=at,
    )
