"""Giving promises, keeping them, taking them back: each use case writes down here what a person was told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from commerce.bulk import insert
from commerce.customers.models import ContactPoint
from commerce.promises.happenings import PromiseMoved
from commerce.promises.models import Promise
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.record import record

Kind, Status, Reason = Promise.Kind, Promise.Status, Promise.Reason

LOOK_BEFORE: dict[str, timedelta | None] = {
    Kind.PICKUP: timedelta(minutes=30),
    Kind.DELIVERY: timedelta(hours=4),
    Kind.BACKORDER: None,  # from the first day on: what is expected moves
    Kind.CALLBACK: timedelta(minutes=15),
    Kind.CASE_STEP: timedelta(hours=1),
}
"""How long before its time somebody looks whether a promise will hold; a kind that is not here holds by itself."""

OF_GOODS = frozenset({Kind.PICKUP, Kind.DELIVERY, Kind.BACKORDER})
"""Kinds that may be promised without a day: from the first one on somebody looks whether there is one by now."""

AT_RISK = Q(status=Status.OPEN) & ~Q(danger="")

HERSELF = frozenset({"visitor", "person", "provider", "carrier"})
"""Who buys, or what tells us of it, gives no promise: our pages and messages do."""

CHANNEL_OF: dict[str, str] = {ContactPoint.Kind.EMAIL: "email", ContactPoint.Kind.PHONE: "sms"}


@dataclass(frozen=True)
class Given:
    """What somebody is promised; `due_at` is empty where no day was named."""

    kind: str
    subject: str
    journey_id: int
    due_at: datetime | None
    person_id: int | None = None
    location_id: int | None = None
    carrier: str = ""
    contact_point: ContactPoint | None = None


def give(promises: Sequence[Given], *, by: Actor, channel: str, at: datetime) -> list[Promise]:
    """Write down new promises about things of which nothing was promised yet, in one statement."""
    rows = [row_of(given, by=by, channel=channel, at=at) for given in promises]
    insert(rows)
    return rows


def row_of(given: Given, *, by: Actor, channel: str, at: datetime) -> Promise:
    """A promise as it is stored."""
    due_at, point = given.due_at, given.contact_point
    return Promise(
        kind=given.kind,
        subject=given.subject,
        journey_id=given.journey_id,
        person_id=given.person_id,
        location_id=given.location_id,
        carrier=given.carrier,
        contact_point=point,
        contact_channel=CHANNEL_OF.get(point.kind, point.kind) if point else "",
        given_by="system" if by.kind in HERSELF else str(by)[:60],
        given_in=channel,
        given_at=at,
        due_at=due_at,
        look_at=looked_at_from(given.kind, due_at, at=at),
    )


def looked_at_from(kind: str, due_at: datetime | None, *, at: datetime) -> datetime | None:
    """From when on somebody looks whether a promise given at an instant will hold; never where it holds by itself."""
    before = LOOK_BEFORE.get(kind, timedelta.max)
    if due_at is None:
        return at if kind in OF_GOODS else None
    if before == timedelta.max:
        return None
    return at if before is None else max(at, due_at - before)


@transaction.atomic
def agree(given: Given, *, by: Actor, channel: str, at: datetime) -> Promise:
    """Promise another time than before, in a talk with her: so she was told. The same time again changes nothing."""
    standing = Promise.objects.select_for_update(no_key=True).filter(subject=given.subject, status=Status.OPEN)
    for promise in standing:
        if promise.kind == given.kind and promise.due_at == given.due_at:
            return promise
        promise.told_at = promise.told_at or at
        settle(promise, Status.TOLD if in_time(promise, at) else Status.BROKEN, at=at)
    [promise] = give([given], by=by, channel=channel, at=at)
    return promise


def keep(subjects: Collection[str], *, at: datetime) -> None:
    """What was promised about these happened at an instant, perhaps before we learned of it.

    A promise that we held for broken is kept, if it happened in time after all.
    """
    about = Promise.objects.filter(subject__in=subjects)
    late = Q(due_at__isnull=False, due_at__lt=at)
    about.filter(Q(status=Status.OPEN) & ~late).update(status=Status.KEPT, settled_at=at)
    about.filter(Q(status__in=(Status.BROKEN, Status.TOLD), due_at__gte=at)).update(status=Status.KEPT, settled_at=at)


def withdraw(subjects: Collection[str], *, reason: str = Reason.CANCELED, at: datetime) -> None:
    """What was promised about these is wanted no more, or was canceled."""
    standing = Promise.objects.filter(subject__in=subjects, status=Status.OPEN)
    standing.update(status=Status.WITHDRAWN, reason=reason, settled_at=at)


@transaction.atomic
def pass_on(
    subject: str, to: Sequence[Given], *, is_over: bool, by: Actor, channel: str, at: datetime
) -> list[Promise]:
    """Others take over what was promised about something: until when she was told, as she was told nothing else yet.

    Whether that can be kept is looked at next. `is_over`: nothing is left of what was promised before.
    """
    kinds = {given.kind for given in to} | OF_GOODS
    open_ones = Promise.objects.select_for_update(no_key=True).filter(subject=subject, status=Status.OPEN)
    standing = open_ones.filter(kind__in=kinds).first()
    due_at = standing.due_at if standing else None
    made = give([replace(given, due_at=due_at) for given in to], by=by, channel=channel, at=at)
    if standing:
        Promise.objects.filter(pk__in=[promise.pk for promise in made]).update(message=standing.message)
    if is_over:
        withdraw([subject], reason=Reason.MOVED, at=at)
    return made


def written_by(subjects: Collection[str], message: str) -> None:
    """A message told her what is promised about these; the first one counts."""
    Promise.objects.filter(subject__in=subjects, status=Status.OPEN, message="").update(message=message)


def rename(before: str, after: str) -> None:
    """The same is promised, under the name of what took over."""
    Promise.objects.filter(subject=before, status=Status.OPEN).update(subject=after)


def carried_by(subject: str, carrier: str) -> None:
    """From now on a carrier has it."""
    Promise.objects.filter(subject=subject, status=Status.OPEN).update(carrier=carrier)


@transaction.atomic
def told(public_id: str, *, message: str = "", at: datetime) -> None:
    """She was told that a promise will not hold: what we expect now is promised instead. Told twice, it is once.

    Who is told after the time was over is promised another one as well; the promise before stays broken.
    """
    promise = Promise.objects.select_for_update(no_key=True).filter(public_id=public_id, told_at=None).first()
    if promise is None:
        return
    promise.told_at = at
    promise.save(update_fields=["told_at"])
    if promise.status == Status.OPEN and in_time(promise, at):
        settle(promise, Status.TOLD, at=at)
    elif promise.status == Status.OPEN:
        settle(promise, Status.BROKEN, at=at)
    elif promise.status != Status.BROKEN or stands(promise):
        return
    if promise.kind == Kind.RESERVATION:  # what is gone is kept no longer
        return
    made = instead_of(promise, message=message, at=at)
    insert([made])
    before = promise.due_at.isoformat() if promise.due_at else ""
    until = made.due_at.isoformat() if made.due_at else None
    moved = PromiseMoved(made.public_id, promise.kind, promise.subject, before, until, message)
    record(promise.journey_id, moved, by=SYSTEM, channel=made.given_in, at=at)


def stands(promise: Promise) -> bool:
    """Whether the same was promised again meanwhile."""
    return Promise.objects.filter(kind=promise.kind, subject=promise.subject, status=Status.OPEN).exists()


def told_of(subject: str, *, message: str = "", at: datetime) -> None:
    """She was told in other words that what was promised about this will not hold."""
    for public_id in Promise.objects.filter(AT_RISK, subject=subject).values_list("public_id", flat=True):
        told(public_id, message=message, at=at)


def instead_of(promise: Promise, *, message: str, at: datetime) -> Promise:
    """The promise that stands in the place of one that will not hold; without a day where we know none."""
    due_at = promise.expected_at if promise.expected_at and promise.expected_at > at else None
    return Promise(
        kind=promise.kind,
        subject=promise.subject,
        journey_id=promise.journey_id,
        person_id=promise.person_id,
        location_id=promise.location_id,
        carrier=promise.carrier,
        contact_point_id=promise.contact_point_id,
        contact_channel=promise.contact_channel,
        given_by="system",
        given_in=promise.contact_channel or promise.given_in,
        message=message,
        given_at=at,
        due_at=due_at,
        look_at=looked_at_from(promise.kind, due_at, at=at),
    )


def in_time(promise: Promise, at: datetime) -> bool:
    """Whether a promise's time is not over yet."""
    return promise.due_at is None or at <= promise.due_at


def settle(promise: Promise, status: str, *, at: datetime) -> None:
    """Give a locked promise its end."""
    promise.status, promise.settled_at = status, at
    promise.save(update_fields=["status", "settled_at", "told_at"])
