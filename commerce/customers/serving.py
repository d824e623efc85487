"""Acting for a person: her data is opened, and something is done in her name, only by an agent who says what for.

The entries of what the agent then does name the agent; that it was for her stands in the Serving and its entry, so both
are known for every moment. It never gives what is hers alone: an agent has no door to her log-in, email or consents.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from commerce import clock
from commerce.channels.models import Role
from commerce.customers import disclosure
from commerce.customers.happenings import ServingBegun, ServingEnded
from commerce.customers.models import Person, Serving
from commerce.customers.people import people_of
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.record import open_journey, record

LASTS = timedelta(hours=1)


class NotServed(Problem):
    """The agent did not say what for she acts for this person, or heard no second fact of her."""

    code = "not_served"
    status = 403

    def __init__(self) -> None:
        super().__init__("say first for whom you act and what for, with a second fact that she gives you")


@transaction.atomic
def begin(person: Person, *, proof: str, reason: str, by: Actor, channel: str, at: datetime) -> Serving:
    """Write down that an agent acts for a person from now on, for an hour at most."""
    serving = Serving.objects.create(
        person_id=person.root_pk, actor=str(by), proof=proof, reason=reason, began_at=at, ends_at=at + LASTS
    )
    disclosure.note(person, what=f"opened: {proof}", by=by, at=at)
    begun = ServingBegun(person=person.public_id, proof=proof, reason=reason)
    record(open_journey(at=at), begun, by=by, channel=channel, at=at)
    return serving


def current(person: Person, *, by: Actor, at: datetime) -> Serving | None:
    """The agent's leave to act for this person now, if it is given."""
    return (
        Serving.objects.select_related("person")
        .filter(person__in=people_of(person), actor=str(by), began_at__lte=at, ends_at__gt=at)
        .order_by("-ends_at")
        .first()
    )


@transaction.atomic
def end(person: Person, *, by: Actor, channel: str, at: datetime) -> None:
    """The agent is done with her; whoever opens her page again must say why."""
    going_on = Serving.objects.filter(person__in=people_of(person), actor=str(by), began_at__lte=at, ends_at__gt=at)
    if going_on.update(ends_at=at):
        record(open_journey(at=at), ServingEnded(person=person.public_id), by=by, channel=channel, at=at)


def people_served(*, by: Actor, at: datetime) -> QuerySet[Person]:
    """Everybody for whom the agent acts now, with all whom she was found to be."""
    going_on = Serving.objects.filter(actor=str(by), began_at__lte=at, ends_at__gt=at)
    roots = going_on.values(one=Coalesce("person__root", "person"))
    return Person.objects.filter(Q(pk__in=roots) | Q(root__in=roots))


def has_leave(request: HttpRequest | Request, person: Person) -> bool:
    """The rule of every door at which staff act for a person, or open what is hers.

    The back office may look without it, and each look is written down; but it acts in nobody's name without a reason.
    """
    if role_of(request) == Role.BACK_OFFICE and request.method in SAFE_METHODS:
        return True
    return current(person, by=actor_of(request), at=clock.now()) is not None


def require(request: HttpRequest | Request, person: Person) -> None:
    """The same for doors to one person; raises NotServed."""
    if not has_leave(request, person):
        raise NotServed


def only_served(request: HttpRequest | Request, person: str = "person") -> Q:
    """Which rows staff may list, by the way to their person: the back office all, an agent those of whom she serves."""
    if role_of(request) == Role.BACK_OFFICE:
        return Q()
    return Q((f"{person}__in", people_served(by=actor_of(request), at=clock.now())))
