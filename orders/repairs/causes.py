"""What took from a shelf the units that were promised of it: sales that we learned of late, a count, a write-off."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from commerce.timeline.actors import SYSTEM
from commerce.timeline.record import record
from inventory.models import Movement, Stock
from orders.happenings import TillBrokePromises
from orders.models import Order, OrderLine

Kind = Movement.Kind
LOOKS_BACK = 500
"""How many of a shelf's latest movements are looked at."""
LATE_SALE = "late_sale"
WHYS = {Kind.SOLD: LATE_SALE, Kind.COUNTED: "count", Kind.ADJUSTED: "write_off", Kind.DAMAGED: "damage"}
WORDS = {
    LATE_SALE: "were sold by a till that was offline",
    "count": "were not found by a count",
    "write_off": "were written off",
    "damage": "were found damaged",
}


@dataclass(frozen=True)
class Cause:
    """A movement that took units which were promised; `demand` is the sale's line, if it is one."""

    why: str
    demand: str
    units: int


def causes_of(shelf: Stock, *, short: int) -> list[Cause]:
    """What we learned last that took so many units, the first of them first. What a count had seen took nothing."""
    latest = list(Movement.objects.filter(stock=shelf).order_by("-pk")[:LOOKS_BACK])
    was_seen = {movement.cause for movement in latest if movement.kind == Kind.CORRECTED}
    found: list[Cause] = []
    for movement in latest:
        lost = movement.damaged - movement.quantity
        is_promised = movement.kind != Kind.SOLD and movement.demand  # whoever was promised them has them
        if short <= 0 or lost <= 0 or movement.kind not in WHYS or is_promised or movement.key in was_seen:
            continue
        found.insert(0, Cause(WHYS[Kind(movement.kind)], movement.demand, min(lost, short)))
        short -= lost
    return found


def blame(causes: list[Cause], units: int) -> list[Cause]:
    """Which of these causes took so many units; they are taken off them."""
    blamed = []
    while causes and units > 0:
        first = causes.pop(0)
        blamed.append(replace(first, units=min(first.units, units)))
        if first.units > units:
            causes.insert(0, replace(first, units=first.units - units))
        units -= first.units
    return blamed


def why_of(blamed: Sequence[Cause]) -> str:
    """In a word."""
    return blamed[0].why if blamed else LATE_SALE


def matter(units: int, shelf: Stock, order: Order, why: str) -> str:
    """What a to-do says of a promise that is at risk; it begins with the units."""
    return f"{units} × {shelf.variant} of order {order.number} {WORDS[why]}"


def units_said(cause: str) -> int:
    """How many units a to-do says are missing."""
    units = cause.partition(" ")[0]
    return int(units) if units.isdecimal() else 0


@dataclass(frozen=True)
class Broken:
    """A promise that gave way, the sales that broke it, and how it was mended."""

    causes: Sequence[Cause]
    order: str
    how: str


def tell_the_sales(shelf: Stock, broken: Sequence[Broken], *, at: datetime) -> None:
    """Tell on the journey of each sale which promises it broke, and how each of those was mended."""
    demands = {cause.demand for one in broken for cause in one.causes if cause.why == LATE_SALE}
    lines = OrderLine.objects.filter(public_id__in=demands).select_related("order__sales_channel")
    sales = {line.public_id: line.order for line in lines}
    told: dict[Order, list[Broken]] = defaultdict(list)
    for one in broken:
        for sale in dict.fromkeys(sales[cause.demand] for cause in one.causes if cause.demand in sales):
            told[sale].append(one)
    for sale, of_it in sorted(told.items(), key=lambda item: item[0].pk):
        entry = TillBrokePromises(
            sale.public_id,
            shelf.variant_id,
            shelf.location_id,
            tuple(one.order for one in of_it if one.order),
            tuple(one.how for one in of_it),
        )
        record(sale.journey_id, entry, by=SYSTEM, channel=sale.sales_channel.kind, at=at)
