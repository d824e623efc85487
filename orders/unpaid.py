"""Orders that nobody pays: a while after an agreement broke, their goods are for others again."""

from datetime import datetime, timedelta

from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Task
from commerce.timeline.record import record
from commerce.timeline.tasks import entry_of, postpone
from orders import cancel, moves, payments
from orders.models import Order, Todo
from orders.receivables.happenings import OrderUnpaid
from orders.receivables.models import Agreement
from orders.standing import balance_of
from orders.todos import close_todo

CANCELED_FOR = (Agreement.Kind.BANK_TRANSFER, Agreement.Kind.PAYMENT_LINK)
"""Agreements whose goods wait for the money. With parts and promises somebody talks first."""

LOOK_AGAIN = timedelta(hours=1)


def take_back(task: Task, *, at: datetime) -> None:
    """Cancel an order of which nothing was paid, while its goods are with us; anything else is a person's matter.

    What is on its way at Stripe is waited for. Money that comes later finds the order canceled, and goes back.
    """
    agreement = Agreement.objects.select_related("order__sales_channel").get(public_id=entry_of(task).data["agreement"])
    order = moves.lock_with_cart(agreement.order)
    balance = balance_of(order)
    if agreement.kind not in CANCELED_FOR or order.status != Order.Status.PLACED or balance.kept or not balance.left:
        return
    if payments.waits_elsewhere(order):
        postpone(task, until=at + LOOK_AGAIN)
        return
    channel = order.sales_channel.kind
    try:
        cancel.cancel(order, by=SYSTEM, channel=channel, at=at)
    except cancel.TooLateToCancel:
        return  # the goods are being prepared, or gone: it stays on the list
    close_todo(Todo.Kind.AGREEMENT_BROKEN, agreement.public_id, by=SYSTEM, at=at)
    told = OrderUnpaid(order.public_id, agreement.public_id, balance.left, order.currency)
    record(order.journey_id, told, by=SYSTEM, channel=channel, at=at)
