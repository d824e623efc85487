"""Deciding about two people who may be one. Each decision can be taken back; none loses anything."""

from datetime import datetime

from django.db import transaction

from commerce.customers.merges import merge, split
from commerce.customers.models import Suggestion
from commerce.customers.people import root_of
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.models import Journey

Status = Suggestion.Status


class AlreadyDecided(Problem):
    """Somebody else has decided about these two meanwhile."""

    code = "suggestion_decided"


@transaction.atomic
def accept(suggestion: Suggestion, *, journey: Journey, by: Actor, channel: str, at: datetime) -> Suggestion:
    """They are one: merge them, with the review as evidence; raises AlreadyDecided, AlreadyOne, KeptApart."""
    suggestion = locked(suggestion, Status.OPEN)
    evidence = f"review {suggestion.pk}: {', '.join(suggestion.evidence)}"[:120]
    one, other = root_of(suggestion.one), root_of(suggestion.other)
    edge = merge(other, into=one, evidence=evidence, journey=journey, by=by, channel=channel, at=at)
    suggestion.merge = edge
    return settle(suggestion, Status.ACCEPTED, by=by, at=at)


@transaction.atomic
def reject(suggestion: Suggestion, *, forever: bool, by: Actor, at: datetime) -> Suggestion:
    """They are two, as far as we know; or `forever`: no rule and nobody may merge them until that is taken back."""
    return settle(locked(suggestion, Status.OPEN), Status.NEVER if forever else Status.REJECTED, by=by, at=at)


@transaction.atomic
def reopen(suggestion: Suggestion, *, journey: Journey, by: Actor, channel: str, at: datetime) -> Suggestion:
    """Take a decision back: what was merged by it is split again. Raises AlreadyDecided if there is none."""
    suggestion = locked(suggestion, Status.ACCEPTED, Status.REJECTED, Status.NEVER)
    if suggestion.merge and suggestion.merge.split_at is None:
        split(suggestion.merge, journey=journey, by=by, channel=channel, at=at)
    suggestion.merge = None
    return settle(suggestion, Status.OPEN, by=by, at=at)


def locked(suggestion: Suggestion, *statuses: str) -> Suggestion:
    """The row as it stands now, if it is still to be decided like this; raises AlreadyDecided."""
    row = (
        Suggestion.objects.select_for_update(no_key=True, of=("self",))
        .select_related("one__root", "other__root", "merge__person", "merge__into")
        .get(pk=suggestion.pk)
    )
    if row.status not in statuses:
        raise AlreadyDecided("this was decided meanwhile")
    return row


def settle(suggestion: Suggestion, status: str, *, by: Actor, at: datetime) -> Suggestion:
    """Keep what was decided, by whom and when."""
    suggestion.status = status
    is_open = status == Status.OPEN
    suggestion.decided_at, suggestion.decided_by = (None, "") if is_open else (at, str(by))
    suggestion.save(update_fields=["status", "decided_at", "decided_by", "merge"])
    return suggestion
