"""Business time: the instant at which things happen, as doors and commands ask for it.

Use cases never call this; they take `at=`. Only the demo and the tests move the clock: where MOVABLE_CLOCK names a
file, the seconds written in it are added, so that all processes of a demo jump together. Production has no such file.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings


def now() -> datetime:
    """The current business instant, in UTC."""
    return datetime.now(UTC) + offset()


def offset() -> timedelta:
    """How far business time is ahead of real time (zero in production)."""
    if not settings.MOVABLE_CLOCK:
        return timedelta()
    try:
        return timedelta(seconds=float(Path(settings.MOVABLE_CLOCK).read_text() or 0))
    except FileNotFoundError:
        return timedelta()


class ClockIsFixed(Exception):
    """Somebody tried to move the clock of an installation whose time is the real one."""


def move(by: timedelta) -> datetime:
    """Move business time ahead, for every process at once; raises ClockIsFixed outside a demo or test."""
    if not settings.MOVABLE_CLOCK:
        raise ClockIsFixed("business time can be moved only where MOVABLE_CLOCK is set")
    path = Path(settings.MOVABLE_CLOCK)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(str((offset() + by).total_seconds()))
    fresh.replace(path)
    return now()
