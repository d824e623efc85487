"""Parting a fulfillment: some of its units go another way. Every unit of an order line stays with one fulfillment."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from orders.models import Fulfillment, FulfillmentLine, OrderLine
from orders.moves import IllegalMove


class NotInPart(IllegalMove):
    """This part of the order has not so many units of that."""


def lines_of(fulfillment: Fulfillment) -> dict[str, FulfillmentLine]:
    """The lines of a fulfillment by their demand (an order line's public id)."""
    rows = fulfillment.lines.select_related("order_line").order_by("order_line")
    return {row.order_line.public_id: row for row in rows}


def units_named(fulfillment: Fulfillment, wanted: Mapping[str, int] | None) -> dict[str, int]:
    """Demand → units, for units named by SKU; all of the fulfillment where nothing is named. Raises NotInPart."""
    rows = lines_of(fulfillment)
    if wanted is None:
        return {demand: row.quantity for demand, row in rows.items()}
    left, named = dict(wanted), {}
    for demand, row in rows.items():
        if units := min(left.get(row.order_line.sku, 0), row.quantity):
            named[demand] = units
            left[row.order_line.sku] -= units
    if not named or any(units != 0 for units in left.values()):
        raise NotInPart("this part of the order has not so many units of that", lines=wanted)
    return named


def part(fulfillment: Fulfillment, units: Mapping[str, int], *, at: datetime, **facts: Any) -> Fulfillment:
    """Take units out of a fulfillment (whose order is locked) into one of their own, like it but for these facts."""
    same = ("order_id", "kind", "location_id", "comes_from_id", "status", "address_id", "promised_for")
    made = Fulfillment.objects.create(
        **{name: getattr(fulfillment, name) for name in same if name.removesuffix("_id") not in facts},
        **facts,
        created_at=at,
    )
    rows = lines_of(fulfillment)
    for demand, quantity in units.items():
        row = rows[demand]
        FulfillmentLine.objects.create(fulfillment=made, order_line_id=row.order_line_id, quantity=quantity)
        if quantity < row.quantity:
            row.quantity -= quantity
            row.save(update_fields=["quantity"])
        else:
            row.delete()
    return made


def worth(line: OrderLine, units: int) -> int:
    """What so many units of a line cost her, to the cent: the first units of a line carry the odd cents."""
    return line.total - line.total * (line.quantity - units) // line.quantity


def units_by_sku(lines: Sequence[Mapping[str, Any]] | None) -> dict[str, int] | None:
    """SKU → units; a SKU that stands there twice counts together."""
    if lines is None:
        return None
    units: dict[str, int] = {}
    for line in lines:
        units[line["sku"]] = units.get(line["sku"], 0) + line["quantity"]
    return units
