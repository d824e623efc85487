"""Checkouts that come to nothing: by the shopper's will, or because the time of their hold is over."""

from datetime import datetime

from django.db import transaction

from commerce.carts.models import Cart
from commerce.promotions import uses
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.models import Task
from commerce.timeline.record import record
from inventory import holds
from orders import checkout, moves, payments
from orders.happenings import CheckoutAbandoned
from orders.models import Order


@transaction.atomic
def give_up(order: Order, *, by: Actor, channel: str, at: datetime) -> Order:
    """Give a draft's goods and coupon back and open its cart again; raises IllegalMove, AlreadyPaid."""
    cart = Cart.objects.select_for_update(no_key=True).get(pk=order.cart_id or 0)
    order = moves.lock(order)
    if order.status == Order.Status.CANCELED:
        return order
    if payments.captured(order):
        raise payments.AlreadyPaid("this order is paid, so it is not given up")
    moves.step_order(order, Order.Status.CANCELED)
    holds.release(list(order.lines.values_list("public_id", flat=True)), at=at)
    uses.release(order.public_id, at=at)
    Cart.objects.filter(pk=cart.pk, status=Cart.Status.CHECKING_OUT).update(status=Cart.Status.OPEN)
    record(order.journey_id, CheckoutAbandoned(order.public_id, cart.public_id), by=by, channel=channel, at=at)
    return order


def after_hold(task: Task, *, at: datetime) -> None:
    """When a draft's hold is over: finish what was paid meanwhile, give up the rest.

    A paid draft is never given up for a passing fault. If its goods are gone, the task fails and is given up in the
    open, for somebody to look at.
    """
    order = Order.objects.select_related("sales_channel").get(public_id=task.key)
    if order.status != Order.Status.DRAFT:
        return
    channel = order.sales_channel.kind
    if payments.captured(order) >= order.total:
        checkout.finalize(order, by=SYSTEM, channel=channel, at=at)
    else:
        give_up(order, by=SYSTEM, channel=channel, at=at)
