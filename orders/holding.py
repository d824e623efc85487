"""How long a checkout holds its goods, and how much one person may hold without paying: no bot empties the shelves."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from rest_framework.request import Request

from commerce.carts.models import Cart
from commerce.promotions.models import CouponUse
from commerce.rest.limits import Limit, PerAddress, knock
from commerce.rest.problems import Problem
from commerce.timeline import tasks
from inventory import holds
from orders.drafting import Terms
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


class TooManyUnits(Problem):
    """So many units are not kept for one person before they are paid, and not more."""

    code = "too_many_unpaid"


def who_holds(cart: Cart, terms: Terms) -> list[str]:
    """By what a shopper and a house are known before the draft is written: of two with the same, one counts first."""
    home, phone = terms.deliver_to, "".join(filter(str.isdigit, terms.phone))[-9:]
    return [
        *([f"person:{cart.person.root_pk}"] if cart.person else []),
        *([f"email:{terms.email.strip().lower()}"] if terms.email else []),
        *([f"phone:{phone}"] if phone else []),
        *([f"home:{home.postal_code}:{home.street.strip().lower()}"] if home else []),
    ]


# A draft without a cart is kept for somebody who brings something back.
STANDING = """
(o.status = 'draft' AND o.cart_id IS NOT NULL OR %(is_shopper)s AND o.status = 'placed' AND o.payment_status = 'due')
"""
HELD = f"""
WITH hers AS (
    SELECT o.id FROM orders_order o WHERE o.id <> %(order)s AND {STANDING} AND o.person_id IN (
        SELECT id FROM customers_person WHERE id = %(person)s OR root_id = %(person)s
    )
), at_home AS (
    SELECT o.id FROM customers_postaladdress home JOIN orders_order o ON o.deliver_to_id = home.id
    WHERE home.postal_code = %(postal_code)s AND upper(home.street) = upper(%(street)s)
      AND o.id <> %(order)s AND {STANDING}
)
SELECT (SELECT count(*) FROM hers), (SELECT count(*) FROM at_home), (
    SELECT coalesce(sum(quantity), 0) FROM orders_orderline
    WHERE variant_id IS NOT NULL AND order_id IN (SELECT id FROM hers UNION ALL SELECT %(order)s)
)
"""  # noqa: S608 (our own words)


def check_open_checkouts(order: Order, *, is_shopper: bool) -> None:
    """Refuse one more draft to somebody who holds goods in several already; raises TooManyCheckouts, TooManyUnits.

    What she ordered and has still to pay counts as well, unless a clerk or agent knows why. A guest is known by the
    address she gives, so the same address again is the same person. Nobody else counts meanwhile: see who_holds().
    """
    home = order.deliver_to
    values = {
        "order": order.pk,
        "is_shopper": is_shopper,
        "person": order.person.root_pk if order.person else None,
        "postal_code": home.postal_code if home else None,
        "street": home.street.strip() if home else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(HELD, values)
        hers, at_home, units = cursor.fetchone()
    if hers >= MOST_OPEN:
        raise TooManyCheckouts(f"at most {MOST_OPEN} checkouts are open at a time", limit=MOST_OPEN)
    if at_home >= MOST_AT_HOME:
        raise TooManyCheckouts(f"at most {MOST_AT_HOME} checkouts are open for one address", limit=MOST_AT_HOME)
    if is_shopper and units > settings.MOST_UNPAID_UNITS:
        raise TooManyUnits(
            f"at most {settings.MOST_UNPAID_UNITS} units are kept unpaid for one person",
            limit=settings.MOST_UNPAID_UNITS,
        )


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
