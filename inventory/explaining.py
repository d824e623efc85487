"""Why a shelf has what it has: every movement, hold and allocation behind its counters, now or as of an instant."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Max, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.utils.module_loading import import_string

from commerce.wiring import DEMANDS
from inventory.buffers import buffer_at
from inventory.models import Allocation, Hold, Incoming, Movement, Repair, Stock

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
class Owner:
    """Who keeps units from the others: an order, with its number once it is placed, or a reservation."""

    kind: str
    id: str
    number: str = ""


@dataclass(frozen=True)
class Explanation:
    """The counters of a shelf and what stands behind each. `on_hand` is the sum of the movements."""

    on_hand: int
    damaged: int
    buffer: int
    buffer_reason: dict[str, Any] | None
    available: int
    kinds: Sequence[MovementsOfKind]
    latest: Sequence[Movement]
    holds: Sequence[Hold]
    allocations: Sequence[Allocation]
    repair: Repair | None
    counted_at: datetime | None
    arrivals: Sequence[Incoming]
    owners: Mapping[str, Owner]
    """By demand."""


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

    What is expected is told as it stands by now, of the lines that were open then.
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
    held = as_they_were(holds.order_by("expires_at", "pk"), at=at, then=then)
    buffer = buffer_at(stock, at=then)
    promised = list(allocations.order_by("allocated_at", "pk"))
    kept = sum(hold.quantity for hold in held) + sum(allocation.quantity for allocation in promised)
    return Explanation(
        on_hand=on_hand,
        damaged=damaged,
        buffer=buffer.units,
        buffer_reason=buffer.reason,
        available=max(on_hand - damaged - buffer.units - kept, 0),
        kinds=[MovementsOfKind(row["kind"], row["movements"], row["quantity"], row["last"]) for row in kinds],
        latest=list(with_moved_since(movements).order_by("-occurred_at", "-pk")[:LATEST]),
        holds=held,
        allocations=promised,
        repair=Repair.objects.filter(
            Q(closed_at__isnull=True) | Q(closed_at__gt=then), stock=stock, opened_at__lte=then
        ).first(),
        counted_at=next((row["last"] for row in kinds if row["kind"] == Movement.Kind.COUNTED), None),
        arrivals=list(
            Incoming.objects.filter(
                Q(ended_at__isnull=True) | Q(ended_at__gt=then), stock=stock, ordered_at__lte=then
            ).order_by("expected_at", "pk")
        ),
        owners=owners_of({one.demand for one in held} | {one.demand for one in promised}),
    )


def as_they_were(holds: Iterable[Hold], *, at: datetime, then: datetime) -> list[Hold]:
    """The holds that counted at an instant, each with the expiry that it had by what was known `then`."""
    found = []
    for hold in holds:
        before = (until for extended, until in hold.earlier or () if datetime.fromisoformat(extended) > then)
        if (first := next(before, None)) is not None:
            hold.expires_at = datetime.fromisoformat(first)
        if hold.expires_at > at:
            found.append(hold)
    return sorted(found, key=lambda hold: hold.expires_at)


RESERVATION = "reservation:"


def owners_of(demands: Collection[str]) -> dict[str, Owner]:
    """Whose these demands are, where it is an order or a reservation."""
    reservations = [demand for demand in demands if demand.startswith(RESERVATION)]
    kept = {demand: Owner("reservation", demand.removeprefix(RESERVATION)) for demand in reservations}
    if not (others := set(demands) - set(kept)):
        return kept
    ask: Callable[[Collection[str]], Mapping[str, tuple[str, str]]] = import_string(DEMANDS)
    return kept | {demand: Owner("order", order, number) for demand, (order, number) in ask(others).items()}
