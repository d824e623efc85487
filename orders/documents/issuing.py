"""Issuing documents: each once, with the next number of its series, which is taken with it or not at all."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Sum

from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.record import record
from orders import moves
from orders.documents.figures import changed, figures_of, figures_of_growth, figures_of_refund
from orders.documents.happenings import DocumentIssued
from orders.documents.models import Document, Series
from orders.models import Order, Refund
from orders.returns.policy import in_force
from orders.standing import balance_of

Kind = Document.Kind
NOT_FOR_GOODS = (Refund.Reason.SURPLUS, Refund.Reason.CHANGED)
"""Why money goes back that is not, or no longer, what an order costs."""

LETTER = {Kind.CONFIRMATION: "C", Kind.RECEIPT: "R", Kind.INVOICE: "F", Kind.CREDIT_NOTE: "A"}


class NothingToIssue(Problem):
    """There is nothing of which this document could tell."""

    code = "nothing_to_issue"


@transaction.atomic
def issue(order: Order, *, kind: str, by: Actor, channel: str, at: datetime) -> Document:
    """Issue a paper of an order; asked again, the one that was issued. Raises NothingToIssue.

    An order that grew after its receipt has another of the difference, once that is paid too.
    """
    order = moves.lock(order)
    issued = Document.objects.select_related("series").filter(order=order, kind=kind).order_by("pk").last()
    if issued and not (kind == Kind.RECEIPT and has_grown(order)):
        return issued
    if order.number is None or (kind == Kind.RECEIPT and not is_paid(order)):
        raise NothingToIssue("this order is not placed, or not paid, yet")
    if order.status == Order.Status.CANCELED and kind != Kind.CONFIRMATION:
        raise NothingToIssue("this order was canceled")
    facts = (figures_of_growth if issued else figures_of)(order, policy=policy_of(order))
    return write(order, kind, facts, refund=None, by=by, channel=channel, at=at)


def is_paid(order: Order) -> bool:
    """Whether we have all that an order costs. What a bank keeps is not paid yet; what was too much never counted."""
    too_much = Refund.objects.filter(payment__order=order, reason__in=NOT_FOR_GOODS).exclude(
        status=Refund.Status.FAILED
    )
    off = too_much.aggregate(sum=Sum("amount", default=0))["sum"]
    return balance_of(order).captured - off >= order.total


def has_grown(order: Order) -> bool:
    """Whether more was paid for an order since its receipt, or as much for other things."""
    if order.status == Order.Status.CANCELED or not is_paid(order):
        return False
    more = changed(order, figures_of(order, policy="")["taxes"])
    return bool(more) and sum(gross for gross, _ in more.values()) >= 0


def has_shrunk(order: Order) -> bool:
    """Whether its receipts say more than an order costs now."""
    return sum(gross for gross, _ in changed(order, figures_of(order, policy="")["taxes"]).values()) < 0


@transaction.atomic
def issue_credit_note(refund: Refund, *, by: Actor, channel: str, at: datetime) -> Document:
    """Issue the credit note of a refund that has arrived, once. Raises NothingToIssue."""
    order = moves.lock(refund.payment.order)
    if standing := Document.objects.select_related("series").filter(refund=refund).first():
        return standing
    if order.number is None or refund.status != Refund.Status.SUCCEEDED:
        raise NothingToIssue("nothing was given back of a placed order")
    facts = figures_of_refund(refund, policy=policy_of(order))
    return write(order, Kind.CREDIT_NOTE, facts, refund=refund, by=by, channel=channel, at=at)


def policy_of(order: Order) -> str:
    """The version of the return policy that holds for an order."""
    return in_force(order.placed_at or order.created_at).version


def write(
    order: Order, kind: str, facts: dict[str, Any], *, refund: Refund | None, by: Actor, channel: str, at: datetime
) -> Document:
    """The document's row with its number, and its entry."""
    year = at.astimezone(ZoneInfo(settings.SHOP_TIMEZONE)).year
    partner = order.location.firm_id if order.location else None
    series, number = next_number(f"{f'P{partner}-' if partner else ''}{LETTER[Kind(kind)]}{year}")
    document = Document.objects.create(
        kind=kind, series=series, number=number, order=order, refund=refund, issued_at=at, facts=facts
    )
    told = DocumentIssued(order.public_id, document.public_id, kind, document.title, facts["total"], order.currency)
    record(order.journey_id, told, by=by, channel=channel, at=at)
    return document


# The series' row stays locked until the document is committed: a number that is not used is given to the next one.
NEXT = """
INSERT INTO documents_series (code, last_number) VALUES (%s, 1)
ON CONFLICT (code) DO UPDATE SET last_number = documents_series.last_number + 1
RETURNING id, last_number
"""


def next_number(code: str) -> tuple[Series, int]:
    """The next number of a series, which is opened by its first one."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [code])
        series, number = cursor.fetchone()
    return Series(pk=series, code=code, last_number=number), number
