"""Papers that come by themselves: a confirmation, a receipt once all is paid, a credit note for what went back."""

from datetime import datetime

from django.db.models import Q

from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Task
from orders.documents.issuing import has_grown, has_shrunk, is_paid, issue, issue_credit_note
from orders.documents.models import Document
from orders.models import Order, Refund

Kind = Document.Kind
OF_OUR_PAGES = Q(till_key=None) | Q(till_key__startswith="page:")
"""A till prints its own receipts; what was sold on our page has ours."""


def issue_due(task: Task, *, at: datetime) -> None:
    """Issue every paper that the orders of a journey lack; planned by all that may make one due, run once for all."""
    placed = Order.objects.filter(OF_OUR_PAGES, journey=task.journey_id, number__isnull=False)
    for order in placed.select_related("sales_channel").order_by("pk"):
        for kind in kinds_due(order):
            issue(order, kind=kind, by=SYSTEM, channel=order.sales_channel.kind, at=at)
        given_back = Refund.objects.filter(
            payment__order=order, status=Refund.Status.SUCCEEDED, document=None
        ).select_related("payment__order")
        for refund in given_back.order_by("pk"):
            if wants_credit_note(order, refund):
                issue_credit_note(refund, by=SYSTEM, channel=order.sales_channel.kind, at=at)


def kinds_due(order: Order) -> list[str]:
    """Which papers an order should have and has not."""
    has = set(Document.objects.filter(order=order).values_list("kind", flat=True))
    due: list[str] = [] if order.till_key or Kind.CONFIRMATION in has else [Kind.CONFIRMATION]
    is_receipt_due = has_grown(order) if Kind.RECEIPT in has else is_paid(order)
    if order.status != Order.Status.CANCELED and is_receipt_due:
        due.append(Kind.RECEIPT)
    return due


def wants_credit_note(order: Order, refund: Refund) -> bool:
    """Whether what went back had been received for goods: a surplus never was, and stands on no receipt.

    Nor does what a change took off before its receipt was issued.
    """
    received = Document.objects.filter(order=order, kind__in=[Kind.RECEIPT, Kind.INVOICE]).exists()
    if refund.reason == Refund.Reason.CHANGED:
        return received and has_shrunk(order)
    return received and refund.reason != Refund.Reason.SURPLUS
