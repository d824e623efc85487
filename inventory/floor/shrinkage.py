"""Why units are missing or turn up: written off with one of the retailer's reasons, and summed up by them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from inventory import ledger
from inventory.floor.models import ShrinkageReason
from inventory.statements import run


class UnknownReason(Problem):
    """No reason that is offered has this code."""

    code = "unknown_reason"
    status = 422


def reason_named(code: str) -> ShrinkageReason:
    """The reason of this code; raises UnknownReason."""
    found = ShrinkageReason.objects.filter(code=code, is_active=True).first()
    if found is None:
        raise UnknownReason("no reason has this code")
    return found


def reasons(language: str) -> list[tuple[str, str]]:
    """Code and name of every reason that is offered."""
    rows = ShrinkageReason.objects.filter(is_active=True)
    return [(row.code, row.names.get(language) or row.name) for row in rows]


def write_off(
    goods: Mapping[int, int], *, location_id: int, reason: str, key: str = "", by: Actor, at: datetime
) -> int:
    """Units of a shelf are gone (or, below zero, were found) and somebody says why; returns how many rows were new.

    The same `key` is booked once. Raises UnknownReason, NotEnough.
    """
    why = reason_named(reason)
    return ledger.adjust(
        ledger.negative(goods),
        location_id=location_id,
        reason=why.code,
        key=f"write-off:{location_id}:{key}" if key else "",
        by=by,
        at=at,
    )


@dataclass(frozen=True)
class Figure:
    """What one reason cost one place: units that are gone, less those that turned up."""

    location: str
    reason: str
    """Empty: a count found it, and nobody said why."""
    movements: int
    units: int


FIGURES = """
SELECT l.name, coalesce(r.code, '') AS why, count(*), -sum(m.quantity)::bigint
FROM inventory_movement m
JOIN inventory_stock s ON s.id = m.stock_id JOIN channels_location l ON l.id = s.location_id
LEFT JOIN floor_shrinkagereason r ON r.code = m.reason
WHERE m.kind IN ('adjusted', 'counted') AND m.quantity <> 0 AND m.occurred_at >= %(since)s
GROUP BY l.name, why ORDER BY l.name, 4 DESC, why
"""


def figures(since: datetime) -> Sequence[Figure]:
    """What is missing since an instant, by place and reason, the most first."""
    return [Figure(*row) for row in run(FIGURES, since=since)]
