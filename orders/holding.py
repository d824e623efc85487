"""How long a checkout holds its goods, and how many checkouts one person may have open: no bot empties the shelves."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request

from commerce.customers.people import people_of
from commerce.promotions.models import CouponUse
from commerce.rest.limits import Limit, PerAddress, knock
from commerce.rest.problems import Problem
from commerce.timeline import tasks
from inventory import holds
from orders.models import Order
from orders.tenders import BANK_TRANSFER, PAYMENT_LINK, STRIPE

AFTER_HOLD = "orders.abandoning.after_hold"
MOST_OPEN = 3
MOST_AT_HOME = 6
"""Of all who have things sent to one house."""
HOARDING = Limit("checkouts that hold", 30, within=timedelta(hours=1), of_staff=2000)
"""From one network address; whoever pays at once holds nothing."""


class TooManyCheckouts(Problem):
    """One person, or one address, has so many checkouts open at a time, and not more."""

    code = "too_many_checkouts"


def check_open_checkouts(order: Order) -> None:
    """Refuse one more draft to somebody who holds goods in several already; raises TooManyCheckouts.

    A guest is known by the address she gives, so the same address again is the same person.
    """
    # A draft without a cart is kept for somebody who brings something back.
    drafts = Order.objects.filter(status=Order.Status.DRAFT, cart__isnull=False).exclude(pk=order.pk)
    if order.person and drafts.filter(person__in=people_of(order.person)).count() >= MOST_OPEN:
        raise TooManyCheckouts(f"at most {MOST_OPEN} checkouts are open at a time", limit=MOST_OPEN)
    home = order.deliver_to
    if home is None:
        return
    there = drafts.filter(deliver_to__postal_code=home.postal_code, deliver_to__street__iexact=home.street.strip())
    if there.count() >= MOST_AT_HOME:
        raise TooManyCheckouts(f"at most {MOST_AT_HOME} checkouts are open for one address", limit=MOST_AT_HOME)


class PerAddressOfHolding(PerAddress):
    """For the API's checkout: so many that hold goods while they are paid, from one network address."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Counts the call; raises TooManyRequests."""
        if request.method == "POST" and isinstance(request.data, dict):
            limit_hoarding(request, request.data.get("tender"))
        return super().allow_request(request, view)


def limit_hoarding(request: HttpRequest | Request, tender: object) -> None:
    """Count a checkout whose goods are held until somebody pays; raises TooManyRequests."""
    if tender in (STRIPE, PAYMENT_LINK, BANK_TRANSFER):
        knock(HOARDING, request)


def hold_longer(order: Order, *, until: datetime, at: datetime) -> None:
    """Hold a draft's goods and coupon while its shopper is busy paying; what has expired is not taken again here."""
    if order.status != Order.Status.DRAFT:
        return
    if holds.extend(list(order.lines.values_list("public_id", flat=True)), until=until, at=at):
        held = CouponUse.objects.filter(demand=order.public_id, status=CouponUse.Status.HELD)
        held.filter(expires_at__lt=until).update(expires_at=until)
        tasks.schedule(AFTER_HOLD, key=order.public_id, due_at=until)
