"""What a document says in figures. Pure, but for reading the order's own rows."""

from typing import Any

from django.conf import settings
from django.db.models import Q

from commerce.money import split, tax_within
from commerce.pricing.prices import tax_rate
from orders.models import Order, Refund
from orders.returns.models import Return, ReturnLine

Rates = dict[int, tuple[int, int]]
"""Gross and tax for each rate."""

LINE = ("sku", "title", "quantity", "unit_price", "discount", "total", "tax_basis_points", "tax")


def figures_of(order: Order, *, policy: str) -> dict[str, Any]:
    """Lines, payments and taxes of an order; amounts are minor units, tax included."""
    lines = list(order.lines.values(*LINE))
    shares = [(line["tax_basis_points"], line["total"], line["tax"]) for line in lines]
    if order.delivery_total:
        shares.append(
            (rate_of_delivery(order), order.delivery_total, order.tax_total - sum(line["tax"] for line in lines))
        )
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


def rate_of_delivery(order: Order) -> int:
    """The tax rate of bringing an order."""
    return tax_rate(country=order.sales_channel.country, at=order.placed_at or order.created_at)


def issuer_of(order: Order) -> dict[str, str]:
    """Whose paper it is: the partner's whose shop sold, else our own."""
    firm = order.location.firm if order.location else None
    return {"name": firm.name, "tax_id": firm.tax_id} if firm else {"name": settings.SHOP_NAME, "tax_id": ""}


def figures_of_refund(refund: Refund, *, policy: str) -> dict[str, Any]:
    """What was given back, by the tax rates of what it was given back for."""
    whole = figures_of(refund.payment.order, policy=policy)
    shares = [(rate, -gross, -tax) for rate, (gross, tax) in given_back(refund, whole["taxes"]).items()]
    line = {"sku": "", "title": refund.reason, "quantity": 1, "unit_price": -refund.amount, "total": -refund.amount}
    return whole | {
        "lines": [line],
        "discount": 0,
        "delivery": 0,
        "total": -refund.amount,
        "taxes": taxes_of(shares),
        "payments": [{"tender": refund.payment.tender, "amount": -refund.amount}],
    }


def figures_of_growth(order: Order, *, policy: str) -> dict[str, Any]:
    """What an order became since its last receipt: only the difference, so that all of them together say it once."""
    whole = figures_of(order, policy=policy)
    shares = [(rate, gross, tax) for rate, (gross, tax) in changed(order, whole["taxes"]).items()]
    total = sum(gross for _, gross, _ in shares)
    line = {"sku": "", "title": Refund.Reason.CHANGED, "quantity": 1, "unit_price": total, "total": total}
    told = sum(len(receipt.facts["payments"]) for receipt in order.documents.filter(kind="receipt"))
    return whole | {
        "lines": [line],
        "discount": 0,
        "delivery": 0,
        "total": total,
        "taxes": taxes_of(shares),
        "payments": whole["payments"][told:],
    }


def changed(order: Order, taxes: list[dict[str, int]]) -> Rates:
    """What an order is now that its papers do not say yet."""
    return less(rates_of(taxes), stated(order))


def given_back(refund: Refund, taxes: list[dict[str, int]]) -> Rates:
    """A refund by rates: first of what it is for, where that is known, the rest in proportion to what is left.

    What takes all that is left of a rate takes all its tax with it, so that no cent of it stays.
    """
    order, whole = refund.payment.order, rates_of(taxes)
    left = less(stated(order) or whole, credited(order))
    is_for: Rates = {}
    if refund.reason == Refund.Reason.CHANGED:
        is_for = less(stated(order), whole)
        if sum(gross for gross, _ in is_for.values()) == refund.amount:
            return is_for
    elif refund.reason == Refund.Reason.RETURNED:
        is_for = less(returned(order, taxes), credited(order, reason=Refund.Reason.RETURNED))
    room = {rate: max(gross, 0) for rate, (gross, _) in is_for.items()}
    first = spread(min(refund.amount, sum(room.values())), room)
    room = {rate: max(gross - first.get(rate, 0), 0) for rate, (gross, _) in left.items()}
    rest = spread(refund.amount - sum(first.values()), room)
    parts = {rate: first.get(rate, 0) + rest.get(rate, 0) for rate in first | rest}
    ends = {rate: tax for rate, (gross, tax) in left.items() if gross == parts.get(rate)}
    return {rate: (part, ends.get(rate, tax_within(part, rate))) for rate, part in parts.items() if part}


def spread(amount: int, room: dict[int, int]) -> dict[int, int]:
    """An amount over rates, in proportion to the room that they have."""
    return dict(zip(room, split(amount, list(room.values())), strict=True)) if room else {}


def stated(order: Order) -> Rates:
    """What its papers say that an order is: its receipts, without what a change took off."""
    receipts = [paper.facts["taxes"] for paper in order.documents.filter(kind="receipt")]
    return added([*receipts, *notes(order, Q(refund__reason=Refund.Reason.CHANGED))])


def credited(order: Order, *, reason: str = "") -> Rates:
    """What credit notes took off what an order is, positive; of one reason alone, if it is said."""
    which = Q(refund__reason=reason) if reason else ~Q(refund__reason=Refund.Reason.CHANGED)
    return less({}, added(notes(order, which)))


def notes(order: Order, which: Q) -> list[list[dict[str, int]]]:
    """The taxes that credit notes of an order say."""
    return [paper.facts["taxes"] for paper in order.documents.filter(which, kind="credit_note")]


def returned(order: Order, taxes: list[dict[str, int]]) -> Rates:
    """What came back as goods and was settled, at the rate it was bought at; postage at that of delivery."""
    came = ReturnLine.objects.filter(returned__order=order, returned__status=Return.Status.SETTLED)
    rates: Rates = {}
    for line in came.exclude(condition=ReturnLine.Condition.REFUSED).select_related("order_line"):
        of = line.order_line.tax_basis_points if line.order_line else rate_of_delivery(order)
        rates[of] = (rates.get(of, (0, 0))[0] + line.total - line.fee, 0)
    return rates


def rates_of(taxes: list[dict[str, int]]) -> Rates:
    """Gross and tax by rate, of what a paper says."""
    return {tax["basis_points"]: (tax["gross"], tax["tax"]) for tax in taxes}


def added(papers: list[list[dict[str, int]]]) -> Rates:
    """Several papers together."""
    rates: Rates = {}
    for taxes in papers:
        rates = less(rates, {rate: (-gross, -tax) for rate, (gross, tax) in rates_of(taxes).items()})
    return rates


def less(one: Rates, other: Rates) -> Rates:
    """What stays of one without the other, by rate; a rate of which nothing stays is not there."""
    found = {}
    for rate in one | other:
        (gross, tax), (off, tax_off) = one.get(rate, (0, 0)), other.get(rate, (0, 0))
        found[rate] = (gross - off, tax - tax_off)
    return {rate: pair for rate, pair in found.items() if pair != (0, 0)}


def taxes_of(shares: list[tuple[int, int, int]]) -> list[dict[str, int]]:
    """Net, tax and gross for each rate, the highest first; `shares` are (rate, gross, tax)."""
    taxes = []
    for rate in sorted({rate for rate, _, _ in shares}, reverse=True):
        gross = sum(share for of, share, _ in shares if of == rate)
        tax = sum(part for of, _, part in shares if of == rate)
        taxes.append({"basis_points": rate, "net": gross - tax, "tax": tax, "gross": gross})
    return taxes
