"""Money that a bank or Stripe sees differently is a case about a charge: opened and closed with what is told of it.

What must be done until when stands on the list as well; the case is what the person is told, and what somebody owns.
"""

from datetime import datetime

from django.db import transaction

from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Entry, Task
from commerce.timeline.tasks import entry_of
from orders.cases.models import Case, Kind
from orders.cases.opening import CaseIsOpen, open_case
from orders.cases.working import close
from orders.models import Order

OURS = "system"
"""The channel of cases that nobody told us: they were noticed."""

OUTCOMES = {"won": Case.Outcome.DECLINED, "lost": Case.Outcome.REFUNDED}
"""The bank's decision → how the case ended for her."""


def open_about_charge(task: Task, *, at: datetime) -> None:
    """Open a case about the charge of an order, unless one is being worked on, or the bank has decided already."""
    entry = entry_of(task)
    decided = Entry.objects.filter(journey=entry.journey_id, type="dispute.closed", pk__gt=entry.pk)
    if entry.type == "dispute.opened" and decided.filter(data__dispute=entry.data["dispute"]).exists():
        return
    order = Order.objects.select_related("person__root").get(public_id=entry.data["order"])
    if order.person is None:
        return
    try:
        with transaction.atomic():
            open_case(Kind.BILLING, person=order.person, order=order, cause=entry.pk, by=SYSTEM, channel=OURS, at=at)
    except CaseIsOpen:
        return  # she told us first, or something else about the same order was noticed


def close_about_dispute(task: Task, *, at: datetime) -> None:
    """The bank has decided: what was opened because of this dispute is over, and nothing else about the order."""
    entry = entry_of(task)
    outcome = OUTCOMES.get(entry.data["outcome"], Case.Outcome.SOLVED)
    disputed = Entry.objects.filter(
        journey=entry.journey_id, type="dispute.opened", data__dispute=entry.data["dispute"]
    )
    opened = Entry.objects.filter(journey=entry.journey_id, type="case.opened", cause__in=disputed.values("pk"))
    its_own = list(opened.values_list("data__case", flat=True))
    for case in Case.objects.filter(public_id__in=its_own, status=Case.Status.OPEN).order_by("pk"):
        close(case, outcome=outcome, by=SYSTEM, channel=OURS, at=at)
