"""Pickups whose goods another place of ours has: it sends them to the store, where they are ready once they come."""

from datetime import datetime

from django.db import transaction

from commerce.timeline.actors import Actor
from commerce.timeline.record import record
from inventory import holds, transfers
from orders import moves
from orders.models import Fulfillment
from orders.pickups import units_of

Way = Fulfillment.Status


@transaction.atomic
def send(fulfillment: Fulfillment, *, by: Actor, channel: str, at: datetime) -> Fulfillment:
    """The goods leave for the store of the pickup, and stay promised on the road. Raises IllegalMove."""
    order = moves.lock(fulfillment.order)
    if fulfillment.comes_from_id is None:
        raise moves.IllegalMove(f"{fulfillment} is collected where its goods are", before=fulfillment.status)
    told = [moves.step(fulfillment, Way.PICKING)] if fulfillment.status == Way.ALLOCATED else []
    told.append(moves.step(fulfillment, Way.IN_TRANSIT))
    holds.carry(
        units_of(fulfillment),
        source_id=fulfillment.comes_from_id,
        destination_id=transfers.road().pk,
        cause=f"fulfillment:{fulfillment.public_id}",
        by=by,
        at=at,
    )
    record(order.journey_id, *told, by=by, channel=channel, at=at)
    return fulfillment
