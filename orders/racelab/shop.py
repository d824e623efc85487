"""The retailer of the lab: one store where everything is collected, three sales channels, empty shelves."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from commerce import clock
from commerce.catalog.models import Product, Variant
from commerce.channels import devices
from commerce.channels.models import Location, Role, SalesChannel
from commerce.ids import fold
from commerce.pricing.models import Price, PriceList, TaxRate
from commerce.promotions.models import Coupon, Promotion
from commerce.timeline.actors import SYSTEM
from inventory import ledger

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
STORE, BACK_ROOM = "lab-store", "lab-back-room"
WEB, TILL, PHONE = "web", "store", "call_center"
numbers = count(1)


@dataclass
class Keys:
    """The keys of the machines that are let in, filled when the retailer is built."""

    of_channel: dict[str, str]


def build(keys: Keys) -> None:
    """Make the retailer."""
    store = Location.objects.create(
        code=STORE,
        name="Lab",
        kind=Location.Kind.STORE,
        offers_pickup=True,
        opening_hours={day: [["00:00", "24:00"]] for day in DAYS},
    )
    Location.objects.create(code=BACK_ROOM, name="Back room", kind=Location.Kind.WAREHOUSE)
    for kind in (WEB, TILL, PHONE):
        SalesChannel.objects.create(code=kind, name=kind, kind=kind).locations.add(store)
    TaxRate.objects.create(country="ES", category="standard", basis_points=2100, starts_at=LONG_AGO)
    PriceList.objects.create(code="lab", currency="EUR")
    _, keys.of_channel[TILL] = devices.issue("till", role=Role.STORE, location=store, at=LONG_AGO)
    _, keys.of_channel[PHONE] = devices.issue("agent", role=Role.AGENT, location=None, at=LONG_AGO)
    _, keys.of_channel["office"] = devices.issue("office", role=Role.BACK_OFFICE, location=None, at=LONG_AGO)


def product(units: int, *, sold: int = 0) -> Variant:
    """Something new, with so many units in the store; each round has its own. Perhaps many were sold yesterday."""
    number = next(numbers)
    made = Variant.objects.create(
        product=Product.objects.create(handle=f"lab-{number}", title=f"Lab {number}"), sku=f"LAB-{number}"
    )
    Price.objects.create(price_list=PriceList.objects.get(code="lab"), variant=made, amount=1000, starts_at=LONG_AGO)
    store = Location.objects.get(code=STORE)
    ledger.receive({made.pk: units + sold}, location_id=store.pk, by=SYSTEM, at=LONG_AGO)
    if sold:
        ledger.sell({made.pk: sold}, location_id=store.pk, by=SYSTEM, at=clock.now() - timedelta(days=1))
    return made


def coupon(limit: int) -> Coupon:
    """A code that works so many times in all."""
    code = f"LAB{next(numbers)}"
    opened = Promotion.objects.create(
        name=code, kind=Promotion.Kind.PERCENTAGE, value=1000, needs_coupon=True, starts_at=LONG_AGO
    )
    return Coupon.objects.create(promotion=opened, code=code, folded=fold(code), use_limit=limit, created_at=LONG_AGO)
