"""The past of a stock whose beginning nobody wrote down."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum

from commerce.timeline.actors import Actor
from inventory import ledger
from inventory.models import Movement

Place = tuple[int, int]
"""A variant's id and a location's id."""

REASON = "derived: opening stock is not in the file"


@transaction.atomic
def derive_opening(
    changes: Mapping[Place, Sequence[int]], *, source: str, began_at: datetime, by: Actor, at: datetime
) -> int:
    """Receive what must have been there before a history began, so that no unit is sold that never came.

    A sales history does not say what lay on the shelf. What the ledger knows of the time before it counts; the least
    that is still missing, for on-hand never to fall below zero, is received an hour before the history begins.
    Running it again, also over a longer part of the same source, adds only what is missing. Returns how many rows.
    """
    before = Counter(levels(changes, until=began_at, without=f"{source}:opening:"))
    had: dict[Place, list[int]] = defaultdict(list)
    for variant, location, quantity in Movement.objects.filter(key__startswith=f"{source}:opening:").values_list(
        "stock__variant", "stock__location", "quantity"
    ):
        had[variant, location].append(quantity)
    moves = []
    for place, of_place in changes.items():
        missing = -(before[place] + sum(had[place]) + lowest(of_place))
        if missing > 0:
            key = f"{source}:opening:{place[0]}:{place[1]}:{len(had[place]) + 1}"
            occurred_at = began_at - timedelta(hours=1)
            moves.append(
                ledger.Move(*place, ledger.Kind.RECEIVED, missing, reason=REASON, key=key, occurred_at=occurred_at)
            )
    return ledger.move(moves, by=by, at=at, as_fact=True)


def levels(places: Iterable[Place], *, until: datetime, without: str) -> dict[Place, int]:
    """What was on hand before an instant, not counting movements whose key begins in some way."""
    rows = (
        Movement.objects.filter(stock__variant__in={variant for variant, _ in places}, occurred_at__lt=until)
        .exclude(key__startswith=without, key__isnull=False)
        .values_list("stock__variant", "stock__location")
        .annotate(Sum("quantity"))
    )
    return {(variant, location): units for variant, location, units in rows}


def lowest(changes: Iterable[int]) -> int:
    """How far below its beginning a number falls (zero or less)."""
    level = least = 0
    for change in changes:
        level += change
        least = min(least, level)
    return least
