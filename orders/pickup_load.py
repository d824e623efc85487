"""How busy each store is with pickups: measured here, kept on the location, read by the promise in inventory."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

from django.db.models import Count
from django.db.models.functions import Coalesce

from commerce.channels.models import Location
from inventory.opening import Hours, hours_of, open_spans
from orders.lifecycle import TO_PICK
from orders.models import Fulfillment

Way = Fulfillment.Status
LOOKED_AT = 50
ENOUGH = 10
"""Fewer pickups than this say nothing about a store; then its own estimate counts."""


def refresh(*, at: datetime) -> int:
    """Count what each place has to prepare, and how long nine of ten of its last pickups took; how many places."""
    waiting = Fulfillment.objects.filter(status__in=TO_PICK)
    by_place = waiting.annotate(place=Coalesce("comes_from", "location")).values_list("place")
    queue = dict(by_place.annotate(Count("pk")).order_by())
    pickups = Fulfillment.objects.filter(kind=Fulfillment.Kind.PICKUP, comes_from__isnull=True)
    stores = Location.objects.filter(is_active=True).exclude(kind=Location.Kind.TRANSIT)
    for store in stores:
        done = pickups.filter(location=store, ready_at__isnull=False).order_by("-ready_at")[:LOOKED_AT]
        hours = hours_of(store)
        took = [
            open_minutes(hours, since, until)
            for since, until in done.values_list("created_at", "ready_at")
            if until is not None
        ]
        measured = percentile_90(took) if len(took) >= ENOUGH else None
        Location.objects.filter(pk=store.pk).update(pickup_queue=queue.get(store.pk, 0), measured_minutes=measured)
    return len(stores)


def open_minutes(hours: Hours, since: datetime, until: datetime) -> int:
    """How many minutes of being open lie between two instants; begun ones count."""
    spent = timedelta()
    for opens, closes in open_spans(hours, since=since):
        if opens >= until:
            break
        spent += min(closes, until) - max(opens, since)
    return ceil(spent / timedelta(minutes=1))


def percentile_90(values: Sequence[int]) -> int:
    """What nine of ten do not exceed (nearest rank)."""
    return sorted(values)[ceil(len(values) * 0.9) - 1]
