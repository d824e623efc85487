"""Orders and fulfillments as the API gives them: plain dicts, in as few queries for many rows as for one.

The queries are written out: composing them takes the ORM longer than running them, and every purchase ends here.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.urls import reverse

from commerce import clock
from orders import backorders
from orders.models import Fulfillment, Order, Payment
from orders.tenders import STRIPE

LINE = ("id", "sku", "title", "quantity", "unit_price", "goods_total", "discount", "total", "tax", "tax_basis_points")
LINES = f"SELECT public_id, {', '.join(LINE[1:])} FROM orders_orderline WHERE order_id = %s ORDER BY ordinal"  # noqa: S608 (our own names)
PAYMENT = ("tender", "amount", "refunded", "currency", "status", "captured_at")
PAYMENTS = f"SELECT {', '.join(PAYMENT)}, public_id FROM orders_payment WHERE order_id = %s ORDER BY id"  # noqa: S608
WAY = ("kind", "status", "promised_for", "expected_at", "carrier", "tracking_number")
WAYS = f"""
SELECT f.public_id, o.number, place.code, place.name, firm.name, f.pickup_code,
       {", ".join(f"f.{name}" for name in WAY)},
       slot.starts_at, slot.ends_at, line.sku, line.title, goes.quantity
FROM orders_fulfillment f
JOIN orders_order o ON o.id = f.order_id
JOIN channels_location place ON place.id = f.location_id
LEFT JOIN channels_firm firm ON firm.id = place.firm_id
JOIN orders_fulfillmentline goes ON goes.fulfillment_id = f.id
JOIN orders_orderline line ON line.id = goes.order_line_id
LEFT JOIN LATERAL (
    SELECT s.starts_at, s.ends_at FROM delivery_appointment a JOIN delivery_slot s ON s.id = a.slot_id
    WHERE a.order_id = o.id AND a.ended_at IS NULL AND f.kind = 'shipment' AND s.ends_at = f.promised_for
      AND coalesce(a.fulfillment_id, f.id) = f.id
    ORDER BY a.fulfillment_id NULLS LAST LIMIT 1
) AS slot ON true
WHERE f.id = ANY(%(ids)s) OR f.order_id = %(order)s
ORDER BY f.promised_for, f.id, line.ordinal
"""  # noqa: S608 (our own names)

BACKORDERED = Fulfillment.Status.BACKORDERED


def show(order: Order, *, for_shopper: bool, with_contact: bool) -> dict[str, Any]:
    """An order. The pickup code is the shopper's to say, so staff do not see it; her contact is hers and theirs."""
    shown = {
        "id": order.public_id,
        "number": order.number,
        "status": order.status,
        "payment_status": order.payment_status,
        "sales_channel": order.sales_channel.code,
        "sold_by": order.location.firm.name if order.location and order.location.firm else None,
        "placed_at": order.placed_at,
        "currency": order.currency,
        "goods_total": order.goods_total,
        "discount_total": order.discount_total,
        "delivery_total": order.delivery_total,
        "tax_total": order.tax_total,
        "total": order.total,
        "lines": [dict(zip(LINE, row, strict=True)) for row in fetch(LINES, [order.pk])],
        "payments": [show_payment(*row) for row in fetch(PAYMENTS, [order.pk])],
        "fulfillments": show_fulfillments(order=order, with_code=for_shopper),
    }
    return shown | ({"contact": contact_of(order)} if with_contact else {})


def show_payment(*row: Any) -> dict[str, Any]:
    """One tender; where it waits for the shopper, with the address at which she pays."""
    *values, payment = row
    shown = dict(zip(PAYMENT, values, strict=True))
    waits = shown["tender"] == STRIPE and shown["status"] == Payment.Status.PENDING
    return {"id": payment, "pay_at": reverse("payment", args=[payment]) if waits else None} | shown


def contact_of(order: Order) -> dict[str, Any]:
    """Who bought, and where she is reached; personal data."""
    address = order.deliver_to
    fields = ("recipient", "street", "postal_code", "city", "country", "phone")
    return {
        "person": order.person.public_id if order.person else None,
        "name": f"{order.person.given_name} {order.person.family_name}".strip() if order.person else "",
        "email": order.email.value if order.email else None,
        "phone": order.phone.value if order.phone else None,
        "address": {name: getattr(address, name) for name in fields} if address else None,
    }


def show_fulfillments(
    ids: Sequence[int] = (), *, order: Order | None = None, with_code: bool = False
) -> list[dict[str, Any]]:
    """These fulfillments, or those of an order, with their lines in one query; the most urgent first."""
    shown: dict[str, dict[str, Any]] = {}
    rows = fetch(WAYS, {"ids": list(ids), "order": order.pk if order else None})
    for public_id, number, place, name, firm, code, *way, starts_at, ends_at, sku, title, quantity in rows:
        if public_id not in shown:
            shown[public_id] = {
                "id": public_id,
                "order": number,
                "location": {"code": place, "name": name, "firm": firm},
                **dict(zip(WAY, way, strict=True)),
                "slot": {"starts_at": starts_at, "ends_at": ends_at} if starts_at else None,
                "lines": [],
            } | ({"pickup_code": code} if with_code else {})
        shown[public_id]["lines"].append({"sku": sku, "title": title, "quantity": quantity})
    if waiting := [public_id for public_id, part in shown.items() if part["status"] == BACKORDERED]:
        for public_id, (position, expected_at) in backorders.in_line(waiting, at=clock.now()).items():
            shown[public_id]["in_line"] = {"position": position, "expected_at": expected_at}
    return list(shown.values())


def fetch(statement: str, values: Any) -> list[tuple[Any, ...]]:
    """The rows of one statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
