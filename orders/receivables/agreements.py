"""Making agreements, counting what was paid against them, and noticing that a day went by without it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from commerce.money import split
from commerce.rest.problems import Problem
from commerce.timeline import tasks
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.models import Task
from commerce.timeline.record import Happening, record
from orders import moves
from orders.models import Order, Todo
from orders.receivables.happenings import AgreementBroken, AgreementEnded, AgreementKept, AgreementMade, PaymentDueSoon
from orders.receivables.models import Agreement, Installment
from orders.standing import balance_of
from orders.todos import close_todo, open_todo

REMIND = "orders.receivables.agreements.remind"
FALL_DUE = "orders.receivables.agreements.fall_due"
BEFORE = timedelta(days=1)
THIRDS = (timedelta(days=1), timedelta(days=30), timedelta(days=60))
Status = Agreement.Status
SETTLED_BY_MONEY = (Todo.Kind.AGREEMENT_BROKEN, Todo.Kind.CAPTURE_FAILED)
"""Matters of an order that are over once nothing of it is owed."""


class WrongParts(Problem):
    """The parts are not what is owed, or their days are not in order."""

    code = "wrong_installments"
    status = 422


class NotPayable(Problem):
    """The order was canceled, or its checkout given up: no money is taken for it."""

    code = "not_payable"


@transaction.atomic
def agree(
    order: Order,
    *,
    kind: str,
    parts: Sequence[tuple[int, datetime]],
    places: bool = False,
    by: Actor,
    channel: str,
    at: datetime,
) -> Agreement:
    """Agree on amounts and days for all that is owed; an earlier agreement ends with it.

    `places`: a checkout is placed for it, by the caller; else the order stands. Raises NotPayable, WrongParts.
    """
    order = moves.lock(order)
    if order.status == Order.Status.CANCELED or (order.status == Order.Status.DRAFT and not places):
        raise NotPayable("nothing is agreed on for an order that does not stand")
    owed = balance_of(order).left
    days = [due_at for _, due_at in parts]
    if not parts or sum(amount for amount, _ in parts) != owed or min(amount for amount, _ in parts) < 1:
        raise WrongParts(f"the parts must add up to what is owed: {owed}", owed=owed)
    if days != sorted(set(days)) or days[0] <= at:
        raise WrongParts("each part needs a later day than the one before, and none is in the past")
    told: list[Happening] = end_open(order, at=at)
    agreement = Agreement.objects.create(order=order, kind=kind, made_at=at, made_by=str(by)[:60])
    Installment.objects.bulk_create(
        Installment(agreement=agreement, ordinal=ordinal, amount=amount, due_at=due_at)
        for ordinal, (amount, due_at) in enumerate(parts, start=1)
    )
    for part in agreement.installments.all():
        data = {"installment": part.pk}
        key = f"{agreement.public_id}-{part.ordinal}"
        tasks.schedule(FALL_DUE, key=key, due_at=part.due_at, journey=order.journey, data=data)
        if part.due_at - BEFORE > at:
            tasks.schedule(REMIND, key=key, due_at=part.due_at - BEFORE, journey=order.journey, data=data)
    told.append(AgreementMade(order.public_id, agreement.public_id, kind, owed, order.currency, days[-1].isoformat()))
    record(order.journey_id, *told, by=by, channel=channel, at=at)
    return agreement


def in_three(order: Order, *, at: datetime) -> list[tuple[int, datetime]]:
    """What is owed in three parts: the first within a day, the others after 30 and 60 days."""
    owed = balance_of(order).left
    return [(part, at + after) for part, after in zip(split(owed, [1, 1, 1]), THIRDS, strict=True) if part]


def count(order: Order, *, at: datetime) -> list[Happening]:
    """Count what a locked order was paid against its agreement, the earliest part first; returns what to record."""
    left = balance_of(order).left
    if not left:
        settled = Todo.objects.filter(order=order, kind__in=SETTLED_BY_MONEY, closed_at=None)
        settled.update(closed_at=at, closed_by=str(SYSTEM))
    agreement = standing(order).first()
    if agreement is None:
        return []
    parts = list(agreement.installments.all())
    paid = sum(part.amount for part in parts) - left
    for part in parts:
        paid -= part.amount
        if paid >= 0 and part.paid_at is None:
            Installment.objects.filter(pk=part.pk, paid_at=None).update(paid_at=at)
            for handler in (FALL_DUE, REMIND):
                tasks.cancel(handler, key=f"{agreement.public_id}-{part.ordinal}", at=at)
    if paid < 0:
        return []
    close(agreement, Status.KEPT, at=at)
    return [AgreementKept(order.public_id, agreement.public_id)]


def end_open(order: Order, *, at: datetime) -> list[Happening]:
    """End what was agreed before, because something else is; returns what to record."""
    told: list[Happening] = []
    for agreement in standing(order):
        close(agreement, Status.ENDED, at=at)
        told.append(AgreementEnded(order.public_id, agreement.public_id))
    return told


def standing(order: Order) -> QuerySet[Agreement]:
    """The agreement under which an order may be owed; one at most."""
    return Agreement.objects.filter(order=order, status=Status.OPEN)


def close(agreement: Agreement, status: str, *, at: datetime) -> None:
    """Close an agreement, and its matter on the list if there is one."""
    Agreement.objects.filter(pk=agreement.pk).update(status=status, closed_at=at)
    if status != Status.BROKEN:
        close_todo(Todo.Kind.AGREEMENT_BROKEN, agreement.public_id, by=SYSTEM, at=at)


def remind(task: Task, *, at: datetime) -> None:
    """A day before: say so once, where it is not paid. Who hears of it and how is the messages' affair."""
    part = Installment.objects.select_related("agreement__order__sales_channel").get(pk=task.data["installment"])
    order = part.agreement.order
    if part.paid_at is None and part.agreement.status == Status.OPEN:
        told = PaymentDueSoon(
            order.public_id, part.agreement.public_id, part.amount, order.currency, part.due_at.isoformat()
        )
        record(order.journey_id, told, by=SYSTEM, channel=order.sales_channel.kind, at=at)


def fall_due(task: Task, *, at: datetime) -> None:
    """The day is over: an agreement whose part is not paid is broken, and somebody must talk with her."""
    part = Installment.objects.select_related("agreement__order__sales_channel").get(pk=task.data["installment"])
    agreement = part.agreement
    order = moves.lock(agreement.order)
    part.refresh_from_db(fields=["paid_at"])
    if part.paid_at or not Agreement.objects.filter(pk=agreement.pk, status=Status.OPEN).exists():
        return
    close(agreement, Status.BROKEN, at=at)
    owed = balance_of(order).left
    cause = f"{owed} {order.currency} of order {order} were not paid as agreed ({agreement.kind})"
    open_todo(Todo.Kind.AGREEMENT_BROKEN, agreement.public_id, order=order, cause=cause, at=at)
    told = AgreementBroken(order.public_id, agreement.public_id, owed, order.currency)
    record(order.journey_id, told, by=SYSTEM, channel=order.sales_channel.kind, at=at)
