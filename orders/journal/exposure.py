"""How exposed a location is: for how long its tills were not heard of, and what is being picked there."""

from collections import Counter
from datetime import datetime, timedelta

from inventory.buffers import let_go, refresh
from inventory.models import BufferRule
from orders.journal.models import Till
from orders.models import Fulfillment, FulfillmentLine

GRACE = timedelta(minutes=5)
"""A till that was heard of within this time is not silent."""


def refresh_buffers(*, at: datetime) -> int:
    """Reckon the buffers of every location that has a rule, and end those of a rule that is gone; returns how many
    changed.
    """
    return let_go(at=at) + sum(
        refresh(rule, silent=silence_of(rule.location_id, at=at), picks=picks_of(rule.location_id), at=at)
        for rule in BufferRule.objects.select_related("location").order_by("pk")
    )


def silence_of(location: int, *, at: datetime) -> timedelta:
    """For how long its tills were not heard of, on average; a till that was put away for good has its key revoked.

    Silence is never forgotten: the longer it lasts the more may have been sold, up to the cap of the buffer.
    """
    tills = Till.objects.filter(device__location=location, device__revoked_at=None)
    silent = [max(at - heard_at - GRACE, timedelta()) for heard_at in tills.values_list("heard_at", flat=True)]
    return sum(silent, timedelta()) / len(silent) if silent else timedelta()


def picks_of(location: int) -> Counter[int]:
    """What is being picked there: variant → units."""
    lines = FulfillmentLine.objects.filter(
        fulfillment__location=location, fulfillment__status=Fulfillment.Status.PICKING
    )
    picks: Counter[int] = Counter()
    for variant, units in lines.values_list("order_line__variant", "quantity"):
        picks[variant] += units
    return picks
