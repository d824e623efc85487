"""How long a checkout holds its goods, and how many checkouts one person may have open: no bot empties the shelves."""

from datetime import datetime

from commerce.customers.people import people_of
from commerce.promotions.models import CouponUse
from commerce.rest.problems import Problem
from commerce.timeline import tasks
from inventory import holds
from orders.models import Order

AFTER_HOLD = "orders.abandoning.after_hold"
MOST_OPEN = 3


class TooManyCheckouts(Problem):
    """One person, or one address, has so many checkouts open at a time, and not more."""

    code = "too_many_checkouts"


def check_open_checkouts(order: Order) -> None:
    """Refuse one more draft to somebody who holds goods in several already; raises TooManyCheckouts.

    A guest is known by the address she gives, so the same address again is the same person.
    """
    if order.person is None:
        return
    drafts = Order.objects.filter(
        person__in=people_of(order.person), status=Order.Status.DRAFT, cart__isnull=False
    )  # a draft without a cart is kept for somebody who brings something back
    if drafts.exclude(pk=order.pk).count() >= MOST_OPEN:
        raise TooManyCheckouts(f"at most {MOST_OPEN} checkouts are open at a time", limit=MOST_OPEN)


def hold_longer(order: Order, *, until: datetime, at: datetime) -> None:
    """Hold a draft's goods and coupon while its shopper is busy paying; what has expired is not taken again here."""
    if order.status != Order.Status.DRAFT:
        return
    if holds.extend(list(order.lines.values_list("public_id", flat=True)), until=until, at=at):
        held = CouponUse.objects.filter(demand=order.public_id, status=CouponUse.Status.HELD)
        held.filter(expires_at__lt=until).update(expires_at=until)
        tasks.schedule(AFTER_HOLD, key=order.public_id, due_at=until)
