"""Calls that the warehouse owes: it is here, when shall we bring it? Each stands on the list until it is settled."""

from datetime import datetime, timedelta

from django.db import transaction

from commerce.promises import giving
from commerce.promises.giving import Given
from commerce.promises.models import Promise
from commerce.timeline.actors import Actor
from commerce.timeline.record import Happening, record
from orders.delivery.happenings import CallTried, CallWanted
from orders.models import Fulfillment, Order, Todo
from orders.todos import close_todo, open_todo

WITHIN = timedelta(hours=24)
AGAIN = timedelta(hours=3)
TO_CALL = "call her to agree on a delivery"
TO_WRITE = "no phone number: agree on a delivery in writing"


def wanted(order: Order, fulfillment: Fulfillment, *, at: datetime) -> Happening:
    """Put a call on the warehouse's list, promised within a day; returns what to record. The order is locked.

    For somebody without a phone the matter stands there as well: she is written to, and nobody forgets it.
    """
    due_at = at + WITHIN
    has_phone = order.phone_id is not None
    cause = TO_CALL if has_phone else TO_WRITE
    open_todo(Todo.Kind.CALL, fulfillment.public_id, order=order, cause=cause, due_at=due_at, at=at)
    return CallWanted(order.public_id, fulfillment.public_id, due_at.isoformat(), has_phone)


def promise(order: Order, fulfillment: Fulfillment, *, by: Actor, channel: str, at: datetime) -> None:
    """That we will call is promised, too."""
    given = Given(
        Promise.Kind.CALLBACK,
        subject_of(fulfillment.public_id),
        order.journey_id,
        at + WITHIN,
        person_id=order.person_id,
        location_id=fulfillment.location_id,
        contact_point=order.phone or order.email,
    )
    giving.give([given], by=by, channel=channel, at=at)


def subject_of(fulfillment: str) -> str:
    """What the promise of a call is about: not the parcel's own."""
    return f"call:{fulfillment}"


@transaction.atomic
def tried(fulfillment: str, *, by: Actor, channel: str, at: datetime) -> None:
    """Nobody answered: the call stays on the list, for later."""
    owed = Todo.objects.filter(kind=Todo.Kind.CALL, subject=fulfillment, closed_at=None).select_related("order")
    todo = owed.select_for_update(no_key=True, of=("self",)).first()
    if todo is None or todo.order is None:
        return
    todo.tries, todo.due_at = todo.tries + 1, at + AGAIN
    todo.save(update_fields=["tries", "due_at"])
    giving.keep([subject_of(todo.subject)], at=at)  # we called, as we said
    told = CallTried(todo.order.public_id, todo.subject, todo.tries)
    record(todo.order.journey_id, told, by=by, channel=channel, at=at)


def settled(fulfillment: str, *, by: Actor, at: datetime) -> None:
    """It was agreed: the call is done, and was made as promised."""
    if close_todo(Todo.Kind.CALL, fulfillment, by=by, at=at):
        giving.keep([subject_of(fulfillment)], at=at)


def dropped(fulfillment: str, *, reason: str = Promise.Reason.CANCELED, by: Actor, at: datetime) -> None:
    """Nobody has to call any more: it was canceled, or has left."""
    if close_todo(Todo.Kind.CALL, fulfillment, by=by, at=at):
        giving.withdraw([subject_of(fulfillment)], reason=reason, at=at)


def passed_on(before: str, after: str) -> None:
    """Another part took over the goods that we owe a call about: the same call is about that one now."""
    Todo.objects.filter(kind=Todo.Kind.CALL, subject=before, closed_at=None).update(subject=after)
    giving.rename(subject_of(before), subject_of(after))
