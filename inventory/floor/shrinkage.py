"""Why units are missing or turn up: written off with one of the retailer's reasons, and summed up by them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

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


class What(TextChoices):
    """What has become of units; below zero, the contrary is true of them."""

    GONE = "gone", _("they are gone")
    DAMAGED = "damaged", _("they are damaged, and still here")
    DISCARDED = "discarded", _("they were damaged, and are gone now")


def write_off(
    goods: Mapping[int, int],
    *,
    location_id: int,
    reason: str,
    what: str = What.GONE,
    key: str = "",
    expected: Mapping[int, int] = ledger.EMPTY,
    by: Actor,
    at: datetime,
) -> int:
    """Units of a shelf are gone, or damaged, and somebody says why; returns how many rows were new.

    What is gone is taken from those that could be sold, what is discarded from the damaged ones. The same `key` is
    booked once. Raises UnknownReason, NotEnough; StockChanged where not so many are on hand as expected.
    """
    stamp: dict[str, Any] = {
        "location_id": location_id,
        "reason": reason_named(reason).code,
        "key": f"write-off:{location_id}:{key}" if key else "",
        "expected": expected,
        "by": by,
        "at": at,
    }
    if what == What.DAMAGED:
        return ledger.damage(goods, **stamp)
    return ledger.adjust(ledger.negative(goods), damaged=what == What.DISCARDED, **stamp)


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
