"""What an order promises, in the ledger of promises: given when it is placed, settled by what becomes of its parts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from commerce.promises import giving, watching
from commerce.promises.giving import LOOK_BEFORE, Given
from commerce.promises.models import Promise
from commerce.promises.watching import Forecast
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.models import Task
from commerce.timeline.tasks import entry_of
from inventory import backorders
from inventory.opening import NeverOpen, pickup_ready_at
from orders import moves
from orders.delivery import calls, slots
from orders.delivery.until import brought_by, kept_until, until
from orders.lifecycle import TO_PICK
from orders.models import Fulfillment, Order, Todo
from orders.moves import Part
from orders.todos import close_todo, open_todo

Kind, Danger = Promise.Kind, Promise.Danger
Way = Fulfillment.Status
TO_BE_READY = TO_PICK | {Way.IN_TRANSIT}
BEFORE_PICKUP = LOOK_BEFORE[Kind.PICKUP] or timedelta()
COMES_BACK = "the carrier brings it back; agree with her what becomes of it"
STILL_TO_LEAVE = timedelta(hours=4)
"""What has not left our house by then does not arrive in time."""


def give(order: Order, parts: Sequence[Part], *, by: Actor, channel: str, at: datetime) -> None:
    """Write down what she is told when she buys."""
    giving.give([given(order, part) for part in parts], by=by, channel=channel, at=at)


def given(order: Order, part: Part) -> Given:
    """A part of an order as it is promised."""
    return Given(
        kind=kind_of(order, part),
        subject=part.name,
        journey_id=order.journey_id,
        due_at=part.promised_for,
        person_id=order.person_id,
        location_id=part.location_id,
        contact_point=order.email or order.phone,
    )


def pass_on(
    order: Order, before: Fulfillment, parts: Sequence[Fulfillment], *, by: Actor, channel: str, at: datetime
) -> None:
    """Parts take over what she was told of another: until then it is promised of them, and they are due no sooner."""
    told = [given(order, Part(made.location_id, (), None, name=made.public_id)) for made in parts]
    is_over = before.status == Way.CANCELED
    made = giving.pass_on(before.public_id, told, is_over=is_over, by=by, channel=channel, at=at)
    until = {promise.subject: promise.due_at for promise in made}
    for part in parts:
        known = [instant for instant in (part.promised_for, until[part.public_id]) if instant]
        part.promised_for = max(known, default=None)
        part.save(update_fields=["promised_for"])


def agree(order: Order, part: Fulfillment, *, by: Actor, channel: str, at: datetime) -> None:
    """She knows of another time, as it changed with what she wanted herself."""
    waits = part.status == Way.BACKORDERED
    told = given(order, Part(part.location_id, (), part.promised_for, waits=waits, name=part.public_id))
    giving.agree(told, by=by, channel=channel, at=at)


def kept_for(fulfillment: str) -> str:
    """What the promise to keep a pickup is about: not the one that it will be ready."""
    return f"kept:{fulfillment}"


def told_until(fulfillment: Fulfillment, *, message: str, channel: str, at: datetime) -> None:
    """A message told her until when her pickup is kept: that is promised, once."""
    subject, due_at = kept_for(fulfillment.public_id), kept_until(fulfillment)
    if due_at is None or Promise.objects.filter(kind=Kind.COLLECTION, subject=subject).exists():
        return
    order = fulfillment.order
    kept = Given(
        kind=Kind.COLLECTION,
        subject=subject,
        journey_id=order.journey_id,
        due_at=due_at,
        person_id=order.person_id,
        location_id=fulfillment.location_id,
        contact_point=order.email or order.phone,
    )
    giving.give([kept], by=SYSTEM, channel=channel, at=at)
    giving.written_by([subject], message)


def keep_till_collected(task: Task, *, at: datetime) -> None:
    """She collected it, or nobody came: it lay ready as long as we said."""
    entry = entry_of(task)
    part = Fulfillment.objects.get(public_id=entry.data["fulfillment"])
    happened_at = min(entry.occurred_at, kept_until(part) or entry.occurred_at)
    giving.keep([kept_for(part.public_id)], at=happened_at)


def look_at(parts: Sequence[Fulfillment], *, at: datetime) -> None:
    """See at once what of these cannot be ready as she was told. Call it when all else is written down."""
    for part in parts:
        watching.look_again(part.public_id, at=at)


def kind_of(order: Order, part: Part) -> str:
    """What kind of promise a part of an order is."""
    if part.waits:
        return Kind.BACKORDER
    return Kind.PICKUP if order.pickup_at_id else Kind.DELIVERY


def told_earlier(parts: Sequence[Fulfillment]) -> dict[str, list[datetime]]:
    """Until when parts of orders were promised before, by public id, in the order in which she was told."""
    before = Promise.objects.filter(
        subject__in=[part.public_id for part in parts],
        status__in=(Promise.Status.TOLD, Promise.Status.BROKEN),
        due_at__isnull=False,
    )
    until = {part.public_id: part.promised_for for part in parts}
    found: dict[str, list[datetime]] = {}
    for subject, due_at in before.order_by("pk").values_list("subject", "due_at"):
        if due_at and due_at != until[subject]:
            found.setdefault(subject, []).append(due_at)
    return found


def keep(task: Task, *, at: datetime) -> None:
    """A pickup is ready, a parcel has arrived: the promise is kept, if that was in time."""
    entry = entry_of(task)
    giving.keep([entry.data["fulfillment"]], at=entry.occurred_at)
    close_todo(Todo.Kind.PARCEL, entry.data["fulfillment"], by=SYSTEM, at=at)


def withdraw(task: Task, *, at: datetime) -> None:
    """A part of an order was canceled: nothing is promised of it, nobody calls about it, and its window is free."""
    entry = entry_of(task)
    subject = entry.data["fulfillment"]
    slots.end_unneeded(moves.lock(Order.objects.get(public_id=entry.data["order"])), at=entry.occurred_at)
    giving.withdraw([subject, kept_for(subject)], at=entry.occurred_at)
    calls.dropped(subject, by=SYSTEM, at=entry.occurred_at)


@transaction.atomic
def come_back(task: Task, *, at: datetime) -> None:
    """The carrier brings it back, which she is told as that: nothing is promised of it, and somebody talks with her."""
    entry = entry_of(task)
    part = Fulfillment.objects.select_related("order").get(public_id=entry.data["fulfillment"])
    moves.lock(part.order)
    part.refresh_from_db(fields=["status"])
    if part.status == Way.RETURNED_TO_SENDER:
        giving.withdraw([part.public_id], reason=Promise.Reason.RETURNED, at=entry.occurred_at)
        order, place = part.order, part.location_id
        open_todo(Todo.Kind.PARCEL, part.public_id, order=order, location_id=place, cause=COMES_BACK, at=at)


def restate(task: Task, *, at: datetime) -> None:
    """She was told of another time: the part is promised for that from now on, as its order's page and lists show."""
    entry = entry_of(task)
    part = Fulfillment.objects.select_related("order").filter(public_id=entry.data["subject"]).first()
    standing = Promise.objects.filter(public_id=entry.data["promise"], status=Promise.Status.OPEN).first()
    if part is None or standing is None or standing.kind not in giving.OF_GOODS:
        return
    order = moves.lock(part.order)
    part.promised_for = standing.due_at
    part.save(update_fields=["promised_for"])
    slots.end_unneeded(order, at=at)


def look(task: Task, *, at: datetime) -> None:
    """A carrier has it, or says something else than before, or could not deliver: will the promise hold?"""
    subject = entry_of(task).data["fulfillment"]
    carrier = Fulfillment.objects.values_list("carrier", flat=True).get(public_id=subject)
    giving.carried_by(subject, carrier)
    calls.dropped(subject, reason=Promise.Reason.NOT_NEEDED, by=SYSTEM, at=at)  # what has left needs no window
    watching.look_again(subject, at=at)


def forecast_pickup(promise: Promise, *, at: datetime) -> Forecast | None:
    """A pickup that nobody has made ready, or that is still on its way to the store, shortly before its time."""
    part = Fulfillment.objects.select_related("location").get(public_id=promise.subject)
    if part.status not in TO_BE_READY:
        return None
    if put_off := later_than(part, promise):
        return put_off
    if promise.due_at and promise.due_at - at > BEFORE_PICKUP:
        return None
    waits_its_turn = part.status in TO_PICK and part.location.pickup_queue > 1
    danger = Danger.QUEUE if waits_its_turn else Danger.DELAY
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
    if part.status == Way.FAILED:
        return Forecast(Danger.DELAY, next_try(part) if promise.due_at is None else None)
    if part.expected_at and promise.due_at and part.expected_at > promise.due_at:
        return Forecast(Danger.DELAY, part.expected_at)
    if part.status in TO_PICK and (put_off := later_than(part, promise)):
        return put_off
    if part.status in TO_PICK and promise.due_at and promise.due_at - at <= STILL_TO_LEAVE:
        return Forecast(Danger.DELAY, brought_by(part.order, comes_from=part.location, at=at))
    return forecast_day(part, at=at) if promise.due_at is None else None


def next_try(part: Fulfillment) -> datetime | None:
    """When the carrier means to try again, if it has said so since it could not deliver."""
    failed_at = moves.told_as(part, Way.FAILED).aggregate(last=Max("occurred_at"))["last"]
    is_new = part.estimated_at and failed_at and part.estimated_at >= failed_at
    return part.expected_at if is_new and part.expected_at and part.expected_at > failed_at else None


def later_than(part: Fulfillment, promise: Promise) -> Forecast | None:
    """A part that comes from elsewhere, and is ready or at the door later than she was told."""
    if part.promised_for and promise.due_at and part.promised_for > promise.due_at:
        return Forecast(Danger.STOCK, part.promised_for)
    return None


def forecast_day(part: Fulfillment, *, at: datetime) -> Forecast | None:
    """The day of what was promised without one: the carrier's, or ours once it is here; a call that we owe names it."""
    if part.expected_at and part.expected_at > at:
        return Forecast(Danger.DELAY, part.expected_at)
    is_called_about = Todo.objects.filter(kind=Todo.Kind.CALL, subject=part.public_id, closed_at=None).exists()
    if part.status not in TO_PICK or is_called_about:
        return None
    return Forecast(Danger.STOCK, part.promised_for or brought_by(part.order, comes_from=part.location, at=at))


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
