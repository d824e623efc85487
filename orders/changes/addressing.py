"""Sending an order somewhere else, before anybody prepares it."""

from datetime import datetime

from django.db import transaction

from commerce.customers.models import PostalAddress
from commerce.timeline.actors import Actor
from commerce.timeline.record import record
from orders import moves
from orders.buyers import address_of
from orders.changes.editing import changeable
from orders.changes.happenings import OrderAddressChanged
from orders.models import Order
from orders.moves import IllegalMove


@transaction.atomic
def change_address(order: Order, *, address: PostalAddress, by: Actor, channel: str, at: datetime) -> Order:
    """Send it to another address of hers, or to a new one; raises TooLateToChange, IllegalMove for a pickup."""
    order = moves.lock(order)
    if order.deliver_to_id is None or order.person is None:
        raise IllegalMove("this order is collected in a store", before="pickup", after="shipment")
    parts = changeable(order)
    kept = address_of(order.person, address, entered_in=channel, at=at)
    order.deliver_to = kept
    order.save(update_fields=["deliver_to"])
    order.fulfillments.filter(pk__in=[part.pk for part in parts]).update(address=kept)
    record(order.journey_id, OrderAddressChanged(order.public_id, kept.pk), by=by, channel=channel, at=at)
    return order
