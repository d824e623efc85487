"""What somebody owes us, by when, and as what it was agreed: her statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from commerce.customers.models import Person
from commerce.customers.people import people_of
from orders.models import Order
from orders.receivables.models import Agreement
from orders.standing import may_owe, owed_of


@dataclass(frozen=True)
class Due:
    """So much of an order, until then. Without a day it is due now. `kind` is empty where nothing was agreed."""

    order: str
    number: str
    amount: int
    currency: str
    kind: str
    due_at: datetime | None
    is_overdue: bool


def statement(person: Person, *, at: datetime) -> list[Due]:
    """Everything that is to be paid, the most urgent first: unpaid links, transfers, parts, captures that failed."""
    orders = may_owe(Order.objects.filter(person__in=people_of(person)))
    dues = [due for order in orders.order_by("pk") for due in dues_of(order, at=at)]
    return sorted(dues, key=lambda due: (due.due_at is not None, due.due_at or at, due.number))


def dues_of(order: Order, *, at: datetime) -> list[Due]:
    """What is left of one order: as agreed where an agreement stands or was broken, else all of it now."""
    left = owed_of(order)
    if not left:
        return []
    latest = order.agreements.exclude(status=Agreement.Status.ENDED).order_by("-pk").first()
    parts = [(part.amount, part.due_at) for part in latest.installments.all()] if latest else []
    named = (order.public_id, str(order.number))
    dues: list[Due] = []
    for amount, due_at in reversed(parts):  # what was paid counts for the earliest parts
        share = min(amount, left)
        left -= share
        if share and latest:
            dues.append(Due(*named, share, order.currency, latest.kind, due_at, due_at <= at))
    if left:
        dues.append(Due(*named, left, order.currency, "", None, True))
    return dues[::-1]


def totals(dues: Sequence[Due]) -> list[tuple[str, int, int]]:
    """For each currency what is due altogether, and what of it is overdue."""
    currencies = sorted({due.currency for due in dues})
    return [
        (
            currency,
            sum(due.amount for due in dues if due.currency == currency),
            sum(due.amount for due in dues if due.currency == currency and due.is_overdue),
        )
        for currency in currencies
    ]
