"""What the tests of checkout begin with, and look at afterwards."""

from datetime import timedelta

from commerce.carts import edits
from commerce.carts.models import Cart
from commerce.customers.models import PostalAddress
from commerce.timeline.actors import VISITOR
from commerce.timeline.models import Entry
from inventory.models import Stock
from orders.drafting import Terms
from tests.factories import MONDAY

STAMP = {"by": VISITOR, "channel": "web", "at": MONDAY}
LATER = MONDAY + timedelta(minutes=21)


def cart_with(*lines, web, **fields) -> Cart:
    return edits.open_cart(sales_channel=web, lines=lines, by=VISITOR, at=MONDAY, **fields)


def terms(total: int, store=None, **fields) -> Terms:
    return Terms(expected_total=total, pickup_at=store, **({"email": "eva@example.com"} | fields))


def address(**fields) -> PostalAddress:
    given = {"recipient": "Eva Sanz", "street": "Calle Mayor, 1", "postal_code": "28013", "city": "Madrid"}
    return PostalAddress(**(given | fields))


def counters(of, at) -> tuple[int, int, int]:
    return Stock.objects.values_list("on_hand", "held", "allocated").get(variant=of, location=at)


def types() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("type", flat=True))
