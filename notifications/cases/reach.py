"""Which cases a member of the staff may open.

Agents all: a carrier has no log-in, so its desk is theirs. A store or a warehouse those of its own place, and those
that were handed to it, or to its kind of team where no place was named; what it once had in hand it may look at later.
"""

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from rest_framework.request import Request

from commerce.customers.models import Person
from commerce.customers.people import people_of
from commerce.rest.access import location_ids, role_of
from notifications.cases.showing import READ_ALONG
from orders.cases.models import Case, Handover


def cases_for(request: HttpRequest | Request) -> QuerySet[Case]:
    """The cases that this member of the staff may open."""
    bound_to = location_ids(request)
    every = Case.objects.select_related(*READ_ALONG)
    if bound_to is None:
        return every
    served = Q(order__fulfillments__location__in=bound_to) | Q(order__location__in=bound_to)
    return every.filter(Q(location__in=bound_to) | served | handed_to(role_of(request), bound_to)).distinct()


def handed_to(team: str, places: set[int]) -> Q:
    """The cases that a team at these places was given, or has had from the beginning. A team's name is its role's."""
    given = Handover.objects.filter(Q(to_location__in=places) | Q(to_location=None), to_team=team)
    return Q(pk__in=given.values("case")) | Q(team=team, handovers=None)


def cases_of(person: Person) -> QuerySet[Case]:
    """The cases of a person, whichever of her records they were told to."""
    return Case.objects.select_related(*READ_ALONG).filter(person__in=people_of(person))


def case_for(request: HttpRequest | Request, public_id: str) -> Case:
    """One of them; raises Http404."""
    return get_object_or_404(cases_for(request), public_id=public_id)
