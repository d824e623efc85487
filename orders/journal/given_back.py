"""What came back of a sale that a till told of, settled anew whenever something is told of it.

All returns and voids of a sale are looked at together, in their own order and not in that of their arrival, so the
end is the same whatever came first. A return is a fact: its goods are on the shelf and its money is gone. What it has
of the sale's lines counts there, so that it comes back nowhere else; what goes beyond them, in units or in money, is a
difference and somebody's matter. A void brings back what nobody has brought back before it.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Sum

from commerce import money
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.journeys import link
from commerce.timeline.record import record
from inventory import ledger
from inventory.models import Movement
from orders.exact import exact
from orders.freeing import free
from orders.happenings import TillDiffered, TillVoided
from orders.journal import coupons
from orders.journal.differences import Found, Kind, row_of
from orders.journal.models import Difference, Fact
from orders.journal.reading import key_of
from orders.models import Order, OrderLine, Payment, Refund, Todo
from orders.repairs.mending import look_after
from orders.returns.bought import GONE
from orders.returns.models import Return, ReturnLine
from orders.standing import restate
from orders.todos import close_todo, open_todo

APART = 100_000
"""A returned line that falls into parts has their rows so far apart; no receipt has as many lines."""
BY_TILL = "till:"
"""How the reference of a refund begins that a till has given."""


@dataclass
class Left:
    """What of a sold line nobody has brought back yet."""

    line: OrderLine
    units: int
    value: int


@dataclass(frozen=True)
class Told:
    """Who tells it, through which channel, and when we learned it."""

    by: Actor
    channel: str
    at: datetime


def settle(orders: Collection[int], *, by: Actor, channel: str, at: datetime) -> None:
    """Bring sales in line with all that was told of them; they and their shelves are locked."""
    for order in Order.objects.filter(pk__in=orders, till_key__isnull=False).order_by("pk"):
        settle_one(order, Told(by, channel, at))


def settle_one(order: Order, told: Told) -> None:
    """Bring one sale in line with all that was told of it."""
    sale = UUID(str(order.till_key).removeprefix("till:"))
    facts = Fact.objects.filter(of=sale, status=Fact.Status.BOOKED, kind__in=(Fact.Kind.RETURN, Fact.Kind.VOID))
    in_order = in_their_order(list(facts))
    returns = [fact for fact in in_order if fact.kind == Fact.Kind.RETURN]
    voids = [fact for fact in in_order if fact.kind == Fact.Kind.VOID]
    if not in_order:
        return
    left = what_is_left(order)
    found: list[tuple[Fact, Found]] = []
    rows = {
        row.till_key: row
        for row in Return.objects.filter(till_key__in=[key_of(fact.uuid) for fact in returns]).prefetch_related("lines")
    }
    for fact in returns:
        row = rows[key_of(fact.uuid)]
        if row.order_id is None:
            Return.objects.filter(pk=row.pk).update(order=order)
            link(order.journey_id, row.journey_id, reason="its return", at=told.at)
        found += [(fact, one) for one in count(row, left)]
    if voids and all(one.units == 0 and one.value == 0 for one in left):
        found.append((voids[0], Found(Kind.RETURN, subject="void")))
    if voids:
        undo(order, voids, left, told)
    for one in left:
        back = one.line.quantity if voids else one.line.quantity - one.units
        if one.line.returned != back:
            OrderLine.objects.filter(pk=one.line.pk).update(returned=back)
    owed = sum(row.total for row in rows.values())
    beyond = give_money_back(order, owed=None if voids else owed, at=in_order[-1].occurred_at)
    known = sum(one.loss for _, one in found)
    if returns and not voids and beyond > known:
        loss = beyond - known
        found.append((returns[-1], Found(Kind.RETURN, subject="money", expected=owed - loss, actual=owed, loss=loss)))
    tell_differences(order, in_order, found, told)


def in_their_order(facts: Sequence[Fact]) -> list[Fact]:
    """Facts in the order in which they happened: each till's as it numbered them, several tills' by their clocks."""
    latest: dict[int, datetime] = {}
    keyed = []
    for fact in sorted(facts, key=lambda fact: (fact.device_id, fact.sequence, fact.uuid)):
        latest[fact.device_id] = max(latest.get(fact.device_id, fact.occurred_at), fact.occurred_at)
        keyed.append((latest[fact.device_id], fact.device_id, fact.sequence, str(fact.uuid), fact))
    return [fact for *_, fact in sorted(keyed, key=lambda key: key[:-1])]


def what_is_left(order: Order) -> list[Left]:
    """What of each line did not come back by a counter, the web or post, and is not announced there."""
    elsewhere = (
        ReturnLine.objects.filter(order_line__order=order, returned__till_key__isnull=True)
        .exclude(returned__status__in=GONE)
        .exclude(condition=ReturnLine.Condition.REFUSED)
        .values_list("order_line")
        .annotate(Sum("quantity"), Sum("total"))
    )
    gone = {line: (units, value) for line, units, value in elsewhere}
    return [
        Left(line, line.quantity - units, max(line.total - value, 0))
        for line in order.lines.order_by("ordinal")
        for units, value in (gone.get(line.pk, (0, 0)),)
    ]


def count(returned: Return, left: Sequence[Left]) -> list[Found]:
    """Count what a till took back on the lines it was sold on; returns what goes beyond them.

    A line that was sold on several, or not as often, falls into parts; what was never sold stands on none.
    """
    rows, found = [], []
    as_said: dict[int, list[ReturnLine]] = {}
    for row in returned.lines.all():
        as_said.setdefault(row.ordinal % APART, []).append(row)
    for ordinal, said in sorted(as_said.items()):
        units, total = sum(row.quantity for row in said), sum(row.total for row in said)
        parts = parts_of(said[0], units, total, left)
        rows += [
            ReturnLine(
                returned=returned,
                ordinal=ordinal + n * APART,
                variant_id=said[0].variant_id,
                order_line_id=line,
                sku=said[0].sku,
                quantity=quantity,
                total=value,
            )
            for n, (line, quantity, value) in enumerate(parts)
        ]
        beyond = [(quantity, value) for line, quantity, value in parts if line is None and (quantity or value)]
        for _, value in beyond:
            found.append(Found(Kind.RETURN, ordinal, said[0].sku, expected=total - value, actual=total, loss=value))
    if [shape(row) for row in rows] != [shape(row) for row in returned.lines.all()]:
        returned.lines.all().delete()
        ReturnLine.objects.bulk_create(rows)
    return found


def shape(row: ReturnLine) -> tuple[int, int | None, int, int]:
    """What of a row may change."""
    return row.ordinal, row.order_line_id, row.quantity, row.total


def parts_of(said: ReturnLine, units: int, total: int, left: Sequence[Left]) -> list[tuple[int | None, int, int]]:
    """Which order lines so many units come from, with their share of the money; what is beyond them has no line."""
    taken: list[tuple[Left | None, int]] = []
    missing = units
    for one in left:
        is_same = one.line.variant_id == said.variant_id if said.variant_id else one.line.sku == said.sku
        if is_same and missing and one.units:
            taken.append((one, min(one.units, missing)))
            missing -= taken[-1][1]
    if missing or not taken:
        taken.append((None, missing))
    parts: list[tuple[int | None, int, int]] = []
    beyond = 0
    for (one_left, quantity), value in zip(taken, money.split(total, [quantity for _, quantity in taken]), strict=True):
        if one_left is None:
            parts.append((None, quantity, value))
            continue
        fits = min(value, one_left.value)
        beyond += value - fits
        one_left.units, one_left.value = one_left.units - quantity, one_left.value - fits
        parts.append((one_left.line.pk, quantity, fits))
    if beyond and parts[-1][0] is None:
        parts[-1] = (None, parts[-1][1], parts[-1][2] + beyond)
    elif beyond:
        parts.append((None, 0, beyond))
    return parts


def undo(order: Order, voids: Sequence[Fact], left: Sequence[Left], told: Told) -> None:
    """Undo a sale: what is not back yet is. Of several voids the first counts, and it is written under the sale's own
    key, so that it does not matter which of them was told first.
    """
    key, location = f"{order.till_key}:void", order.location_id or 0
    returned, is_new = Return.objects.get_or_create(
        till_key=key,
        defaults={
            "order": order,
            "journey_id": order.journey_id,
            "person_id": order.person_id,
            "sales_channel_id": order.sales_channel_id,
            "location_id": location,
            "currency": order.currency,
            "status": Return.Status.SETTLED,
            "returned_at": voids[0].occurred_at,
        },
    )
    returned.total = sum(one.value for one in left)
    returned.save(update_fields=["total"])
    returned.lines.all().delete()
    ReturnLine.objects.bulk_create(
        ReturnLine(
            returned=returned,
            ordinal=one.line.ordinal,
            variant_id=one.line.variant_id,
            order_line=one.line,
            sku=one.line.sku,
            quantity=one.units,
            total=one.value,
        )
        for one in left
    )
    move_goods(key, left, location, told, occurred_at=voids[0].occurred_at)
    if is_new:
        free(order, at=told.at)
        coupons.pass_on(order, by=told.by, channel=told.channel, at=told.at)
        said = TillVoided(order.public_id, returned.public_id, key_of(voids[0].uuid), returned.total, order.currency)
        record(order.journey_id, said, by=told.by, channel=told.channel, at=voids[0].occurred_at, recorded_at=told.at)


def move_goods(key: str, left: Sequence[Left], location: int, told: Told, *, occurred_at: datetime) -> None:
    """Write what a void brings back to the shelf, or what it brings less than was written: a return told of it, too."""
    written: Counter[str] = Counter()
    times: Counter[str] = Counter()
    for moved, quantity in Movement.objects.filter(key__startswith=f"{key}:").values_list("key", "quantity"):
        base = str(moved).split("#")[0]
        written[base] += quantity
        times[base] += 1
    moves = []
    for one in left:
        base = f"{key}:{one.line.ordinal}"
        if one.line.variant_id is None or one.units == written[base]:
            continue
        moves.append(
            ledger.Move(
                one.line.variant_id,
                location,
                ledger.Kind.RETURNED,
                one.units - written[base],
                demand=one.line.public_id,
                key=f"{base}#{times[base]}" if times[base] else base,
                cause=key,
                occurred_at=occurred_at,
            )
        )
    ledger.move(moves, by=told.by, at=told.at, as_fact=True)
    look_after([(move.variant_id, location) for move in moves if move.quantity < 0], at=told.at)


def give_money_back(order: Order, *, owed: int | None, at: datetime) -> int:
    """Count on a sale's payments what its tills gave back, the oldest first; returns what goes beyond them.

    `owed` is what its returns gave; nothing said is everything that was paid and is not promised to a return
    elsewhere. What was stored only waits for its end, or is let go with the sale.
    """
    payments = list(order.payments.order_by("pk"))
    by_till = Refund.objects.filter(payment__order=order, reference__startswith=BY_TILL)
    given = dict(by_till.values_list("payment").annotate(Sum("amount")))
    captured = [payment for payment in payments if payment.status == Payment.Status.CAPTURED]
    if owed is None:
        here = sum(payment.amount - payment.refunded for payment in captured) + sum(given.values())
        missing = max(here - promised_elsewhere(order), 0)
    else:
        missing = owed
    missing -= sum(given.values())
    for payment in payments:
        if payment.status == Payment.Status.AUTHORIZED and owed is None:
            Payment.objects.filter(pk=payment.pk).update(status=Payment.Status.CANCELED)
        elif payment.status == Payment.Status.AUTHORIZED:
            missing -= min(missing, payment.amount)
        elif payment.status == Payment.Status.FAILED and owed is None:
            close_todo(Todo.Kind.PAYMENT_FAILED_AFTER_HANDOVER, payment.public_id, by=SYSTEM, at=at)
        elif payment.status == Payment.Status.CAPTURED:
            part = min(missing, payment.amount - payment.refunded)
            if part > 0:
                refund(payment, part, before=given.get(payment.pk, 0), at=at)
                missing -= part
    if order.total:
        restate(order)
    return max(missing, 0)


def promised_elsewhere(order: Order) -> int:
    """What a counter, the web or post has promised to give for what comes back of an order, and has not given yet."""
    lines = ReturnLine.objects.filter(returned__order=order, returned__till_key__isnull=True).exclude(
        returned__status__in=(*GONE, Return.Status.SETTLED)
    )
    return int(
        lines.exclude(condition=ReturnLine.Condition.REFUSED).aggregate(s=Sum(F("total") - F("fee"), default=0))["s"]
    )


def refund(payment: Payment, amount: int, *, before: int, at: datetime) -> None:
    """Write down that a till gave back a part of a payment."""
    Refund.objects.create(
        payment=payment,
        amount=amount,
        reason=Refund.Reason.RETURNED,
        status=Refund.Status.SUCCEEDED,
        reference=f"{BY_TILL}{payment.public_id}/{before}",
        created_at=at,
        settled_at=at,
    )
    Payment.objects.filter(pk=payment.pk).update(refunded=F("refunded") + exact(amount))


def tell_differences(order: Order, facts: Sequence[Fact], found: Sequence[tuple[Fact, Found]], told: Told) -> None:
    """Write down what goes beyond a sale, in place of what was thought before; what is new is somebody's matter."""
    before = Difference.objects.filter(fact__in=[fact.pk for fact in facts], kind=Kind.RETURN)
    after = [row_of(fact.pk, one) for fact, one in found]
    if sorted(map(told_of, before)) == sorted(map(told_of, after)):
        return
    before.delete()
    Difference.objects.bulk_create(after)
    if not after:
        close_todo(Todo.Kind.GIVEN_TWICE, order.public_id, by=SYSTEM, at=told.at)
        return
    loss = sum(one.loss for one in after)
    open_todo(
        Todo.Kind.GIVEN_TWICE,
        order.public_id,
        order=order,
        location_id=order.location_id,
        cause=f"receipt {order.number}: {len(after)} times more came back than was left; {loss} {order.currency}",
        at=told.at,
    )
    said = TillDiffered(order.public_id, (str(Kind.RETURN),), loss, order.currency)
    record(order.journey_id, said, by=told.by, channel=told.channel, at=facts[-1].occurred_at, recorded_at=told.at)


def told_of(row: Difference) -> tuple[int, int, str, int]:
    """What tells one difference from another."""
    return row.fact_id, row.line or 0, row.subject, row.loss
