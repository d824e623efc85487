"""What an order had beside its goods and its money, and others may have once it is canceled."""

from datetime import datetime

from commerce.promotions import firsts, uses
from commerce.quotes import signed
from orders.delivery import slots
from orders.models import Order


def free(order: Order, *, at: datetime) -> None:
    """Give back its window of delivery, its coupon, its signed quote and its first purchase.

    Call it after its stock was given back: coupons are locked after stock.
    """
    slots.end_all(order, at=at)
    uses.release(order.public_id, at=at)
    signed.release(order.public_id, at=at)
    firsts.release(order.public_id)
