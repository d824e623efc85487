"""The end of what held an order back: it was decided, or the order is over."""

from datetime import datetime

from commerce.timeline import tasks
from commerce.timeline.actors import Actor
from orders.models import Order, OrderHold, Todo
from orders.todos import close_todo

OVERDUE = "orders.changes.holding.overdue"


def end(hold: OrderHold, *, by: Actor, at: datetime) -> None:
    """Nobody waits for a decision any more."""
    OrderHold.objects.filter(pk=hold.pk).update(released_at=at, released_by=str(by)[:60])
    tasks.cancel(OVERDUE, key=f"hold-{hold.pk}", at=at)
    close_todo(Todo.Kind.ORDER_HELD, f"hold-{hold.pk}", by=by, at=at)


def end_all(order: Order, *, by: Actor, at: datetime) -> None:
    """An order that is over is held no more. That is told as the end of the order."""
    for hold in OrderHold.objects.filter(order=order, released_at=None).order_by("pk"):
        end(hold, by=by, at=at)
