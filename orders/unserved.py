"""Money for units of an order that she will not get after all."""

from datetime import datetime

from commerce.timeline.actors import Actor
from commerce.timeline.record import Happening
from orders import refunds
from orders.models import Fulfillment, Order, Refund, Todo
from orders.parts import worth
from orders.todos import open_todo


def pay_back(order: Order, gone: Fulfillment, *, by: Actor, at: datetime) -> list[Happening]:
    """Give back what the units of a canceled part of a locked order cost, the way it was paid.

    What is not ours yet (a transfer that is awaited, a card whose bank keeps the money) somebody must settle.
    """
    owed = sum(worth(row.order_line, row.quantity) for row in gone.lines.select_related("order_line"))
    made, told = refunds.give_part_back(order, owed, reason=Refund.Reason.UNSERVED, by=by, at=at)
    if owed := owed - sum(refund.amount for refund in made):
        cause = f"{owed} {order.currency} of what cannot be served is not paid back"
        open_todo(Todo.Kind.UNSERVED, gone.public_id, order=order, cause=cause, at=at)
    return told
