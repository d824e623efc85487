"""What a till reports: sales, returns and stock it wrote off or found. Facts, so they are never refused for a price or
for stock: the customer has left with the goods.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count

from commerce import money
from commerce.bulk import copy_in, next_ids
from commerce.catalog.models import Variant
from commerce.channels.models import SalesChannel
from commerce.ids import public_id
from commerce.pricing.models import TaxRate
from commerce.promotions import firsts
from commerce.timeline import history
from commerce.timeline.actors import Actor
from commerce.timeline.record import follow_firsts
from inventory import ledger, reservations
from inventory.models import Movement
from inventory.reservations import Bought
from orders.happenings import TillReturned, TillSold
from orders.models import Order, OrderLine, Payment
from orders.repairs.mending import look_after
from orders.returns.models import Return, ReturnLine
from orders.standing import Balance, standing
from orders.till_facts import TillFact


@dataclass(frozen=True)
class Taken:
    """What became of some facts: new, known already, or known with other content and so left alone."""

    new: list[TillFact]
    known: list[TillFact]
    different: list[TillFact]


@transaction.atomic
def record_sales(
    facts: Sequence[TillFact], *, sales_channel: SalesChannel, by: Actor, at: datetime, past: bool = False
) -> Taken:
    """Write down what tills report: orders, returns, payments, movements, and an entry each on a journey of its own.

    Any fact may come again, alone or among others: its key makes it happen once. `at` is when we learned it. `past`
    says that it is history, from which nothing follows. Who buys what was kept for her there takes it with that.
    """
    taken = compared(facts)
    demands = write_sales(
        [fact for fact in taken.new if fact.kind == "sale"], sales_channel=sales_channel, by=by, at=at, past=past
    )
    write_returns(
        [fact for fact in taken.new if fact.kind == "return"], sales_channel=sales_channel, by=by, at=at, past=past
    )
    goods = [move for fact in taken.new for move in moves_of(fact, demands)]
    kept = [] if past else reservations.kept_for_buyers(bought_by(taken.new))
    if kept:
        ledger.lock([(move.variant_id, move.location_id) for move in goods])
        kept = reservations.kept_for_buyers(bought_by(taken.new))  # none of it ends while its shelf is locked
        reservations.hand_over(kept, at=at)
    ledger.move(goods, by=by, at=at, as_fact=True)
    if kept:
        reservations.taken(kept, at=at)
    if not past:
        look_after([(move.variant_id, move.location_id) for move in goods if move.quantity < 0], at=at)
    return taken


def bought_by(facts: Sequence[TillFact]) -> list[Bought]:
    """What was taken by people whom the tills know, or by who showed what was kept for her."""
    return [
        Bought(fact.person, line.variant, fact.location, line.quantity, fact.occurred_at, fact.kept)
        for fact in facts
        for line in fact.lines
        if fact.kind == "sale" and (fact.person is not None or fact.kept) and line.variant is not None
    ]


def compared(facts: Sequence[TillFact]) -> Taken:
    """Which facts are new, and which of those already written say something else now."""
    keys = [fact.key for fact in facts]
    written: dict[str, tuple[int, int]] = {}
    for rows in (Order.objects, Return.objects):
        for key, lines, total in rows.filter(till_key__in=keys).values_list("till_key", Count("lines"), "total"):
            written[key] = (lines, total)
    adjusted: dict[str | None, str] = {
        f"{fact.key}:{line.ordinal}": fact.key for fact in facts if fact.kind == "adjustment" for line in fact.lines
    }
    for move, quantity in Movement.objects.filter(key__in=adjusted).values_list("key", "quantity"):
        lines, units = written.get(adjusted[move], (0, 0))
        written[adjusted[move]] = (lines + 1, units + quantity)
    taken = Taken([], [], [])
    for fact in facts:
        if fact.key not in written:
            taken.new.append(fact)
        elif written[fact.key] == fact.content:
            taken.known.append(fact)
        else:
            taken.different.append(fact)
    return taken


def tell(stories: Sequence[history.Story], *, by: Actor, channel: str, recorded_at: datetime, past: bool) -> list[int]:
    """Open a journey for each story, write its entry and plan what follows; returns the journeys' ids, in order."""
    journeys = history.tell(stories, by=by, channel=channel, recorded_at=recorded_at)
    if not past:
        follow_firsts(journeys, sorted({story.happening.type for story in stories}))
    return journeys


def write_sales(
    sales: Sequence[TillFact], *, sales_channel: SalesChannel, by: Actor, at: datetime, past: bool
) -> dict[tuple[str, int], str]:
    """Write completed, paid orders; returns their lines' public ids by key and ordinal, for the stock ledger."""
    ids = next_ids(Order, len(sales))
    public = {sale.key: public_id() for sale in sales}
    numbers = iter(next_numbers(sum(not sale.number for sale in sales)))
    number = {sale.key: sale.number or next(numbers) for sale in sales}
    demands = {(sale.key, line.ordinal): public_id() for sale in sales for line in sale.lines}
    currency = sales_channel.currency
    stories = [
        history.Story(
            TillSold(
                order=public[sale.key],
                number=number[sale.key],
                key=sale.key,
                location=sale.location,
                device=sale.device,
                lines=len(sale.lines),
                total=sale.total,
                currency=currency,
            ),
            sale.occurred_at,
        )
        for sale in sales
    ]
    journeys = tell(stories, by=by, channel=sales_channel.kind, recorded_at=at, past=past)
    rate = rates_of(sales_channel, sales)
    lines: list[dict[str, Any]] = [
        {
            "public_id": demands[sale.key, line.ordinal],
            "order_id": order,
            "ordinal": line.ordinal,
            "variant_id": line.variant,
            "sku": line.sku,
            "title": line.title,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "goods_total": line.total + line.discount,
            "discount": line.discount,
            "total": line.total,
            "tax": money.tax_within(line.total, basis_points := rate(line.variant, sale.occurred_at)),
            "tax_basis_points": basis_points,
        }
        for order, sale in zip(ids, sales, strict=True)
        for line in sale.lines
    ]
    taxes: Counter[int] = Counter()
    for row in lines:
        taxes[row["order_id"]] += row["tax"]
    copy_in(
        Order,
        (
            {
                "id": order,
                "public_id": public[sale.key],
                "number": number[sale.key],
                "journey_id": journey,
                "person_id": sale.person,
                "sales_channel_id": sales_channel.pk,
                "location_id": sale.location,
                "currency": currency,
                "goods_total": sale.total + sale.discount,
                "discount_total": sale.discount,
                "delivery_total": 0,
                "tax_total": taxes[order],
                "total": sale.total,
                "quote": "{}",
                "status": Order.Status.COMPLETED.value,
                "payment_status": paid_status(sale),
                "till_key": sale.key,
                "created_at": at,
                "placed_at": sale.occurred_at,
            }
            for order, journey, sale in zip(ids, journeys, sales, strict=True)
        ),
    )
    firsts.note({public[sale.key]: sale.person for sale in sales if sale.person is not None})
    copy_in(OrderLine, lines)
    copy_in(
        Payment,
        (
            {
                "public_id": public_id(),
                "order_id": order,
                "tender": paid.tender,
                "amount": paid.amount,
                "refunded": 0,
                "currency": currency,
                "status": paid.status,
                "reference": f"{sale.key}/{nth}/{paid.reference}"[:100] if paid.reference else "",
                "captured_at": sale.occurred_at if paid.status == "captured" else None,
            }
            for order, sale in zip(ids, sales, strict=True)
            for nth, paid in enumerate(sale.paid, start=1)
        ),
    )
    return demands


def paid_status(sale: TillFact) -> str:
    """The payment status of a sale's order, by its tenders; what costs nothing is paid."""
    amounts: Counter[str] = Counter()
    for paid in sale.paid:
        amounts[paid.status] += paid.amount
    if not sale.total:
        return Order.PaymentStatus.CAPTURED.value
    balance = Balance(
        sale.total, captured=amounts["captured"], authorized=amounts["authorized"], failed=amounts["failed"] > 0
    )
    return str(standing(balance))


def write_returns(
    returns: Sequence[TillFact], *, sales_channel: SalesChannel, by: Actor, at: datetime, past: bool
) -> None:
    """Write what came back, and what was given back for it."""
    ids = next_ids(Return, len(returns))
    public = {fact.key: public_id() for fact in returns}
    stories = [
        history.Story(
            TillReturned(
                returned=public[fact.key],
                key=fact.key,
                location=fact.location,
                device=fact.device,
                lines=len(fact.lines),
                total=fact.total,
                currency=sales_channel.currency,
            ),
            fact.occurred_at,
        )
        for fact in returns
    ]
    journeys = tell(stories, by=by, channel=sales_channel.kind, recorded_at=at, past=past)
    copy_in(
        Return,
        (
            {
                "id": returned,
                "public_id": public[fact.key],
                "order_id": fact.of,
                "journey_id": journey,
                "person_id": fact.person,
                "sales_channel_id": sales_channel.pk,
                "location_id": fact.location,
                "currency": sales_channel.currency,
                "status": Return.Status.SETTLED.value,
                "total": fact.total,
                "till_key": fact.key,
                "returned_at": fact.occurred_at,
            }
            for returned, journey, fact in zip(ids, journeys, returns, strict=True)
        ),
    )
    copy_in(
        ReturnLine,
        (
            {
                "returned_id": returned,
                "ordinal": line.ordinal,
                "variant_id": line.variant,
                "sku": line.sku,
                "quantity": line.quantity,
                "total": line.total,
            }
            for returned, fact in zip(ids, returns, strict=True)
            for line in fact.lines
        ),
    )


def moves_of(fact: TillFact, demands: dict[tuple[str, int], str]) -> list[ledger.Move]:
    """How a fact changes stock: sold goods go, returned ones come back; a charge moves nothing."""
    kind, sign = {
        "sale": (ledger.Kind.SOLD, -1),
        "return": (ledger.Kind.RETURNED, 1),
        "adjustment": (ledger.Kind.ADJUSTED, 1),
    }[fact.kind]
    return [
        ledger.Move(
            variant_id=line.variant,
            location_id=fact.location,
            kind=kind,
            quantity=sign * line.quantity,
            demand=demands.get((fact.key, line.ordinal), ""),
            reason=line.title[:120] if fact.kind == "adjustment" else "",
            key=f"{fact.key}:{line.ordinal}",
            cause=f"till:{fact.key}",
            device=fact.device,
            occurred_at=fact.occurred_at,
        )
        for line in fact.lines
        if line.variant is not None and line.quantity
    ]


def next_numbers(count: int) -> list[str]:
    """Order numbers for sales whose till gave them none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('order_number')::text FROM generate_series(1, %s)", [count])
        return [row[0] for row in cursor.fetchall()]


def rates_of(sales_channel: SalesChannel, sales: Sequence[TillFact]) -> Callable[[int | None, datetime], int]:
    """The tax of a variant or charge at an instant, in basis points; zero where the country's table says nothing."""
    table: dict[str, tuple[list[datetime], list[int]]] = {}
    for category, starts_at, basis_points in (
        TaxRate.objects.filter(country=sales_channel.country)
        .order_by("starts_at")
        .values_list("category", "starts_at", "basis_points")
    ):
        begins, rates = table.setdefault(category, ([], [0]))
        begins.append(starts_at)
        rates.append(basis_points)
    variants = {line.variant for sale in sales for line in sale.lines if line.variant is not None}
    categories: dict[int | None, str] = dict(
        Variant.objects.filter(pk__in=variants).values_list("pk", "product__tax_category")
    )

    def rate(variant: int | None, at: datetime) -> int:
        begins, rates = table.get(categories.get(variant, "standard"), ([], [0]))
        return rates[bisect_right(begins, at)]

    return rate
