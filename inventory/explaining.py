"""Why a shelf has what it has: every movement, hold and allocation behind its counters, now or as of an instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, Max, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from inventory.models import Allocation, Hold, Movement, Repair, Stock

LATEST = 50
"""How many of the latest movements are told one by one; all others are in the sums."""


@dataclass(frozen=True)
class MovementsOfKind:
    """What movements of one kind have changed in all."""

    kind: str
    movements: int
    quantity: int
    last: datetime


@dataclass(frozen=True)
class Explanation:
    """The counters of a shelf and what stands behind each. `on_hand` is the sum of the movements."""

    on_hand: int
    damaged: int
    buffer: int
    available: int
    kinds: Sequence[MovementsOfKind]
    latest: Sequence[Movement]
    holds: Sequence[Hold]
    allocations: Sequence[Allocation]
    repair: Repair | None


def with_moved_since(movements: QuerySet[Movement]) -> QuerySet[Movement]:
    """Movements, each count among them with how often its shelf had moved before it was booked: `moved_since`."""
    between = Movement.objects.filter(
        stock=OuterRef("stock"),
        occurred_at__gt=OuterRef("occurred_at"),
        recorded_at__lte=OuterRef("recorded_at"),
        pk__lt=OuterRef("pk"),
    )
    how_often = between.order_by().values("stock").annotate(moved=Count("pk")).values("moved")
    return movements.annotate(moved_since=Case(When(counted__isnull=False, then=Coalesce(Subquery(how_often), 0))))


def explain(stock: Stock, *, at: datetime, known_at: datetime | None = None) -> Explanation:
    """A shelf as it was at an instant: by all we know today, or by what we knew at another instant.

    Of holds and allocations we know what they were at any time; of the buffer only what it is now.
    """
    movements = Movement.objects.filter(stock=stock, occurred_at__lte=at)
    if known_at:
        movements = movements.filter(recorded_at__lte=known_at)
    sums = movements.values("kind").annotate(
        movements=Count("*"), quantity=Sum("quantity"), damaged=Sum("damaged"), last=Max("occurred_at")
    )
    kinds = list(sums.order_by("kind"))
    then = min(at, known_at or at)
    not_yet_over = Q(ended_at__gt=then)
    holds = Hold.objects.filter(Q(status="live") | not_yet_over, stock=stock, placed_at__lte=then, expires_at__gt=at)
    allocations = Allocation.objects.filter(Q(status="open") | not_yet_over, stock=stock, allocated_at__lte=then)
    on_hand, damaged = sum(row["quantity"] for row in kinds), sum(row["damaged"] for row in kinds)
    held = list(holds.order_by("expires_at", "pk"))
    promised = list(allocations.order_by("allocated_at", "pk"))
    kept = sum(hold.quantity for hold in held) + sum(allocation.quantity for allocation in promised)
    return Explanation(
        on_hand=on_hand,
        damaged=damaged,
        buffer=stock.buffer,
        available=max(on_hand - damaged - stock.buffer - kept, 0),
        kinds=[MovementsOfKind(row["kind"], row["movements"], row["quantity"], row["last"]) for row in kinds],
        latest=list(with_moved_since(movements).order_by("-occurred_at", "-pk")[:LATEST]),
        holds=held,
        allocations=promised,
        repair=Repair.objects.filter(stock=stock, closed_at__isnull=True).first(),
    )
