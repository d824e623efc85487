"""A shelf's movements as a picture: how many units it had, step by step. Pure; drawn as SVG, with no script."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from inventory.models import Movement

WIDTH, HEIGHT, EDGE = 640, 150, 22


@dataclass(frozen=True)
class Picture:
    """What the template draws: one line of steps, a dot for each count, and the numbers at its edges."""

    line: str
    counts: Sequence[tuple[int, int]]
    zero: int
    most: int
    least: int
    first: datetime
    last: datetime


def drawn(latest: Sequence[Movement], *, on_hand: int, at: datetime) -> Picture | None:
    """A picture of the latest movements (the newest first) that led to `on_hand`; none where nothing moved."""
    if not latest:
        return None
    levels, level = [], on_hand
    for movement in latest:
        levels.append((movement, level))
        level -= movement.quantity
    began_with, steps = level, list(reversed(levels))
    numbers = [began_with, *(after for _, after in steps)]
    most, least = max(*numbers, 1), min(*numbers, 0)
    first, last = steps[0][0].occurred_at, max(at, steps[-1][0].occurred_at)
    span = (last - first).total_seconds() or 1

    def x(moment: datetime) -> int:
        return round(EDGE + (moment - first).total_seconds() / span * (WIDTH - 2 * EDGE))

    def y(units: int) -> int:
        return round(EDGE + (most - units) / (most - least) * (HEIGHT - 2 * EDGE))

    path = [f"M{EDGE} {y(began_with)}", *(f"H{x(m.occurred_at)}V{y(after)}" for m, after in steps), f"H{WIDTH - EDGE}"]
    counts = [(x(movement.occurred_at), y(after)) for movement, after in steps if movement.counted is not None]
    return Picture("".join(path), counts, y(0), most, least, first, last)
