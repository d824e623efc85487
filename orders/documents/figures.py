"""What a document says in figures. Pure, but for reading the order's own rows."""

from typing import Any

from django.conf import settings

from commerce.money import split, tax_within
from commerce.pricing.prices import tax_rate
from orders.models import Order, Refund

LINE = ("sku", "title", "quantity", "unit_price", "discount", "total", "tax_basis_points", "tax")


def figures_of(order: Order, *, policy: str) -> dict[str, Any]:
    """Lines, payments and taxes of an order; amounts are minor units, tax included."""
    lines = list(order.lines.values(*LINE))
    shares = [(line["tax_basis_points"], line["total"], line["tax"]) for line in lines]
    if order.delivery_total:
        rate = tax_rate(country=order.sales_channel.country, at=order.placed_at or order.created_at)
        shares.append((rate, order.delivery_total, order.tax_total - sum(line["tax"] for line in lines)))
    return {
        "number": order.number,
        "issuer": issuer_of(order),
        "currency": order.currency,
        "lines": lines,
        "discount": order.discount_total,
        "delivery": order.delivery_total,
        "total": order.total,
        "taxes": taxes_of(shares),
        "payments": list(order.payments.filter(status="captured").order_by("pk").values("tender", "amount")),
        "return_policy": policy,
    }


def issuer_of(order: Order) -> dict[str, str]:
    """Whose paper it is: the partner's whose shop sold, else our own."""
    firm = order.location.firm if order.location else None
    return {"name": firm.name, "tax_id": firm.tax_id} if firm else {"name": settings.SHOP_NAME, "tax_id": ""}


def figures_of_refund(refund: Refund, *, policy: str) -> dict[str, Any]:
    """What was given back, split over the tax rates of its order as the order was."""
    order = refund.payment.order
    whole = figures_of(order, policy=policy)
    rates = whole["taxes"]
    parts = split(refund.amount, [tax["gross"] for tax in rates]) if rates else []
    shares = [
        (tax["basis_points"], -part, -tax_within(part, tax["basis_points"]))
        for tax, part in zip(rates, parts, strict=True)
    ]
    line = {"sku": "", "title": refund.reason, "quantity": 1, "unit_price": -refund.amount, "total": -refund.amount}
    return whole | {
        "lines": [line],
        "discount": 0,
        "delivery": 0,
        "total": -refund.amount,
        "taxes": taxes_of(shares),
        "payments": [{"tender": refund.payment.tender, "amount": -refund.amount}],
    }


def taxes_of(shares: list[tuple[int, int, int]]) -> list[dict[str, int]]:
    """Net, tax and gross for each rate, the highest first; `shares` are (rate, gross, tax)."""
    taxes = []
    for rate in sorted({rate for rate, _, _ in shares}, reverse=True):
        gross = sum(share for of, share, _ in shares if of == rate)
        tax = sum(part for of, _, part in shares if of == rate)
        taxes.append({"basis_points": rate, "net": gross - tax, "tax": tax, "gross": gross})
    return taxes
