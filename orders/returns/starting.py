"""Saying what comes back, in steps that any channel can go on with; nothing moves yet but the count of its lines.

Goods and reasons → what she wants for it → how it comes → said. What was answered stands in the return itself, so that
an agent opens the step at which the shopper stopped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from commerce.catalog.models import Variant
from commerce.channels.models import Location, SalesChannel
from commerce.ids import spoken_code
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.record import record
from orders import moves
from orders.models import Order, OrderLine
from orders.returns import exchanging
from orders.returns.bought import Purchase, purchase_of
from orders.returns.deciding import value_of
from orders.returns.happenings import ReturnCanceled, ReturnRequested, ReturnStarted
from orders.returns.models import Return, ReturnLine
from orders.returns.policy import OUR_FAULT
from orders.returns.steps import lock, named, step

CODE_LENGTH = 8
Status = Return.Status


@dataclass(frozen=True)
class Back:
    """So many units of an order line come back, for a reason; `wants` is the variant she wants for each of them."""

    line: str
    quantity: int
    reason: str
    wants: Variant | None = None


class NeverBought(Problem):
    """This was not bought with this order."""

    code = "never_bought"
    status = 422


class MoreThanBought(Problem):
    """More is to come back than she has and has not announced already."""

    code = "more_than_bought"


class NotReturnable(Problem):
    """The policy does not take this back; `why` says for which reason."""

    code = "not_returnable"


class NotAnswered(Problem):
    """A question of the form is open; `step` says which."""

    code = "return_step_missing"
    status = 422


@transaction.atomic
def start(
    order: Order, *, back: Sequence[Back], sales_channel: SalesChannel, by: Actor, channel: str, at: datetime
) -> Return:
    """Say which units come back and why. A return that was started in any channel is gone on with.

    Raises NeverBought, MoreThanBought, NotReturnable.
    """
    order = moves.lock(order)
    purchase = purchase_of(order)
    check(back, purchase, at=at)
    returned, is_new = Return.objects.get_or_create(
        order=order,
        status=Status.STARTED,
        defaults={
            "journey_id": order.journey_id,
            "person_id": order.person_id,
            "sales_channel": sales_channel,
            "currency": order.currency,
            "policy": purchase.policy.version,
            "started_at": at,
        },
    )
    write_lines(returned, back, purchase)
    if is_new:
        told = ReturnStarted(*named(returned), sum(one.quantity for one in back))
        record(order.journey_id, told, by=by, channel=channel, at=at)
    return returned


def check(back: Sequence[Back], purchase: Purchase, *, at: datetime) -> None:
    """Refuse what the policy does not take; raises NeverBought, MoreThanBought, NotReturnable."""
    offered = {offer.line: offer for offer in purchase.offers(at=at)}
    wanted: dict[str, int] = {}
    for one in back:
        wanted[one.line] = wanted.get(one.line, 0) + one.quantity
    if not back or min(one.quantity for one in back) < 1:
        raise NeverBought("say what comes back")
    for one in back:
        offer = offered.get(one.line)
        if offer is None:
            raise NeverBought("this was not bought with this order")
        refused = [why for why in offer.why if not (why.startswith("exempt") and one.reason in OUR_FAULT)]
        if refused and refused[0] != "returned_already":
            raise NotReturnable(f"{offer.sku}: {refused[0]}", sku=offer.sku, why=refused[0], until=offer.until)
        if wanted[one.line] > offer.quantity:
            raise MoreThanBought(
                f"{wanted[one.line]} of {offer.sku} are to come back, {offer.quantity} can",
                sku=offer.sku,
                quantity=offer.quantity,
            )


def write_lines(returned: Return, back: Sequence[Back], purchase: Purchase) -> None:
    """The rows of what comes back, in place of those that were there; each with what was paid for it."""
    of_order = dict(OrderLine.objects.filter(order=returned.order).values_list("public_id", "pk"))
    known = {line.line: line for line in purchase.lines}
    returned.lines.all().delete()
    rows, taken = [], dict.fromkeys(known, 0)
    for ordinal, one in enumerate(back, start=1):
        line = known[one.line]
        before = taken[one.line]
        taken[one.line] += one.quantity
        rows.append(
            ReturnLine(
                returned=returned,
                ordinal=ordinal,
                variant_id=line.variant_id,
                order_line_id=of_order[one.line],
                sku=line.sku,
                quantity=one.quantity,
                reason=one.reason,
                wants=one.wants,
                total=value_of(line, taken[one.line]) - (value_of(line, before) if before else 0),
            )
        )
    ReturnLine.objects.bulk_create(rows)


@transaction.atomic
def answer(returned: Return, *, outcome: str = "", way: str = "", location: Location | None = None) -> Return:
    """Keep an answer to a question of the form; raises IllegalMove, NotAnswered."""
    returned, order = lock(returned)
    if returned.status != Status.STARTED or order is None:
        raise moves.IllegalMove("this return was said already", before=returned.status, after=Status.REQUESTED)
    if outcome and outcome not in purchase_of(order).policy.outcomes:
        raise NotAnswered("this is not given for returns", step="outcome")
    returned.outcome, returned.way = outcome or returned.outcome, way or returned.way
    returned.location = location or returned.location
    returned.save(update_fields=["outcome", "way", "location"])
    return returned


def open_question(returned: Return) -> str:
    """What is still to be answered before a return can be said; "confirm" when nothing is."""
    if not returned.outcome:
        return "outcome"
    return "confirm" if returned.way else "way"


@transaction.atomic
def request(returned: Return, *, by: Actor, channel: str, at: datetime) -> Return:
    """Say it: the units are counted, she gets a code, and what she wants instead is kept for her.

    Raises IllegalMove, NotAnswered, MoreThanBought, NotReturnable, OutOfStock.
    """
    returned, order = lock(returned)
    if order is None or returned.status != Status.STARTED:
        raise moves.IllegalMove("this return was said already", before=returned.status, after=Status.REQUESTED)
    if (question := open_question(returned)) != "confirm":
        raise NotAnswered("something is still to be answered", step=question)
    purchase = purchase_of(order)
    lines = list(returned.lines.select_related("order_line", "wants"))
    back = [
        Back(line.order_line.public_id, line.quantity, line.reason, line.wants) for line in lines if line.order_line
    ]
    check(back, purchase, at=at)
    write_lines(returned, back, purchase)
    for one in back:
        count(one.line, one.quantity)
    step(returned, Status.REQUESTED, code=spoken_code(CODE_LENGTH))
    if returned.outcome == Return.Outcome.EXCHANGE:
        exchanging.reserve(returned, order, at=at)
    units = sum(one.quantity for one in back)
    told = ReturnRequested(*named(returned), returned.way, returned.outcome, returned.policy, units)
    record(returned.journey_id, told, by=by, channel=channel, at=at)
    return returned


def count(line: str, units: int) -> None:
    """Count units of an order line as returned, or (negative) no longer so; raises MoreThanBought.

    The UPDATE is the guard: of two returns of the last unit one finds nothing left.
    """
    rows = OrderLine.objects.filter(public_id=line, returned__lte=F("quantity") - units, returned__gte=-units)
    if not rows.update(returned=F("returned") + units):
        raise MoreThanBought("so many units are not left to come back")


@transaction.atomic
def announce(
    order: Order,
    *,
    back: Sequence[Back],
    way: str,
    outcome: str,
    location: Location | None = None,
    sales_channel: SalesChannel,
    by: Actor,
    channel: str,
    at: datetime,
) -> Return:
    """All the steps at once, for a counter or a machine; raises what they raise."""
    returned = start(order, back=back, sales_channel=sales_channel, by=by, channel=channel, at=at)
    answer(returned, outcome=outcome, way=way, location=location)
    return request(returned, by=by, channel=channel, at=at)


@transaction.atomic
def cancel(returned: Return, *, by: Actor, channel: str, at: datetime) -> Return:
    """It does not come back after all: the units are hers, and what was kept for her is free. Raises IllegalMove."""
    returned, _ = lock(returned)
    if returned.sent_ahead_at:
        raise moves.IllegalMove("what she wanted instead was sent already", before=returned.status, after="canceled")
    was_counted = returned.status != Status.STARTED
    step(returned, Status.CANCELED)
    if was_counted:
        for line in returned.lines.select_related("order_line"):
            if line.order_line:
                count(line.order_line.public_id, -line.quantity)
    told = exchanging.let_go(returned, at=at)
    record(returned.journey_id, *told, ReturnCanceled(*named(returned)), by=by, channel=channel, at=at)
    return returned
