"""Checkouts that come to nothing: by the shopper's will, or because the time of their hold is over."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from commerce.carts.models import Cart
from commerce.promotions import firsts, uses
from commerce.quotes import signed
from commerce.rest.problems import Problem
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.models import Task
from commerce.timeline.record import Happening, record
from inventory import backorders, holds
from orders import checkout, moves, payments, refunds
from orders.freeing import free
from orders.happenings import CheckoutAbandoned
from orders.models import Order, Refund
from orders.standing import balance_of


@transaction.atomic
def give_up(order: Order, *, before: Sequence[Happening] = (), by: Actor, channel: str, at: datetime) -> Order:
    """Give a draft's goods and coupon back and open its cart again; raises IllegalMove, AlreadyPaid.

    `before` is what led to it, told with it.
    """
    order = moves.lock_with_cart(order)
    if order.status == Order.Status.CANCELED:
        return order
    if order.status != Order.Status.DRAFT:
        raise moves.IllegalMove(f"order {order} was placed meanwhile", before=order.status, after="canceled")
    if balance_of(order).kept:
        raise payments.AlreadyPaid("this order is paid, so it is not given up")
    moves.step_order(order, Order.Status.CANCELED)
    demands = list(order.lines.values_list("public_id", flat=True))
    backorders.leave(demands, at=at)
    holds.release(demands, at=at)
    free(order, at=at)
    Cart.objects.filter(pk=order.cart_id or 0, status=Cart.Status.CHECKING_OUT).update(status=Cart.Status.OPEN)
    told = CheckoutAbandoned(order.public_id, order.cart.public_id if order.cart else "")
    record(order.journey_id, *before, told, by=by, channel=channel, at=at)
    return order


@transaction.atomic
def call_off(order: Order, *, by: Actor, channel: str, at: datetime) -> Order:
    """End a checkout because somebody says so; what was paid of it, by gift card say, goes back.

    Raises IllegalMove, AlreadyPaid.
    """
    order = moves.lock_with_cart(order)
    back: list[Happening] = []
    if order.status == Order.Status.DRAFT and not balance_of(order).covered:
        back = refunds.give_all_back(order, reason=Refund.Reason.CANCELED, by=by, at=at)
    return give_up(order, before=back, by=by, channel=channel, at=at)


class Revoked(Problem):
    """The shopper went on without this checkout, or took back what she had ordered."""

    code = "checkout_revoked"


def take_up_again(order: Order, *, at: datetime) -> None:
    """Make a checkout that was given up a draft again, because its payment came after all. Cart and order are locked.

    Only where the shopper has not gone on since: her cart is as she left it, and no other order came of it. Raises
    Revoked, CouponUsedUp, QuoteUsed.
    """
    cart = order.cart
    if order.number or cart is None or cart.status != Cart.Status.OPEN or cart.edited_at > order.created_at:
        raise Revoked("the shopper has gone on without this checkout")
    if Order.objects.filter(cart=cart).exclude(status=Order.Status.CANCELED).exists():
        raise Revoked("another order came of this cart")
    try:
        backorders.join_again(list(order.lines.values_list("public_id", flat=True)), at=at)
    except backorders.BackordersFull as problem:
        raise Revoked("what she waited for is promised to others") from problem
    moves.step_order(order, Order.Status.DRAFT)
    Cart.objects.filter(pk=cart.pk).update(status=Cart.Status.CHECKING_OUT)
    coupon = cart.coupon
    if order.quote.get("signed"):
        quote = signed.find(order.quote["signed"])
        signed.take(quote, demand=order.public_id)
        signed.give_coupon(quote, at=at)
        coupon = quote.coupon
    if order.quote.get("is_first_purchase"):
        firsts.hold(order.public_id, person=order.person)
    if coupon and coupon.code in {applied["coupon"] for applied in order.quote.get("applied", ())}:
        uses.hold(
            coupon,
            demand=order.public_id,
            person=order.person,
            sales_channel=order.sales_channel,
            at=at,
            expires_at=None,
        )


def after_hold(task: Task, *, at: datetime) -> None:
    """When a draft's hold is over: finish what was paid meanwhile, give up the rest.

    A paid draft is never given up for a passing fault. If its goods are gone, the task fails and is given up in the
    open, for somebody to look at.
    """
    order = moves.lock_with_cart(Order.objects.get(public_id=task.key))  # and only then look at it
    if order.status != Order.Status.DRAFT or payments.waits_elsewhere(order):
        return
    channel = order.sales_channel.kind
    if balance_of(order).covered:
        checkout.finalize(order, by=SYSTEM, channel=channel, at=at)
    else:
        back = refunds.give_all_back(order, reason=Refund.Reason.UNSERVED, at=at)  # a part paid by gift card, say
        give_up(order, before=back, by=SYSTEM, channel=channel, at=at)
