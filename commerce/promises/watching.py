"""Looking ahead: which promises will not hold, so that she hears of it before; and which were broken.

What will become of a promise is known by the package whose it is: commerce.wiring.FORECASTS names one function for each
kind, `forecast(promise, *, at) -> Forecast | None`, which says nothing where all is well.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.module_loading import import_string

from commerce import wiring
from commerce.promises.happenings import PromiseBroken, PromiseDated, PromiseEndangered
from commerce.promises.models import Promise
from commerce.timeline.actors import SYSTEM
from commerce.timeline.record import record

Status = Promise.Status
BATCH = 500
AGAIN = timedelta(minutes=1)
"""So long after a look at which all was well: thus nobody at the end of a long list is passed over."""

GRACE = timedelta(minutes=2)
"""What kept a promise in its last minute may be learned a moment later."""


@dataclass(frozen=True)
class Forecast:
    """A promise will not hold: why (stock, delay, queue), and what is to be expected instead, if we know."""

    danger: str
    expected_at: datetime | None


def watch(*, at: datetime) -> int:
    """Look at every promise whose time to be looked at has come, and settle what broke; how many changed."""
    ahead = Promise.objects.filter(Q(due_at__gte=at) | Q(due_at=None), status=Status.OPEN, danger="", look_at__lte=at)
    over = Promise.objects.filter(status=Status.OPEN, due_at__lt=at - GRACE)
    seen = {promise.pk: look(promise, at=at) for promise in ahead.order_by("look_at", "due_at", "pk")[:BATCH]}
    well = [pk for pk, has_changed in seen.items() if not has_changed]
    Promise.objects.filter(pk__in=well, look_at__lte=at).update(look_at=at + AGAIN)
    changed = sum(seen.values())
    return changed + sum(give_up(promise, at=at) for promise in over.order_by("due_at")[:BATCH])


def look_again(subject: str, *, at: datetime) -> int:
    """Something has happened to what was promised: look at once whether it will hold."""
    standing = Promise.objects.filter(subject=subject, status=Status.OPEN, danger="")
    return sum(look(promise, at=at) for promise in standing.order_by("pk"))


@transaction.atomic
def look(promise: Promise, *, at: datetime) -> bool:
    """Ask for the forecast of a promise; one that will not hold is written on her timeline, from which all follows."""
    if promise.kind not in wiring.FORECASTS or (promise.due_at is None and promise.look_at is None):
        return False
    found = ask(promise, at=at)
    if promise.due_at is None:
        return date(promise, found.expected_at if found else None, at=at)
    if found is None or (found.expected_at and found.expected_at <= promise.due_at):
        return False
    noticed = Promise.objects.filter(pk=promise.pk, status=Status.OPEN, danger="").update(
        danger=found.danger, expected_at=found.expected_at, endangered_at=at
    )
    if noticed:
        expected = found.expected_at.isoformat() if found.expected_at else None
        told = PromiseEndangered(*facts(promise), found.danger, expected)
        record(promise.journey_id, told, by=SYSTEM, channel=promise.given_in, at=at)
    return bool(noticed)


def ask(promise: Promise, *, at: datetime) -> Forecast | None:
    """The forecast of a promise, of a kind that has one."""
    forecast: Callable[..., Forecast | None] = import_string(wiring.FORECASTS[promise.kind])
    return forecast(promise, at=at)


def refresh(promise: Promise, *, at: datetime) -> None:
    """Ask again just before she is told: what is expected by now. What is well again is no danger, and no day is none.

    Locked by the caller; one that is not open any more stays as it is.
    """
    if promise.kind not in wiring.FORECASTS or promise.status != Status.OPEN or promise.told_at is not None:
        return
    found = ask(promise, at=at)
    expected_at = found.expected_at if found else None
    if promise.due_at is None:
        is_told = expected_at is not None and expected_at > at
    else:
        is_told = found is not None and (expected_at is None or expected_at > promise.due_at)
    promise.expected_at = expected_at if is_told else None
    if not is_told:
        promise.danger, promise.endangered_at, promise.look_at = "", None, at
    elif found and promise.danger:
        promise.danger = found.danger
    promise.save(update_fields=["expected_at", "danger", "endangered_at", "look_at"])


def date(promise: Promise, expected_at: datetime | None, *, at: datetime) -> bool:
    """Where no day was named and there is one now, write it on her timeline, once: she is told."""
    if expected_at is None or expected_at <= at:
        return False
    undated = Promise.objects.filter(pk=promise.pk, status=Status.OPEN, due_at=None, expected_at=None)
    noticed = undated.update(expected_at=expected_at, look_at=None)
    if noticed:
        told = PromiseDated(*facts(promise), expected_at.isoformat())
        record(promise.journey_id, told, by=SYSTEM, channel=promise.given_in, at=at)
    return bool(noticed)


@transaction.atomic
def give_up(promise: Promise, *, at: datetime) -> bool:
    """The time is over: it was broken, and the timeline says why."""
    standing = Promise.objects.filter(pk=promise.pk, status=Status.OPEN)
    if not standing.update(status=Status.BROKEN, settled_at=at):
        return False
    told = PromiseBroken(*facts(promise), promise.danger or "unforeseen")
    record(promise.journey_id, told, by=SYSTEM, channel=promise.given_in, at=at)
    return True


def facts(promise: Promise) -> tuple[str, str, str, str]:
    """What every entry says of it."""
    due = promise.due_at.isoformat() if promise.due_at else ""
    return promise.public_id, promise.kind, promise.subject, due
