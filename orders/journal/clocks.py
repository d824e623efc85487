"""What a till's clock is worth. Pure: what the device claims, and when we heard of it, in; an instant and doubts out.

A batch says what the device's clock showed when it was sent. The difference to ours is taken off every claim in it, so
a clock that is two days wrong still puts its sales where they belong, before or after a count of the shelf. A claim
that cannot be true even so counts as of now: the goods are gone, and no count has seen that yet.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

TOLERANCE = timedelta(minutes=2)
"""A clock that is less wrong than this is believed: the batch needed its time to come here, too."""

LONGEST_OFFLINE = timedelta(days=60)
"""What a till claims to have sold before that is no memory but a broken clock."""

LONGEST_TEXT = 40
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Claim:
    """What a device's clock showed."""

    at: datetime
    flags: tuple[str, ...] = ()


def read(text: object, zone: ZoneInfo) -> Claim:
    """An ISO 8601 instant; without an offset it is the store's own time, which one hour a year has twice.

    Raises ValueError.
    """
    if not isinstance(text, str) or not len("2026-11-20T18") <= len(text) <= LONGEST_TEXT:
        raise ValueError("is no time like 2026-11-20T18:05:00+01:00")
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo:
            return Claim(moment.astimezone(UTC))
        first, second = (moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    except (ValueError, OverflowError) as problem:
        raise ValueError("is no time like 2026-11-20T18:05:00+01:00") from problem
    return Claim(first, ("no_offset",) if first == second else ("no_offset", "hour_twice"))


def settle(claim: Claim, *, sent: Claim, at: datetime) -> tuple[datetime, list[str]]:
    """When something happened, by what the device claims of it, and what there is to doubt."""
    wrong, flags = at - sent.at, list(claim.flags)
    try:
        occurred_at = claim.at if abs(wrong) <= TOLERANCE else claim.at + wrong
    except OverflowError:
        occurred_at = LAST if wrong > timedelta() else FIRST
    if abs(wrong) > TOLERANCE:
        flags.append("clock_behind" if wrong > timedelta() else "clock_ahead")
    if occurred_at > at + TOLERANCE:
        return at, [*flags, "in_the_future"]
    if occurred_at < at - LONGEST_OFFLINE:
        return at, [*flags, "too_long_ago"]
    return min(occurred_at, at), flags
