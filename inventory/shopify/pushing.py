"""Telling Shopify what it can sell of our shelves, and never over its head.

Each change names what we last saw there. Where Shopify has sold in between it refuses (CHANGE_FROM_QUANTITY_STALE):
then we look again, hold here what it took there, reckon anew, and try again, a few times.
"""

from datetime import datetime, timedelta

from django.db import transaction

from commerce.ids import public_id
from commerce.shopify.client import Shop, Stale
from commerce.timeline import tasks
from commerce.timeline.models import Task
from commerce.timeline.tasks import outward
from inventory import holds, ledger
from inventory.availability import available
from inventory.holds import Want
from inventory.models import Hold, Stock
from inventory.shopify.models import Level

PUSH = "inventory.shopify.pushing.push"
TRIES = 5
TAKEN_LASTS = timedelta(days=7)
"""For how long units are held that Shopify sold, until its order is here and takes them."""


class StillStale(Exception):
    """Shopify sold faster than we could tell; the task comes again."""


def plan(*, at: datetime) -> int:
    """Plan a push for each level where Shopify has another number than we; returns how many."""
    levels = list(Level.objects.select_related("stock").order_by("pk"))
    free = available({level.stock.variant_id for level in levels}, at=at)
    differing = [
        level
        for level in levels
        if level.pending is not None or level.seen != free[level.stock.variant_id, level.stock.location_id]
    ]
    for level in differing:
        tasks.schedule(PUSH, key=str(level.pk), due_at=at)
    return len(differing)


@outward
def push(task: Task, *, at: datetime) -> None:
    """Bring Shopify's number in line with ours; raises StillStale, and what the client raises."""
    level = Level.objects.select_related("stock").get(pk=int(task.key))
    shop = Shop.configured()
    for _ in range(TRIES):
        units = ours(level, at=at)
        if level.seen is None:
            look(level, shop, at=at)
        elif level.pending is None and level.seen == units:
            return
        else:
            change(level, units, shop, at=at)
    if level.pending is not None or level.seen != ours(level, at=at):
        raise StillStale(f"after {TRIES} tries Shopify still has another number")


def ours(level: Level, *, at: datetime) -> int:
    """What can be sold of the shelf."""
    shelf = level.stock
    return available([shelf.variant_id], locations=[shelf.location_id], at=at)[shelf.variant_id, shelf.location_id]


def change(level: Level, units: int, shop: Shop, *, at: datetime) -> None:
    """Send one change, or once more the one of which nobody knows whether it was heard."""
    if level.pending is None:
        level.pending, level.key = units, public_id()
        level.save(update_fields=["pending", "key"])
    document = f"gid://mostrador/Stock/{level.stock_id}"
    try:
        shop.set_available(
            level.item, level.place, level.pending, seen=level.seen or 0, key=level.key, document=document
        )
    except Stale:
        level.pending = None
        level.save(update_fields=["pending"])
        look(level, shop, at=at)
    else:
        level.seen, level.seen_at, level.pending = level.pending, at, None
        level.save(update_fields=["seen", "seen_at", "pending"])


def look(level: Level, shop: Shop, *, at: datetime) -> None:
    """See what Shopify has now; what it has less than we last saw, it has sold."""
    found = shop.available(level.item, level.place)
    with transaction.atomic():
        if level.seen is not None and found != level.seen:
            hold_what_it_took(level, level.seen - found, at=at)
        level.seen, level.seen_at = found, at
        level.save(update_fields=["seen", "seen_at", "oversold"])


def hold_what_it_took(level: Level, took: int, *, at: datetime) -> None:
    """Hold here what Shopify sold (less than nothing: it gave some back), as far as it is there."""
    shelf: Stock = level.stock
    ledger.lock([(shelf.variant_id, shelf.location_id)])
    held = sum(
        Hold.objects.filter(demand=level.demand, status="live", expires_at__gt=at).values_list("quantity", flat=True)
    )
    wanted = max(held + took, 0)
    units = min(wanted, held + ours(level, at=at))
    level.oversold += wanted - units
    if units:
        want = Want(shelf.variant_id, shelf.location_id, units, level.demand)
        holds.place([want], expires_at=at + TAKEN_LASTS, at=at)
    else:
        holds.release([level.demand], at=at)
