"""Goods that a carrier brings: handed over once, then told of by the carrier, in whatever order its news arrive."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.record import Happening, record
from inventory import holds
from orders import moves
from orders.delivery.models import Booking
from orders.happenings import FulfillmentExpected
from orders.lifecycle import TO_PICK
from orders.models import Fulfillment
from orders.pickups import units_of

Way = Fulfillment.Status

RANK: dict[str, int] = {
    Way.HANDED_TO_CARRIER: 1,
    Way.OUT_FOR_DELIVERY: 2,
    Way.FAILED: 3,
    Way.RETURNED_TO_SENDER: 4,
    Way.DELIVERED: 5,
}
"""How far a parcel has come. News of a lower rank than we know are late: they are told, and change no status."""


class UnknownParcel(Problem):
    """No parcel of ours has this number, or more than one."""

    code = "parcel_unknown"
    status = 404


class ParcelKnown(Problem):
    """Another parcel has this number already."""

    code = "parcel_known"


@transaction.atomic
def hand_over(
    fulfillment: Fulfillment, *, carrier: str, tracking_number: str, by: Actor, channel: str, at: datetime
) -> Fulfillment:
    """Give a parcel to the carrier; its goods leave the shelf's books. Raises IllegalMove, ParcelKnown."""
    order = moves.lock(fulfillment.order)
    told = leave(fulfillment, carrier=carrier, tracking_number=tracking_number, by=by, at=at)
    record(order.journey_id, *told, by=by, channel=channel, at=at)
    return fulfillment


def leave(fulfillment: Fulfillment, *, carrier: str, tracking_number: str, by: Actor, at: datetime) -> list[Happening]:
    """A parcel of a locked order is the carrier's from now on; returns what to record."""
    if Fulfillment.objects.filter(carrier=carrier, tracking_number=tracking_number).exclude(pk=fulfillment.pk).exists():
        raise ParcelKnown(f"{carrier} {tracking_number} is another parcel")
    told = [moves.step(fulfillment, Way.PICKING)] if fulfillment.status == Way.ALLOCATED else []
    told.append(moves.step(fulfillment, Way.HANDED_TO_CARRIER, carrier=carrier, tracking_number=tracking_number))
    holds.consume(units_of(fulfillment), location_id=fulfillment.location_id, kind="shipped", by=by, at=at)
    return told


@transaction.atomic
def carrier_event(
    tracking_number: str,
    status: str,
    *,
    carrier: str = "",
    occurred_at: datetime,
    expected_at: datetime | None = None,
    by: Actor,
    at: datetime,
) -> Fulfillment:
    """Take in a carrier's news of a parcel: twice, late or out of order, the end is the same.

    Each status is told once, but where it is tried again. The newest estimate counts, by the carrier's clock. A parcel
    that we booked may be told of before anybody here says that it left: then the carrier has collected it. Raises
    UnknownParcel, OnHold, IllegalMove.
    """
    fulfillment = parcel(carrier, tracking_number)
    order = moves.lock(fulfillment.order)
    fulfillment.refresh_from_db(fields=["status", "expected_at", "estimated_at"])
    fulfillment.bookings.filter(status=Booking.Status.BOOKED).update(heard_at=at)
    told: list[Happening] = []
    if fulfillment.status in TO_PICK:
        made = fulfillment.bookings.get(status=Booking.Status.BOOKED)
        told += leave(fulfillment, carrier=made.carrier, tracking_number=made.tracking_number, by=by, at=at)
    if goes_on(fulfillment, status, occurred_at=occurred_at):
        arrived = {"arrived_at": occurred_at} if status == Way.DELIVERED else {}
        told.append(moves.step(fulfillment, status, **arrived))
    elif not (told or moves.told_as(fulfillment, status).exists()):
        told.append(moves.TELLS[status](order.public_id, fulfillment.public_id))
    if expected_at:
        told += estimate(fulfillment, expected_at, made_at=occurred_at)
    told += moves.complete(order)
    if told:
        record(order.journey_id, *told, by=by, channel="carrier", at=occurred_at, recorded_at=at)
    return fulfillment


def parcel(carrier: str, tracking_number: str) -> Fulfillment:
    """The parcel that a carrier speaks of; raises UnknownParcel."""
    known = Fulfillment.objects.select_related("order").filter(
        tracking_number=tracking_number, status__in=RANK, **({"carrier": carrier} if carrier else {})
    )
    found = list(known[:2]) or booked(carrier, tracking_number)
    if len(found) != 1:
        raise UnknownParcel("no parcel has this number" if not found else "several carriers have this number")
    return found[0]


def booked(carrier: str, tracking_number: str) -> list[Fulfillment]:
    """Parcels that a carrier will collect under a number, as it told us when it was booked."""
    asked = {"bookings__carrier": carrier} if carrier else {}
    known = Fulfillment.objects.select_related("order").filter(
        bookings__status=Booking.Status.BOOKED, bookings__tracking_number=tracking_number, status__in=TO_PICK, **asked
    )
    return list(known[:2])


def goes_on(fulfillment: Fulfillment, status: str, *, occurred_at: datetime) -> bool:
    """Whether these news take a parcel further, or are late.

    A carrier that could not deliver tries again: between the two the newer news count, by its own clock.
    """
    before = fulfillment.status
    if {before, status} != {Way.OUT_FOR_DELIVERY, Way.FAILED}:
        return RANK[status] > RANK[before]
    known = [moves.told_as(fulfillment, before).aggregate(last=Max("occurred_at"))["last"]]
    known += [fulfillment.estimated_at] if before == Way.OUT_FOR_DELIVERY else []
    last = max((instant for instant in known if instant), default=None)
    return last is None or occurred_at > last or (occurred_at == last and status == Way.FAILED)


def estimate(fulfillment: Fulfillment, expected_at: datetime, *, made_at: datetime) -> list[Happening]:
    """Keep the carrier's newest estimate; returns what to record if it says something else than before."""
    if fulfillment.estimated_at and made_at <= fulfillment.estimated_at:
        return []
    said, fulfillment.expected_at, fulfillment.estimated_at = fulfillment.expected_at, expected_at, made_at
    fulfillment.save(update_fields=["expected_at", "estimated_at"])
    if said == expected_at:
        return []
    return [FulfillmentExpected(fulfillment.order.public_id, fulfillment.public_id, expected_at.isoformat())]
