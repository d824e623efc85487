"""What tills told and nobody can be sure of: set apart, whole, until it is. Nothing is lost, or booked twice.

A second device under one name (a copied disk, a restored backup) may get a key of its own and tell it again; a till
that was shut out may be let in again; and the back office may look and say: book it, or it is none.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from commerce.channels.models import Device
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from orders.journal import clocks, sequences
from orders.journal.clocks import Claim
from orders.journal.models import Fact, Till
from orders.journal.reading import Said, Unclear, read
from orders.models import Todo
from orders.todos import close_todo

Status = Fact.Status
SHUT_OUT = "shut_out"
"""The flag of what a till told while it was shut out."""
NOTHING_SOLD = "no_sales_channel"
"""The flag of what a till told of a store through which nothing is sold yet; the reason that its alarm names, too."""
CAUSES = {SHUT_OUT: "a till that was shut out told", NOTHING_SOLD: "a till of a store without a sales channel told"}
MOST_KEPT = 5_000
"""So many facts of a till that was shut out are kept; who has stolen its key cannot fill the house."""


class NotSetApart(Problem):
    """This fact is booked, or was rejected: there is nothing to decide."""

    code = "not_set_apart"


def set_apart(till: Till, said: Said, *, sent: Claim, at: datetime, why: str = "") -> Fact:
    """Keep what a second device under this name says, or what the books refuse (`why`), until a person has looked."""
    known = Fact.objects.filter(uuid=said.uuid).first()
    fact = known or kept(till.device, said, sent=sent, at=at)
    if known is None:
        fact.save(force_insert=True)
    cause = why or (
        f"two devices use this till's key: number {said.sequence} stands for two things; the second is set apart"
    )
    sequences.alarm(till.device, Todo.Kind.TILL_QUARANTINED, cause, at=at)
    return fact


def kept(device: Device, said: Said, *, sent: Claim, at: datetime, flags: Sequence[str] = ()) -> Fact:
    """A fact as it stands in the journal while it is set apart."""
    occurred_at, doubts = clocks.settle(said.claim, sent=sent, at=at)
    return Fact(
        device=device,
        uuid=said.uuid,
        sequence=said.sequence,
        kind=said.kind,
        of=said.of,
        status=Status.QUARANTINED,
        is_apart=True,
        digest=said.digest,
        said=said.body,
        claimed_at=said.claimed_at,
        occurred_at=occurred_at,
        recorded_at=at,
        flags=[*doubts, *flags],
    )


@transaction.atomic
def keep(device: Device, bodies: Sequence[Any], *, sent: Claim, at: datetime, flag: str = SHUT_OUT) -> int:
    """Set apart what a till tells that was shut out, or of a store through which nothing is sold yet.

    What is known or unclear is passed over. Returns how many.
    """
    zone = ZoneInfo(device.location.timezone if device.location else "UTC")
    facts: dict[Any, Fact] = {}
    for body in bodies:
        try:
            said = read(body, zone=zone)
        except Unclear:
            continue
        facts.setdefault(said.uuid, kept(device, said, sent=sent, at=at, flags=(flag,)))
    known = set(Fact.objects.filter(uuid__in=facts).values_list("uuid", flat=True))
    room = MOST_KEPT - Fact.objects.filter(device=device, status=Status.QUARANTINED).count()
    fresh = [fact for uuid, fact in facts.items() if uuid not in known][: max(room, 0)]
    Fact.objects.bulk_create(fresh, ignore_conflicts=True)
    if fresh:
        cause = f"{CAUSES[flag]} {len(fresh)} facts more; they are set apart: book or reject them"
        sequences.alarm(device, Todo.Kind.TILL_QUARANTINED, cause, at=at)
    return len(fresh)


def may_join(known: Fact, said: Said, till: Till) -> bool:
    """Whether what was set apart is told again by who may: its own till, or another of its store with its own key."""
    return (
        known.status == Status.QUARANTINED
        and known.digest == said.digest
        and known.device.location_id == till.device.location_id
    )


def still_apart(fact: Fact) -> Fact:
    """A fact that nobody has decided about, locked; raises NotSetApart."""
    undecided = Fact.objects.filter(pk=fact.pk, status__in=(Status.QUARANTINED, Status.WAITING))
    locked = undecided.select_for_update(of=("self",), no_key=True).select_related("device__location").first()
    if locked is None:
        raise NotSetApart(f"{fact} is booked already, or was rejected")
    return locked


@transaction.atomic
def reject(fact: Fact, *, by: Actor, at: datetime) -> None:
    """Say that it never happened: it stays as it was told, and is never booked. Raises NotSetApart."""
    fact = still_apart(fact)
    fact.status, fact.decided_by = Status.REJECTED, str(by)[:60]
    fact.save(update_fields=["status", "decided_by"])
    settle(fact, by=by, at=at)


def settle(fact: Fact, *, by: Actor, at: datetime) -> None:
    """Take what was decided off the store's list, with the last of its till."""
    close_todo(Todo.Kind.TILL_WAITING, str(fact.uuid), by=by, at=at)
    if not Fact.objects.filter(device=fact.device_id, status=Status.QUARANTINED).exists():
        close_todo(Todo.Kind.TILL_QUARANTINED, fact.device.public_id, by=by, at=at)
