"""Orders and fulfillments as the API gives them: plain dicts, in as few queries for many rows as for one."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from orders.models import Fulfillment, FulfillmentLine, Order, Payment
from orders.tenders import STRIPE

LINE = ("sku", "title", "quantity", "unit_price", "goods_total", "discount", "total", "tax", "tax_basis_points")
PAYMENT = ("public_id", "tender", "amount", "refunded", "currency", "status", "captured_at")
WAY = (
    "pk",
    "public_id",
    "kind",
    "status",
    "location__code",
    "location__name",
    "promised_for",
    "expected_at",
    "carrier",
    "tracking_number",
    "pickup_code",
    "order__number",
)


def show(order: Order, *, for_shopper: bool, with_contact: bool) -> dict[str, Any]:
    """An order. The pickup code is the shopper's to say, so staff do not see it; her contact is hers and theirs."""
    ways = order.fulfillments.order_by("pk")
    shown = {
        "id": order.public_id,
        "number": order.number,
        "status": order.status,
        "payment_status": order.payment_status,
        "sales_channel": order.sales_channel.code,
        "placed_at": order.placed_at,
        "currency": order.currency,
        "goods_total": order.goods_total,
        "discount_total": order.discount_total,
        "delivery_total": order.delivery_total,
        "tax_total": order.tax_total,
        "total": order.total,
        "lines": list(order.lines.values(*LINE)),
        "payments": [show_payment(row) for row in order.payments.order_by("pk").values(*PAYMENT)],
        "fulfillments": show_fulfillments(ways, with_code=for_shopper),
    }
    return shown | ({"contact": contact_of(order)} if with_contact else {})


def show_payment(row: dict[str, Any]) -> dict[str, Any]:
    """One tender; where it waits for the shopper, with the address at which she pays."""
    payment_id = row.pop("public_id")
    waits = row["tender"] == STRIPE and row["status"] == Payment.Status.PENDING
    return {"id": payment_id, "pay_at": reverse("payment", args=[payment_id]) if waits else None} | row


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


def show_fulfillments(fulfillments: QuerySet[Fulfillment], *, with_code: bool = False) -> list[dict[str, Any]]:
    """Fulfillments with their lines, in two queries."""
    rows = list(fulfillments.values(*WAY))
    lines = lines_of(row["pk"] for row in rows)
    return [
        {
            "id": row["public_id"],
            "order": row["order__number"],
            "kind": row["kind"],
            "status": row["status"],
            "location": {"code": row["location__code"], "name": row["location__name"]},
            "promised_for": row["promised_for"],
            "expected_at": row["expected_at"],
            "carrier": row["carrier"],
            "tracking_number": row["tracking_number"],
            "lines": lines[row["pk"]],
        }
        | ({"pickup_code": row["pickup_code"]} if with_code else {})
        for row in rows
    ]


def lines_of(fulfillments: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    """What goes with each of these fulfillments."""
    lines: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = FulfillmentLine.objects.filter(fulfillment__in=list(fulfillments)).order_by("order_line__ordinal")
    for fulfillment, sku, title, quantity in rows.values_list(
        "fulfillment", "order_line__sku", "order_line__title", "quantity"
    ):
        lines[fulfillment].append({"sku": sku, "title": title, "quantity": quantity})
    return lines
