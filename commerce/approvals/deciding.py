"""Asking a second person, and her decision. What was asked for is done in the same transaction as her yes.

Who wants something done calls `may_alone` first; where that says no, `ask` writes it down. commerce.wiring.APPROVED
names for each kind the function that does it: `carry_out(approval, *, by, at)`. Where it refuses, the yes is undone.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.module_loading import import_string

from commerce import wiring
from commerce.approvals.happenings import ApprovalAsked, ApprovalGranted, ApprovalRefused, OfApproval
from commerce.approvals.models import Approval, Limit
from commerce.channels.models import Location, Role
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.models import Journey
from commerce.timeline.record import record

Status = Approval.Status

# Minor units, until the back office says otherwise: (alone, agrees to what others ask). None is without limit.
USUAL: dict[str, tuple[int | None, int | None]] = {
    Role.STORE: (50_00, 0),
    Role.AGENT: (50_00, 0),
    Role.WAREHOUSE: (0, 0),
    Role.BACK_OFFICE: (500_00, None),
}
NOTHING = (0, 0)


class NotASecondPerson(Problem):
    """Who asked cannot agree herself, and a machine cannot at all."""

    code = "not_a_second_person"
    status = 403


class OverYourLimit(Problem):
    """The role of who decides does not go so far."""

    code = "over_your_limit"
    status = 403


class AlreadyDecided(Problem):
    """Somebody was faster."""

    code = "already_decided"


def limits_of(kind: str, role: str) -> tuple[int | None, int | None]:
    """How far a role goes: alone, and in agreeing to what others ask for."""
    said = Limit.objects.filter(kind=kind, role=role).values_list("alone", "agrees").first()
    return said or USUAL.get(role, NOTHING)


def may_alone(kind: str, *, amount: int, role: str) -> bool:
    """Whether a role may do this without asking anybody."""
    alone, _ = limits_of(kind, role)
    return alone is None or amount <= alone


@transaction.atomic
def ask(
    kind: str,
    *,
    subject: str,
    amount: int,
    currency: str,
    reason: str,
    journey: Journey,
    location: Location | None = None,
    facts: dict[str, Any] | None = None,
    by: Actor,
    channel: str,
    at: datetime,
) -> Approval:
    """Write down what somebody wants done, for a second person to decide."""
    asked = Approval.objects.create(
        kind=kind,
        subject=subject,
        journey=journey,
        location=location,
        amount=amount,
        currency=currency,
        reason=reason,
        facts=(facts or {}) | {"channel": channel},
        asked_by=str(by)[:60],
        asked_at=at,
    )
    record(journey, told(ApprovalAsked, asked), by=by, channel=channel, at=at)
    return asked


@transaction.atomic
def grant(approval: Approval, *, role: str, by: Actor, channel: str, at: datetime) -> Approval:
    """Agree, and have it done; raises AlreadyDecided, NotASecondPerson, OverYourLimit, and what doing it raises."""
    if by.kind not in ("staff", "user") or str(by)[:60] == approval.asked_by:
        raise NotASecondPerson("somebody else must agree to this")
    _, agrees = limits_of(approval.kind, role)
    if agrees is not None and approval.amount > agrees:
        raise OverYourLimit(f"{role} may agree to {agrees} at most", limit=agrees)
    decide(approval, Status.GRANTED, by=by, at=at)
    carry_out: Callable[..., object] = import_string(wiring.APPROVED[approval.kind])
    carry_out(approval, by=by, at=at)
    record(approval.journey_id, told(ApprovalGranted, approval), by=by, channel=channel, at=at)
    return approval


@transaction.atomic
def refuse(approval: Approval, *, by: Actor, channel: str, at: datetime) -> Approval:
    """Not agree, or take back what one asked for oneself; raises AlreadyDecided."""
    decide(approval, Status.REFUSED, by=by, at=at)
    record(approval.journey_id, told(ApprovalRefused, approval), by=by, channel=channel, at=at)
    return approval


def decide(approval: Approval, status: str, *, by: Actor, at: datetime) -> None:
    """One UPDATE: of two who decide at once, one does; raises AlreadyDecided."""
    changes: dict[str, Any] = {"status": status, "decided_by": str(by)[:60], "decided_at": at}
    if not Approval.objects.filter(pk=approval.pk, status=Status.OPEN).update(**changes):
        raise AlreadyDecided("this was decided already")
    for name, value in changes.items():
        setattr(approval, name, value)


def told(kind: type[OfApproval], approval: Approval) -> OfApproval:
    """What the timeline says of an approval."""
    return kind(
        approval.public_id, approval.kind, approval.subject, approval.amount, approval.currency, approval.reason
    )
