"""Which cases a member of the staff may open: agents all, a store or warehouse those of its own place."""

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from rest_framework.request import Request

from commerce.rest.access import location_ids
from notifications.cases.showing import READ_ALONG
from orders.cases.models import Case


def cases_for(request: HttpRequest | Request) -> QuerySet[Case]:
    """The cases that this member of the staff may open."""
    bound_to = location_ids(request)
    every = Case.objects.select_related(*READ_ALONG)
    if bound_to is None:
        return every
    served = Q(order__fulfillments__location__in=bound_to) | Q(order__location__in=bound_to)
    return every.filter(Q(location__in=bound_to) | served).distinct()


def case_for(request: HttpRequest | Request, public_id: str) -> Case:
    """One of them; raises Http404."""
    return get_object_or_404(cases_for(request), public_id=public_id)
