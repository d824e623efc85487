"""Erasing a person because she, or the law, asks for it: what is hers goes, the figures of money and stock stay.

A request waits while something with her is open, tells her why and until when, and ends by itself: a task looks again.
When nothing stands in the way any more she is told, while she can still be told, and then everything goes at once.
"""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, transaction

from commerce.carts import handing
from commerce.carts.models import Cart
from commerce.customers.logins import guests_with
from commerce.customers.models import ContactPoint, Person
from commerce.customers.people import people_of, root_of
from commerce.customers.tombs import MARK, tomb
from commerce.rest.problems import Problem
from commerce.timeline import tasks
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.models import Task
from commerce.timeline.record import open_journey, record
from notifications.happenings import ErasureAsked, ErasureWithdrawn, PersonErased
from notifications.messages import tell
from notifications.models import ErasureRequest, Message
from notifications.privacy.held import HELD, TOMB
from notifications.privacy.mentions import forget_mentions, rows_of
from notifications.privacy.obstacles import Obstacle, obstacles
from orders.stripe import kept_cards

GO_ON = "notifications.privacy.erasing.go_on"
LOOK_AGAIN = timedelta(days=1)
TO_LET_IT_LEAVE = timedelta(minutes=10)
AT_MOST = timedelta(days=1)
"""So long the last message to her may take; then she is erased without."""

Status = ErasureRequest.Status


class ErasureOver(Problem):
    """What was asked for is done, or was taken back."""

    code = "erasure_over"


class BadHold(Problem):
    """A legal hold has an end and ends within the years that any law asks for."""

    code = "erasure_hold_invalid"
    status = 422


@transaction.atomic
def ask(person: Person, *, by: Actor, channel: str, at: datetime) -> ErasureRequest:
    """Take a request; asked again, the one that waits."""
    person = Person.objects.select_for_update(no_key=True).get(pk=person.root_pk)
    if waiting := ErasureRequest.objects.filter(person=person, status=Status.WAITING).first():
        return waiting
    if person.erased_at:
        raise ErasureOver("this person has been erased")
    journey = open_journey(at=at)
    request = ErasureRequest.objects.create(
        person=person,
        journey=journey,
        asked_at=at,
        asked_by=str(by),
        channel=channel,
        reasons=[obstacle.as_dict() for obstacle in obstacles(everybody(person), at=at)],
    )
    tasks.schedule(GO_ON, key=key_of(request), due_at=at, journey=journey, data={"request": request.pk}, rings=True)
    record(journey, ErasureAsked(person=person.public_id, request=request.public_id), by=by, channel=channel, at=at)
    return request


@transaction.atomic
def withdraw(request: ErasureRequest, *, by: Actor, channel: str, at: datetime) -> None:
    """She wants to stay; raises ErasureOver if it is too late."""
    if not ErasureRequest.objects.filter(pk=request.pk, status=Status.WAITING).update(
        status=Status.WITHDRAWN, settled_at=at
    ):
        raise ErasureOver("this request is over")
    tasks.cancel(GO_ON, key=key_of(request), at=at)
    withdrawn = ErasureWithdrawn(person=request.person.public_id, request=request.public_id)
    record(request.journey_id, withdrawn, by=by, channel=channel, at=at)


@transaction.atomic
def hold(request: ErasureRequest, *, until: datetime, because: str, at: datetime) -> None:
    """Keep her data for a claim or an inquiry, until a day; raises BadHold, ErasureOver."""
    if because not in ErasureRequest.Hold.values or not at < until < at + timedelta(days=3660):
        raise BadHold("a hold needs a reason and a day within ten years")
    if not ErasureRequest.objects.filter(pk=request.pk, status=Status.WAITING).update(
        held_until=until, held_because=because
    ):
        raise ErasureOver("this request is over")


def go_on(task: Task, *, at: datetime) -> None:
    """One look at a request: wait for what is open, tell her, or erase."""
    request = (
        ErasureRequest.objects.select_for_update(no_key=True, of=("self",))
        .select_related("person", "journey")
        .get(pk=task.data["request"])
    )
    if request.status != Status.WAITING:
        return
    people = everybody(request.person)
    in_the_way = obstacles(people, at=at, held=request)
    request.reasons = [obstacle.as_dict() for obstacle in in_the_way]
    if in_the_way:
        request.told_at = None
        phase = ",".join(sorted({obstacle.why.value[:3] for obstacle in in_the_way}))[:20]
        tell_of(request, "erasure_deferred", phase=phase, at=at)
        tasks.postpone(task, until=next_look(in_the_way, at=at))
    elif request.told_at is None:
        request.told_at = at
        tell_of(request, "erasure_due", phase="1", at=at)
        tasks.postpone(task, until=at + TO_LET_IT_LEAVE)
    elif at < request.told_at + AT_MOST and is_being_told(request):
        tasks.postpone(task, until=at + TO_LET_IT_LEAVE)
    else:
        erase(request.person, at=at)
        request.status, request.settled_at = Status.DONE, at
        erased = PersonErased(person=request.person.public_id, request=request.public_id)
        record(request.journey, erased, by=SYSTEM, channel="system", at=at)
    request.save(update_fields=["reasons", "told_at", "status", "settled_at"])


def tell_of(request: ErasureRequest, purpose: str, *, phase: str, at: datetime) -> None:
    """Tell her how her request stands; the same thing once."""
    tell(request.person, purpose=purpose, subject=request.public_id, phase=phase, journey=request.journey, at=at)


def next_look(in_the_way: Iterable[Obstacle], *, at: datetime) -> datetime:
    """When it is worth to look again: when the last of what ends by itself has ended, else tomorrow."""
    ends = [obstacle.until for obstacle in in_the_way]
    return max((end for end in ends if end), default=at + LOOK_AGAIN) if all(ends) else at + LOOK_AGAIN


def is_being_told(request: ErasureRequest) -> bool:
    """Whether the last message to her has not left yet."""
    return Message.objects.filter(
        subject=request.public_id, purpose="erasure_due", status=Message.Status.WAITING
    ).exists()


def key_of(request: ErasureRequest) -> str:
    """One look at a time."""
    return f"erasure-{request.pk}"


def everybody(person: Person) -> list[int]:
    """All that she was found to be, and the guests who typed an email that she has proved."""
    people = set(people_of(person).values_list("pk", flat=True))
    proven = ContactPoint.objects.filter(person__in=people, kind="email", verified_at__isnull=False)
    for point in proven:
        people |= {guest.pk for guest in guests_with(point, other_than=root_of(person))}
    return sorted(people)


@transaction.atomic
def erase(person: Person, *, at: datetime) -> None:
    """Empty every personal field of hers, wherever it lies. What somebody bought, paid and gave back stays counted."""
    people = everybody(person)
    list(Person.objects.filter(pk__in=people).order_by("pk").select_for_update().values_list("pk"))
    for cart in Cart.objects.filter(
        person__in=people, hand_offs__ended_at=None, hand_offs__closes_at__gt=at
    ).distinct():
        handing.end(cart, at=at)
    forget_mentions(people, at=at)
    kept_cards.forget(people, at=at)
    for label, held in reversed(HELD.items()):  # her addresses last: the others are found through them
        left = {name: value for name, value in held.personal.items() if value is not TOMB}
        if left:
            apps.get_model(label)._default_manager.filter(
                pk__in=list(rows_of(label, people).values_list("pk", flat=True))
            ).update(**left)
    bury(people)
    Person.objects.filter(pk__in=people).update(erased_at=at)
    erased = sorted(Person.objects.filter(pk__in=people).values_list("public_id", flat=True))
    transaction.on_commit(lambda: remember(erased, at=at))


def bury(people: Iterable[int]) -> None:
    """Leave a keyed digest in place of each address."""
    for point in ContactPoint.objects.filter(person__in=people).exclude(value__startswith=MARK).order_by("pk"):
        point.value, point.verified_at = tomb(point.kind, point.value), None
        try:
            with transaction.atomic():
                point.save(update_fields=["value", "verified_at"])
        except IntegrityError:  # she came back and was erased again: the first digest is enough
            point.value = f"{MARK}{point.pk}"
            point.save(update_fields=["value", "verified_at"])


def remember(people: list[str], *, at: datetime) -> None:
    """Add a line to the erase list, a file that lies outside the database: a restored backup is told to forget again.

    Ids of ours only, nothing personal.
    """
    path = Path(settings.ERASURE_LIST)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"erased_at": at.isoformat(), "people": people}) + "\n")
