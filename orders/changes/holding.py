"""Holding an order back, and letting it go on: with an owner and an end, so that no order is forgotten on hold."""

from datetime import datetime

from django.db import transaction

from commerce.card_numbers import hide
from commerce.rest.problems import Problem
from commerce.timeline import tasks
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.models import Task
from commerce.timeline.record import record
from orders import moves, unholding
from orders.changes.happenings import OrderHeld, OrderHoldOverdue, OrderReleased
from orders.models import Fulfillment, Order, OrderHold, Todo
from orders.todos import open_todo

Way = Fulfillment.Status


class TooLateToHold(Problem):
    """Somebody prepares it already, or it has left, or was canceled."""

    code = "too_late_to_hold"


class NotHeld(Problem):
    """It is not held for this."""

    code = "not_held"


class WrongDeadline(Problem):
    """The end of a hold is in the future."""

    code = "hold_without_end"
    status = 422


@transaction.atomic
def put_on_hold(
    order: Order, *, kind: str, owner: str, due_at: datetime, by: Actor, channel: str, at: datetime
) -> OrderHold:
    """Keep an order from being prepared until its owner has decided; asked again, the end moves.

    Raises TooLateToHold, WrongDeadline.
    """
    if due_at <= at:
        raise WrongDeadline("say until when somebody has decided")
    owner = hide(owner)[:60]
    order = moves.lock(order)
    begun = order.fulfillments.exclude(status__in=[Way.BACKORDERED, Way.ALLOCATED, Way.CANCELED])
    if order.status != Order.Status.PLACED or begun.exists():
        raise TooLateToHold("this order is being prepared already, or is over")
    was = OrderHold.objects.filter(order=order, kind=kind, released_at=None).first()
    hold, _ = OrderHold.objects.update_or_create(
        order=order,
        kind=kind,
        released_at=None,
        defaults={"owner": owner, "due_at": due_at},
        create_defaults={"owner": owner, "due_at": due_at, "held_at": at},
    )
    tasks.schedule(
        unholding.OVERDUE, key=f"hold-{hold.pk}", due_at=due_at, journey=order.journey, data={"hold": hold.pk}
    )
    say(hold, "waits for", at=at)
    before = (was.owner, was.due_at.isoformat()) if was else ("", "")
    told = OrderHeld(order.public_id, kind, hold.owner, due_at.isoformat(), *before)
    record(order.journey_id, told, by=by, channel=channel, at=at)
    return hold


@transaction.atomic
def release(order: Order, *, kind: str, by: Actor, channel: str, at: datetime) -> OrderHold:
    """It was decided: the order may be prepared, unless it is held for something else too. Raises NotHeld."""
    order = moves.lock(order)
    hold = OrderHold.objects.filter(order=order, kind=kind, released_at=None).first()
    if hold is None:
        raise NotHeld("it is not held for this")
    unholding.end(hold, by=by, at=at)
    record(order.journey_id, OrderReleased(order.public_id, kind), by=by, channel=channel, at=at)
    return hold


def say(hold: OrderHold, how: str, *, at: datetime) -> None:
    """Put a hold on the list of the place that would prepare the order, until when it is to be decided."""
    part = hold.order.fulfillments.exclude(status=Way.CANCELED).order_by("pk").first()
    cause = f"order {hold.order} is held ({hold.kind}) and {how} {hold.owner}"
    open_todo(
        Todo.Kind.ORDER_HELD,
        f"hold-{hold.pk}",
        order=hold.order,
        location_id=part.location_id if part else None,
        cause=cause,
        due_at=hold.due_at,
        at=at,
    )


def overdue(task: Task, *, at: datetime) -> None:
    """Nobody has decided in time: it goes on the list, and stays held."""
    hold = OrderHold.objects.select_related("order__sales_channel").get(pk=task.data["hold"])
    if hold.released_at or hold.due_at > at:
        return
    order = hold.order
    say(hold, "was not decided in time by", at=at)
    told = OrderHoldOverdue(order.public_id, hold.kind, hold.owner)
    record(order.journey_id, told, by=SYSTEM, channel=order.sales_channel.kind, at=at)
