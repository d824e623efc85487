"""What of a purchase may be returned, until when and for how much. Pure: facts and a policy in, offers out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from commerce.money import share
from orders.returns.models import ReturnLine
from orders.returns.policy import OUR_FAULT, Policy


@dataclass(frozen=True)
class Bought:
    """A line of a purchase. `total` is what was paid for all its units, `given` what of it returns took already.

    `arrived` is how many units she has, `returned` how many came back or are announced.
    """

    line: str
    variant_id: int | None
    sku: str
    title: str
    quantity: int
    arrived: int
    returned: int
    total: int
    given: int = 0
    category: str = ""
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Offer:
    """What may come back of a line, and why not more. `until` is open as long as a part is still to arrive."""

    line: str
    sku: str
    title: str
    quantity: int
    until: datetime | None
    days: int
    why: tuple[str, ...] = ()
    only_if_our_fault: bool = False


def offers(
    lines: Sequence[Bought], *, policy: Policy, arrived_at: datetime | None, all_arrived: bool, at: datetime
) -> list[Offer]:
    """What may come back now. The window begins for all of it when the last part has arrived."""
    found = []
    for line in lines:
        days, exception = policy.window_of(line.category, line.tags)
        until = arrived_at + timedelta(days=days) if arrived_at and all_arrived else None
        left = line.arrived - line.returned
        why: list[str] = []
        only_ours = False
        if not line.arrived:
            why.append("not_arrived")
        elif left <= 0:
            why.append("returned_already")
        elif not days:
            why.append(f"exempt: {exception}")
            only_ours = True
            until = arrived_at + timedelta(days=policy.days) if arrived_at and all_arrived else None
        if until and at > until:
            why.append("window_over")
            left = 0
        found.append(
            Offer(line.line, line.sku, line.title, max(left, 0), until, days or policy.days, tuple(why), only_ours)
        )
    return found


def value_of(line: Bought, quantity: int) -> int:
    """What was paid for the next so many units of a line: all units together give its total, to the cent."""
    if line.returned + quantity == line.quantity:
        return line.total - line.given
    share_of_these = paid_for(line, line.returned + quantity) - paid_for(line, line.returned)
    return min(share_of_these, line.total - line.given)


def paid_for(line: Bought, units: int) -> int:
    """What was paid for the first so many units; the odd cents lie with the first ones."""
    each, odd = divmod(line.total, line.quantity)
    return each * units + min(units, odd)


def fee_for(value: int, *, reason: str, condition: str, policy: Policy) -> int:
    """What is kept of the price of goods in this condition."""
    if reason in OUR_FAULT:
        return 0
    return share(value, policy.condition_fees.get(condition, 0))


def way_fee(reasons: Sequence[str], *, way: str, given_back: int, policy: Policy) -> int:
    """What the way back costs her: nothing if any of it was our fault, and never more than she gets."""
    if not reasons or any(reason in OUR_FAULT for reason in reasons):
        return 0
    return min(policy.way_fees.get(way, 0), max(given_back, 0))


def shelf_of(condition: str) -> str:
    """Where goods in a condition go: "sellable", "damaged", "supplier", or "" if they are not taken."""
    return SHELVES[condition]


SHELVES: Mapping[str, str] = {
    ReturnLine.Condition.SELLABLE: "sellable",
    ReturnLine.Condition.OPENED: "sellable",
    ReturnLine.Condition.DAMAGED: "damaged",
    ReturnLine.Condition.TO_SUPPLIER: "supplier",
    ReturnLine.Condition.REFUSED: "",
}
