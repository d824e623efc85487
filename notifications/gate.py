"""The gate before everything about a person at the desk: two levels of what staff may hear.

An email or a phone number, which many people know, opens when something is ready and nothing more. The number of an
order, the code of a pickup, or that she writes to us from her own address at this moment opens the rest, for an hour.
Every address below /desk/<person>/ stands behind it, also those that are added later.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.carts.pages import valid
from commerce.channels.models import Role
from commerce.customers import disclosure, serving
from commerce.customers.models import Person, Serving
from commerce.customers.people import people_of
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.limits import Limit, spend
from commerce.rest.selling import channel_of
from notifications.models import Conversation, Turn
from orders.lookup import parts_under_way, proof_of

OPEN_DOORS = ("desk-gate", "desk-done", "desk-reply", "desk-talk-news")
"""What lies below /desk/ and is no person's page: the gate itself, and talks, which their person has begun."""

TALKS_COUNT_FOR = timedelta(hours=24)
GUESSES = Limit("second facts at the desk", 10, within=timedelta(minutes=15))


class Opening(forms.Form):
    """What she says besides her address, and what the agent does for her."""

    proof = forms.CharField(max_length=20, required=False)
    reason = forms.ChoiceField(choices=Serving.Reason.choices)


class GateMiddleware:
    """Lets nobody to a person's page at the desk who may not be there; whoever may, finds `request.serving` set."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: dict[str, str]
    ) -> HttpResponseBase | None:
        """The view itself, or the gate."""
        match = request.resolver_match
        if match is None or not match.route.startswith("desk/") or "public_id" not in kwargs:
            return None
        if match.view_name in OPEN_DOORS:
            return None
        person, at = person_named(kwargs["public_id"]), clock.now()
        leave = serving.current(person, by=actor_of(request), at=at) or begun_by_her(person, request, at=at)
        if leave is None:
            return redirect("desk-gate", public_id=person.public_id)
        request.serving = leave  # type: ignore[attr-defined]
        return None


def person_named(public_id: str) -> Person:
    """The person of an address, as the one she was found to be; raises Http404."""
    person = get_object_or_404(Person.objects.select_related("root"), public_id=public_id)
    return person.root or person


def begun_by_her(person: Person, request: HttpRequest, *, at: datetime) -> Serving | None:
    """Leave to act for somebody who is writing to us from her own address: that is the second fact."""
    talking = Conversation.objects.filter(
        person__in=people_of(person),
        is_open=True,
        contact_point__verified_at__isnull=False,
        turns__in=Turn.objects.filter(side=Turn.Side.PERSON, is_proven=True, recorded_at__gt=at - TALKS_COUNT_FOR),
    )
    if not talking.exists():
        return None
    return serving.begin(
        person,
        proof=Serving.Proof.TALK,
        reason=Serving.Reason.QUESTION,
        by=actor_of(request),
        channel=channel_of(request),
        at=at,
    )


@never_cache
def gate(request: HttpRequest, public_id: str) -> HttpResponse:
    """What may be told to whoever knows her address; and what opens the rest."""
    person, by, at = person_named(public_id), actor_of(request), clock.now()
    if request.method == "POST":
        spend(GUESSES, f"{by} {person.public_id}")
        said = valid(Opening(request.POST))
        proof = proof_of(person, said["proof"]) if said["proof"].strip() else ""
        if not proof and role_of(request) == Role.BACK_OFFICE and not said["proof"].strip():
            proof = Serving.Proof.NONE
        if proof:
            serving.begin(person, proof=proof, reason=said["reason"], by=by, channel=channel_of(request), at=at)
            return redirect("desk-person", public_id=person.public_id)
        messages.error(request, _("Of this person no order has this number, and no pickup this code."))
    disclosure.note(person, what="ready_time", by=by, at=at)
    context = {
        "parts": parts_under_way(person),
        "reasons": Serving.Reason.choices,
        "needs_no_proof": role_of(request) == Role.BACK_OFFICE,
        "public_id": person.public_id,
    }
    return render(request, "notifications/desk_gate.html", context)


def done(request: HttpRequest, public_id: str) -> HttpResponse:
    """The agent is done with her."""
    serving.end(person_named(public_id), by=actor_of(request), channel=channel_of(request), at=clock.now())
    return redirect("desk")
