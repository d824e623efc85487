"""Goods that come back: taken in, looked at, and put where their condition says.

What was received and not looked at yet lies among the damaged units of its shelf, so that nobody is sold it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from commerce.channels.models import Location
from commerce.money import split
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.record import record
from inventory import ledger
from inventory.ledger import Kind, Move
from orders.models import Order
from orders.returns.deciding import fee_for, shelf_of, way_fee
from orders.returns.happenings import ReturnInspected, ReturnReceived, ReturnReopened, ReturnUnreceived
from orders.returns.models import Return, ReturnLine
from orders.returns.policy import of_version
from orders.returns.starting import count
from orders.returns.steps import lock, named, step

Status = Return.Status
Condition = ReturnLine.Condition


@dataclass(frozen=True)
class Found:
    """So many units of a return's line were found in a condition."""

    ordinal: int
    quantity: int
    condition: str


class NotWhatCameBack(Problem):
    """What was found is not what was announced, line by line."""

    code = "found_differs"
    status = 422


@transaction.atomic
def receive(returned: Return, *, location: Location, by: Actor, channel: str, at: datetime) -> Return:
    """The goods are here, wherever that is; raises IllegalMove."""
    returned, _ = lock(returned)
    step(returned, Status.RECEIVED, location=location)
    put_aside(returned, sign=1, by=by, at=at)
    record(returned.journey_id, ReturnReceived(*named(returned), location.pk), by=by, channel=channel, at=at)
    return returned


@transaction.atomic
def unreceive(returned: Return, *, by: Actor, channel: str, at: datetime) -> Return:
    """Undo a receipt: the goods were not here. Raises IllegalMove."""
    returned, _ = lock(returned)
    step(returned, Status.REQUESTED)
    put_aside(returned, sign=-1, by=by, at=at)
    record(returned.journey_id, ReturnUnreceived(*named(returned)), by=by, channel=channel, at=at)
    return returned


def put_aside(returned: Return, *, sign: int, by: Actor, at: datetime) -> None:
    """Put the goods among the damaged units of the place, or (minus) take them from there."""
    moved: Counter[int] = Counter()
    for line in returned.lines.filter(variant__isnull=False):
        moved[line.variant_id or 0] += sign * line.quantity
    ledger.move([aside(returned, variant, units) for variant, units in moved.items()], by=by, at=at, as_fact=True)


def aside(returned: Return, variant: int, units: int) -> Move:
    """Goods that came and cannot be sold yet."""
    where, why = returned.location_id or 0, f"return {returned.code}"
    return Move(variant, where, Kind.RETURNED, units, damaged=units, reason=why, cause=cause_of(returned))


def cause_of(returned: Return) -> str:
    """What led to its movements, in the ledger's words."""
    return f"return:{returned.public_id}"


@transaction.atomic
def inspect(returned: Return, *, found: Sequence[Found], by: Actor, channel: str, at: datetime) -> Return:
    """Say in which condition the goods are: they go to their shelf, and what is given back is worked out.

    A line may fall into several conditions. Raises IllegalMove, NotWhatCameBack.
    """
    returned, order = lock(returned)
    lines = judged(returned, found)
    policy = of_version(returned.policy)
    for line in lines:
        line.fee = 0
        if line.condition == Condition.REFUSED and line.order_line:
            count(line.order_line.public_id, -line.quantity)
        elif line.condition != Condition.REFUSED:
            line.fee = fee_for(line.total, reason=line.reason, condition=line.condition, policy=policy)
        line.save()
    if order and policy.gives_delivery_back and (postage := delivery_back(returned, order, lines)):
        lines.append(postage)
    taken = [line for line in lines if line.condition != Condition.REFUSED]
    gives = sum(line.total - line.fee for line in taken)
    reasons = [line.reason for line in taken if line.variant_id]
    postage_fee = way_fee(reasons, way=returned.way, given_back=gives, policy=policy)
    fee = sum(line.fee for line in taken) + postage_fee
    step(returned, Status.INSPECTED, total=gives - postage_fee, fee=fee)
    put_on_shelves(returned, lines, sign=1, by=by, at=at)
    conditions: Counter[str] = Counter()
    for line in lines:
        if line.variant_id:
            conditions[line.condition] += line.quantity
    told = ReturnInspected(*named(returned), dict(conditions), returned.total, fee, returned.currency)
    record(returned.journey_id, told, by=by, channel=channel, at=at)
    return returned


def judged(returned: Return, found: Sequence[Found]) -> list[ReturnLine]:
    """The lines of a return, each with one condition; one that falls into several is split. Raises NotWhatCameBack."""
    lines = list(returned.lines.select_related("order_line").filter(variant__isnull=False))
    by_line: dict[int, list[Found]] = {line.ordinal: [] for line in lines}
    for one in found:
        if one.ordinal not in by_line or one.quantity < 1:
            raise NotWhatCameBack(f"line {one.ordinal} is not in this return")
        by_line[one.ordinal].append(one)
    ordinal = max(by_line, default=0)
    split_lines = []
    for line in lines:
        parts = by_line[line.ordinal]
        if sum(part.quantity for part in parts) != line.quantity:
            raise NotWhatCameBack(f"{line.quantity} of {line.sku} were announced; say the condition of each")
        totals = split(line.total, [part.quantity for part in parts])
        for number, (part, total) in enumerate(zip(parts, totals, strict=True)):
            row = line if number == 0 else copy_of(line)
            if number:
                ordinal += 1
                row.ordinal = ordinal
            row.quantity, row.condition, row.total = part.quantity, part.condition, total
            split_lines.append(row)
    return split_lines


def copy_of(line: ReturnLine) -> ReturnLine:
    """Another row for a part of the same line."""
    return ReturnLine(
        returned_id=line.returned_id,
        variant_id=line.variant_id,
        order_line=line.order_line,
        sku=line.sku,
        reason=line.reason,
        wants_id=line.wants_id,
    )


def delivery_back(returned: Return, order: Order, lines: Sequence[ReturnLine]) -> ReturnLine | None:
    """The postage she paid, given back with the last of an order's goods; a line of its own."""
    if not order.delivery_total:
        return None
    others = ReturnLine.objects.filter(
        returned__order=order, returned__status__in=[Status.INSPECTED, Status.SETTLED]
    ).exclude(returned=returned)
    if others.filter(variant=None).exists():
        return None
    taken = [*lines, *others.exclude(condition=Condition.REFUSED)]
    back = sum(line.quantity for line in taken if line.condition != Condition.REFUSED)
    if back < sum(order.lines.filter(variant__isnull=False).values_list("quantity", flat=True)):
        return None
    ordinal = max(line.ordinal for line in lines) + 1
    return ReturnLine.objects.create(
        returned=returned, ordinal=ordinal, sku="", quantity=1, total=order.delivery_total, condition=Condition.SELLABLE
    )


def put_on_shelves(returned: Return, lines: Sequence[ReturnLine], *, sign: int, by: Actor, at: datetime) -> None:
    """Put what lies aside where its condition says, or (minus) back aside. Damaged goods stay where they are."""
    moves = []
    for line in lines:
        if line.variant_id is None:
            continue
        where, units, why = returned.location_id or 0, sign * line.quantity, f"return {returned.code}: {line.condition}"
        match shelf_of(line.condition):
            case "sellable":
                kind, on_hand = Kind.DAMAGED, 0
            case "":
                kind, on_hand = Kind.RETURNED, -units
            case _:
                continue
        moves.append(Move(line.variant_id, where, kind, on_hand, damaged=-units, reason=why, cause=cause_of(returned)))
    ledger.move(moves, by=by, at=at, as_fact=True)


@transaction.atomic
def reopen(returned: Return, *, by: Actor, channel: str, at: datetime) -> Return:
    """Undo an inspection that was wrong: the goods lie aside again. Raises IllegalMove, MoreThanBought."""
    returned, _ = lock(returned)
    step(returned, Status.RECEIVED, total=0, fee=0)
    returned.lines.filter(variant=None).delete()
    lines = list(returned.lines.select_related("order_line"))
    put_on_shelves(returned, lines, sign=-1, by=by, at=at)
    for line in lines:
        if line.condition == Condition.REFUSED and line.order_line:
            count(line.order_line.public_id, line.quantity)
    returned.lines.update(condition="", fee=0)
    record(returned.journey_id, ReturnReopened(*named(returned)), by=by, channel=channel, at=at)
    return returned
