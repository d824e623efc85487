"""Booking a parcel at its carrier: asked once from a committed row, looked up where it is unclear, never twice."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from commerce.rest.problems import Problem
from commerce.timeline import tasks
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.models import Task
from commerce.timeline.record import record
from commerce.timeline.tasks import MAX_ATTEMPTS, entry_of, outward
from orders import moves
from orders.delivery import carriers
from orders.delivery.carriers import Booked, Refused, Unclear
from orders.delivery.happenings import ParcelBooked, ParcelRefused
from orders.delivery.models import Booking
from orders.lifecycle import TO_PICK
from orders.models import Fulfillment, Todo
from orders.moves import IllegalMove
from orders.todos import close_todo, open_todo

SEND = "orders.delivery.booking.send"
Status, Way = Booking.Status, Fulfillment.Status


CALL_OFF = "what was to be sent is canceled; call the parcel off at its carrier"


class NotConnected(Problem):
    """No carrier can be asked from here."""

    code = "carrier_not_connected"


def standing(parts: Sequence[Fulfillment]) -> QuerySet[Booking]:
    """What a carrier is asked to take, or will take, of these."""
    return Booking.objects.filter(fulfillment__in=parts, status__in=(Status.ASKED, Status.BOOKED))


@transaction.atomic
def ask(fulfillment: Fulfillment, *, carrier: str, by: Actor, channel: str, at: datetime) -> Booking:
    """Ask a carrier to take a parcel; one that was asked already is asked no second time. Raises IllegalMove."""
    if not settings.CARRIER_API_BASE:
        raise NotConnected("no carrier is connected")
    moves.lock(fulfillment.order)
    fulfillment.refresh_from_db(fields=["status"])
    made = standing([fulfillment]).first()
    if made is not None:
        return made
    if fulfillment.kind != Fulfillment.Kind.SHIPMENT or fulfillment.status not in TO_PICK:
        raise IllegalMove("a parcel is booked before it leaves", before=fulfillment.status)
    booking = Booking.objects.create(fulfillment=fulfillment, carrier=carrier, asked_at=at)
    tasks.schedule(SEND, key=booking.public_id, due_at=at, rings=True)
    return booking


@outward
def send(task: Task, *, at: datetime) -> None:
    """Ask the carrier; raises Unclear if it is to be looked up, and asked again, later."""
    booking = Booking.objects.select_related("fulfillment__order", "fulfillment__address").get(public_id=task.key)
    is_called_off = booking.fulfillment.status == Way.CANCELED and not booking.is_unclear
    if booking.status != Status.ASKED or is_called_off:
        return
    try:
        found = carriers.look_up(booking) if booking.is_unclear else None
        if found is None:
            # Committed before the call: whoever takes over looks first.
            if not Booking.objects.filter(pk=booking.pk, status=Status.ASKED).update(is_unclear=True):
                return
            found = carriers.book(booking)
    except Refused as problem:
        settle(booking, None, error=str(problem), at=at)
    except Unclear as problem:
        if task.attempts >= MAX_ATTEMPTS:
            open_matter(booking, f"the carrier does not answer: {problem}", at=at)
        raise
    else:
        settle(booking, found, at=at)


@transaction.atomic
def settle(booking: Booking, found: Booked | None, *, error: str = "", at: datetime) -> None:
    """Keep what the carrier said, and write it on the timeline, once."""
    order = moves.lock(booking.fulfillment.order)
    booking.fulfillment.refresh_from_db(fields=["status"])
    facts = {"is_unclear": False, "settled_at": at, "error": error[:100]}
    if found:
        facts |= {"status": Status.BOOKED, "tracking_number": found.tracking_number, "label": found.label}
        facts |= {"heard_at": at}
    else:
        facts |= {"status": Status.REFUSED}
    if not Booking.objects.filter(pk=booking.pk, status=Status.ASKED).update(**facts):
        return
    about = (order.public_id, booking.fulfillment.public_id, booking.public_id, booking.carrier)
    if found and booking.fulfillment.status == Way.CANCELED:
        open_matter(booking, CALL_OFF, at=at)
        told: ParcelBooked | ParcelRefused = ParcelBooked(*about)
    elif found:
        close_todo(Todo.Kind.PARCEL, booking.public_id, by=SYSTEM, at=at)
        told = ParcelBooked(*about)
    else:
        open_matter(booking, f"the carrier does not take the parcel: {error}", at=at)
        told = ParcelRefused(*about, error)
    record(order.journey_id, told, by=SYSTEM, channel="carrier", at=at)


@transaction.atomic
def call_off(task: Task, *, at: datetime) -> None:
    """What was to be sent is canceled: a carrier that was not asked yet is not; else somebody calls it off there."""
    part = Fulfillment.objects.select_related("order").get(public_id=entry_of(task).data["fulfillment"])
    moves.lock(part.order)
    for booking in standing([part]).select_related("fulfillment__order"):
        unasked = Booking.objects.filter(pk=booking.pk, status=Status.ASKED, is_unclear=False)
        if not unasked.update(status=Status.REFUSED, settled_at=at, error="canceled"):
            open_matter(booking, CALL_OFF, at=at)


def open_matter(booking: Booking, cause: str, *, at: datetime) -> None:
    """Somebody has to look at it."""
    part = booking.fulfillment
    open_todo(Todo.Kind.PARCEL, booking.public_id, order=part.order, location_id=part.location_id, cause=cause, at=at)
