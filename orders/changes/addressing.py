"""Sending an order somewhere else, before anybody prepares it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from commerce.customers.models import PostalAddress
from commerce.timeline.actors import Actor
from commerce.timeline.record import record
from orders import moves, promise_ledger
from orders.buyers import address_of
from orders.changes import waiting
from orders.changes.editing import TooLateToChange, changeable
from orders.changes.happenings import OrderAddressChanged
from orders.delivery import booking, rates, slots
from orders.delivery.until import brought_by
from orders.models import Fulfillment, Order
from orders.moves import IllegalMove


@transaction.atomic
def change_address(order: Order, *, address: PostalAddress, by: Actor, channel: str, at: datetime) -> Order:
    """Send it to another address of hers, or to a new one.

    A window that was agreed is one of its zone: where it is not, it is free again, and she is promised the day by which
    we are at the new address. What a carrier was asked to take has its label: it goes where that says. Raises
    TooLateToChange, IllegalMove for a pickup, OutsideZones where we do not deliver, NotBroughtThus.
    """
    order = moves.lock(order)
    if order.deliver_to_id is None or order.person is None:
        raise IllegalMove("this order is collected in a store", before="pickup", after="shipment")
    parts = changeable(order)
    if booking.standing(parts).exists():
        raise TooLateToChange("a carrier has this address already")
    method = order.quote.get("delivery", {}).get("method", "")
    rates.check_reach(address.postal_code, country=address.country or "ES", method=method)
    before = order.deliver_to_id
    kept = address_of(order.person, address, entered_in=channel, at=at)
    order.deliver_to = kept
    order.save(update_fields=["deliver_to"])
    order.fulfillments.filter(pk__in=[part.pk for part in parts]).update(address=kept)
    leave_windows(order, parts, address=kept, by=by, channel=channel, at=at)
    record(order.journey_id, OrderAddressChanged(order.public_id, before, kept.pk), by=by, channel=channel, at=at)
    return order


def leave_windows(
    order: Order, parts: Sequence[Fulfillment], *, address: PostalAddress, by: Actor, channel: str, at: datetime
) -> None:
    """What was to be brought in a window of another zone is promised for a day, as she is told while she changes it.

    All that stands of the order goes there, so that no window elsewhere is needed, whenever it ends.
    """
    zones = slots.zones_of(address.postal_code, country=address.country or "ES")
    windows = slots.windows_of(parts)
    slots.give_back(order.appointments.exclude(slot__zone__in=zones), at=at)
    for part in parts:
        if part.pk in windows and windows[part.pk].zone_id not in zones:
            comes_at = waiting.expected_of(part, at=at) if part.status == Fulfillment.Status.BACKORDERED else at
            part.promised_for = brought_by(order, comes_from=part.location, at=comes_at) if comes_at else None
            part.save(update_fields=["promised_for"])
            promise_ledger.agree(order, part, by=by, channel=channel, at=at)
    slots.end_unneeded(order, at=at)
