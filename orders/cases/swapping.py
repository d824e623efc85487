"""The swap: the carrier brings the new one and takes the other along, at one door, in one visit.

The replacement is kept for her in the moment the swap is agreed, paid with what was paid for the other, and leaves
without waiting for it to come back: what went wrong was not her fault.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from commerce.rest.problems import Problem
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.models import Task
from commerce.timeline.record import record
from commerce.timeline.tasks import entry_of
from orders.cases.happenings import CaseSwapAgreed
from orders.cases.models import Case, CaseStep, Kind, Team
from orders.cases.working import lock, settle_step
from orders.models import OrderLine
from orders.returns import settling, starting
from orders.returns.models import Return, ReturnLine
from orders.returns.starting import Back

REASONS = {Kind.DAMAGED: ReturnLine.Reason.DAMAGED, Kind.WRONG_ITEM: ReturnLine.Reason.WRONG}


class NothingToSwap(Problem):
    """The case is about no order, or about nothing that can be swapped."""

    code = "nothing_to_swap"
    status = 422


@transaction.atomic
def agree(case: Case, *, lines: Sequence[tuple[str, int]], by: Actor, channel: str, at: datetime) -> Return:
    """Swap so many units of order lines (public id, units) for new ones.

    Raises NothingToSwap, CaseIsClosed, NeverBought, MoreThanBought, OutOfStock, CannotServe.
    """
    case = lock(case)
    if case.order is None or not lines:
        raise NothingToSwap("say which goods of which order are swapped")
    reason = REASONS.get(Kind(case.kind), ReturnLine.Reason.FAULTY)
    returned = starting.announce(
        case.order,
        back=[Back(line, units, reason) for line, units in lines],
        way=Return.Way.POST,
        outcome=Return.Outcome.EXCHANGE,
        sales_channel=case.order.sales_channel,
        by=by,
        channel=channel,
        at=at,
    )
    settling.send_ahead(returned, by=by, channel=channel, at=at)
    returned.refresh_from_db()
    case.returns.add(returned)
    replacement = returned.replacement
    told = CaseSwapAgreed(case.public_id, case.key, returned.public_id, replacement.public_id if replacement else "")
    record(case.journey_id, told, by=by, channel=channel, at=at)
    waiting = case.steps.filter(status=CaseStep.Status.PENDING)
    if kept := waiting.filter(team=Team.WAREHOUSE, is_told=True).first():
        for step in waiting.filter(ordinal__lte=kept.ordinal):  # who agrees a swap has looked, and it is kept now
            settle_step(case, step.ordinal, is_said=True, by=by, channel=channel, at=at)
    return returned


def arrived(task: Task, *, at: datetime) -> None:
    """An order has arrived: where it replaces something, the carrier's steps of its case are done.

    She is told that it was delivered; a call that nobody needed to make any more is not made.
    """
    told = entry_of(task)
    cases = Case.objects.filter(returns__replacement__public_id=told.data["order"], status=Case.Status.OPEN)
    for case in cases.order_by("pk"):
        steps = list(case.steps.filter(status=CaseStep.Status.PENDING, team=Team.CARRIER, is_told=True))
        for step in steps:
            became = CaseStep.Status.DONE if step == steps[-1] else CaseStep.Status.SKIPPED
            settle_step(case, step.ordinal, status=became, is_said=True, by=SYSTEM, channel=told.channel, at=at)


def swappable(case: Case) -> list[OrderLine]:
    """The lines of the case's order of which something can still come back."""
    if case.order is None:
        return []
    lines = case.order.lines.filter(variant__isnull=False).order_by("ordinal")
    return [line for line in lines if line.returned < line.quantity]
