"""What an order promises, in the ledger of promises: given when it is placed, settled by what becomes of its parts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from commerce.promises import giving, watching
from commerce.promises.giving import Given
from commerce.promises.models import Promise
from commerce.promises.watching import Forecast
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.models import Task
from commerce.timeline.tasks import entry_of
from inventory import backorders
from inventory.opening import NeverOpen, pickup_ready_at
from orders.delivery import calls
from orders.delivery.until import brought_by, until
from orders.lifecycle import TO_PICK
from orders.models import Fulfillment, Order, Todo
from orders.moves import Part

Kind, Danger = Promise.Kind, Promise.Danger
Way = Fulfillment.Status
STILL_TO_LEAVE = timedelta(hours=4)
"""What has not left our house by then does not arrive in time."""


def give(order: Order, parts: Sequence[Part], *, by: Actor, channel: str, at: datetime) -> None:
    """Write down what she is told when she buys."""
    giving.give([given(order, part) for part in parts], by=by, channel=channel, at=at)


def given(order: Order, part: Part) -> Given:
    """A part of an order as a promise."""
    return Given(
        kind=kind_of(order, part),
        subject=part.name,
        journey_id=order.journey_id,
        due_at=part.promised_for,
        person_id=order.person_id,
        location_id=part.location_id,
        contact_point=order.email or order.phone,
    )


def give_anew(order: Order, parts: Sequence[Fulfillment], *, by: Actor, channel: str, at: datetime) -> None:
    """Write down what she is told of parts that take over from another."""
    told = [Part(part.location_id, (), part.promised_for, name=part.public_id) for part in parts]
    give(order, told, by=by, channel=channel, at=at)


def kind_of(order: Order, part: Part) -> str:
    """What kind of promise a part of an order is."""
    if part.waits:
        return Kind.BACKORDER
    return Kind.PICKUP if order.pickup_at_id else Kind.DELIVERY


def keep(task: Task, *, at: datetime) -> None:
    """A pickup is ready, a parcel has arrived: the promise is kept, if that was in time."""
    entry = entry_of(task)
    giving.keep([entry.data["fulfillment"]], at=entry.occurred_at)


def withdraw(task: Task, *, at: datetime) -> None:
    """A part of an order was canceled."""
    entry = entry_of(task)
    giving.withdraw([entry.data["fulfillment"]], at=entry.occurred_at)


def look(task: Task, *, at: datetime) -> None:
    """A carrier has it, or says something else than before, or could not deliver: will the promise hold?"""
    subject = entry_of(task).data["fulfillment"]
    carrier = Fulfillment.objects.values_list("carrier", flat=True).get(public_id=subject)
    giving.carried_by(subject, carrier)
    calls.dropped(subject, by=SYSTEM, at=at)  # what has left needs no window any more
    watching.look_again(subject, at=at)


def forecast_pickup(promise: Promise, *, at: datetime) -> Forecast | None:
    """A pickup that nobody has made ready, shortly before its time."""
    part = Fulfillment.objects.select_related("location").get(public_id=promise.subject)
    if part.status not in TO_PICK:
        return None
    danger = Danger.QUEUE if part.location.pickup_queue > 1 else Danger.DELAY
    try:
        expected_at = pickup_ready_at(part.location, at=at)
    except NeverOpen:
        return Forecast(danger, None)
    return Forecast(danger, max(expected_at, at + timedelta(minutes=60)))


def forecast_delivery(promise: Promise, *, at: datetime) -> Forecast | None:
    """A parcel that its carrier brings later than promised, or that has not left shortly before its time."""
    part = Fulfillment.objects.select_related("order__sales_channel", "order__pickup_at", "location").get(
        public_id=promise.subject
    )
    if part.status == Way.BACKORDERED:
        return forecast_arrival(part, at=at)
    if part.status in (Way.FAILED, Way.RETURNED_TO_SENDER):
        return Forecast(Danger.DELAY, None)
    if part.expected_at and promise.due_at and part.expected_at > promise.due_at:
        return Forecast(Danger.DELAY, part.expected_at)
    if part.status in TO_PICK and promise.due_at and promise.due_at - at <= STILL_TO_LEAVE:
        return Forecast(Danger.DELAY, brought_by(part.order, comes_from=part.location, at=at))
    return None


def forecast_call(promise: Promise, *, at: datetime) -> Forecast | None:
    """A call that nobody has made, shortly before its time."""
    open_calls = Todo.objects.filter(kind=Todo.Kind.CALL, subject=promise.subject.removeprefix("call:"), closed_at=None)
    return Forecast(Danger.QUEUE, at + timedelta(hours=4)) if open_calls.exists() else None


def forecast_arrival(part: Fulfillment, *, at: datetime) -> Forecast | None:
    """Goods that are not here yet: by what is expected, and by the line before her."""
    demands = list(part.lines.values_list("order_line__public_id", flat=True))
    places = backorders.standing_of(demands)
    if not places:
        return None
    expected_at = backorders.expected_for(places, at=at)
    arrives_at = until(part.order, comes_from=part.location, at=expected_at) if expected_at else None
    return Forecast(Danger.STOCK, arrives_at)
