"""Parcels that fell silent: their carrier is asked what became of them, and its answer goes the way of its webhooks.

Only parcels that we booked can be asked about; one whose number a clerk typed is at a carrier that we are not connected
to. A webhook that was lost, and the same news asked for, are one event by its id.
"""

import json
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from commerce.inbox.receiving import receive
from commerce.timeline import tasks
from commerce.timeline.models import Task
from commerce.timeline.tasks import outward
from orders.delivery import carriers
from orders.delivery.carriers import Unclear
from orders.delivery.models import Booking
from orders.lifecycle import TO_PICK
from orders.models import Fulfillment

ASK = "orders.delivery.tracking.ask"
SILENT = timedelta(hours=6)
BATCH = 200
Way = Fulfillment.Status
UNDER_WAY = TO_PICK | {Way.HANDED_TO_CARRIER, Way.OUT_FOR_DELIVERY, Way.FAILED}


def look(*, at: datetime) -> int:
    """Plan to ask about every parcel of which nothing was heard for hours; how many."""
    if not settings.CARRIER_API_BASE:
        return 0
    silent = Booking.objects.filter(
        Q(heard_at__lte=at - SILENT) | Q(heard_at=None),
        status=Booking.Status.BOOKED,
        fulfillment__status__in=UNDER_WAY,
    )
    found = list(silent.order_by("heard_at", "pk").values_list("public_id", flat=True)[:BATCH])
    planned = Task.objects.filter(handler=ASK, key__in=found, status=Task.Status.PENDING)
    for public_id in sorted(set(found) - set(planned.values_list("key", flat=True)), key=found.index):
        tasks.schedule(ASK, key=public_id, due_at=at, rings=True)
    return len(found)


@outward
def ask(task: Task, *, at: datetime) -> None:
    """Ask the carrier, and take in what it says; where it does not answer it is asked again the next time round."""
    booking = Booking.objects.get(public_id=task.key)
    try:
        said = carriers.news_of(booking)
    except Unclear:
        said = []
    for news in said:
        receive("carrier", str(news["id"]), json.dumps(news).encode(), at=at)
    Booking.objects.filter(pk=booking.pk).update(heard_at=at)
