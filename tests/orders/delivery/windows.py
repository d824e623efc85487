"""Windows of time in a shop that is open, for tests of what becomes of them."""

from datetime import time, timedelta

from django.db import transaction

from commerce.timeline.actors import SYSTEM, VISITOR
from commerce.timeline.tasks import run_due
from inventory import ledger
from inventory.models import Stock
from orders import checkout
from orders.delivery import slots
from orders.delivery.models import Method, Rate, Slot, Zone
from orders.drafting import Terms
from orders.models import Fulfillment, Order
from tests.audits import violations
from tests.factories import MONDAY
from tests.orders.shop import Shop, fresh, home

TUESDAY = MONDAY + timedelta(days=1)
AUDITS = ("orders.delivery.audit.RULES", "orders.audit.RULES", "commerce.promises.audit.RULES")


def lay_out(*, capacity: int = 1, days: int = 1) -> list[Slot]:
    """Two windows on Tuesday (and on the days after), in Madrid."""
    method = Method.objects.create(code="propio", name="Reparto propio", carrier="propio", has_slots=True)
    zone = Zone.objects.create(code="madrid", name="Madrid", prefixes=["28"])
    slots.lay_out(
        method,
        zone,
        first=TUESDAY.date(),
        days=days,
        windows=[(time(10), time(14)), (time(16), time(20))],
        capacity=capacity,
        closes_before=timedelta(hours=12),
        timezone="Europe/Madrid",
    )
    return list(Slot.objects.order_by("starts_at"))


def rated(windows: list[Slot]) -> None:
    """What it costs to be brought in these windows: nothing."""
    Rate.objects.create(method=windows[0].method, zone=windows[0].zone, fee=0)


def buy(shop: Shop, slot: Slot | None = None, *, units: int = 1, phone: str = "", at=MONDAY, **fields) -> Order:
    """Mugs that are brought home, in a window if one is named."""
    terms = Terms(
        expected_total=1250 * units,
        deliver_to=home(),
        email="eva@example.com",
        phone=phone,
        slot=slot.public_id if slot else "",
        **fields,
    )
    with transaction.atomic():
        return checkout.buy(shop.cart(units), terms=terms, tender="manual", by=VISITOR, channel="web", at=at)


def sell_out(shop: Shop) -> None:
    """None of them is anywhere; the warehouse sells six before they are here."""
    for place in (shop.store, shop.warehouse):
        ledger.sell({shop.mug.pk: 5}, location_id=place.pk, by=SYSTEM, at=MONDAY)
    Stock.objects.filter(location=shop.warehouse).update(backorder_cap=6)


def arrived(shop: Shop, *, phone: str = "+34600111222") -> Fulfillment:
    """Bought when it was nowhere, with the wish to be called; now it is here."""
    sell_out(shop)
    order = buy(shop, phone=phone, may_wait=True, call_me=True)
    ledger.receive({shop.mug.pk: 1}, location_id=shop.warehouse.pk, by=SYSTEM, at=MONDAY)
    run_due(at=MONDAY)
    return fresh(order)


def booked() -> list[int]:
    """How many places of each window are taken, the earliest first."""
    return list(Slot.objects.order_by("starts_at").values_list("booked", flat=True))


def breaches() -> list[str]:
    """What breaks a rule."""
    return violations(*AUDITS)
