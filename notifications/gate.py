"""The gate before everything about a person at the desk: two levels of what staff may hear.

An email or a phone number, which many people know, opens when something is ready and nothing more. The number of an
order, the code of a pickup, or that she writes to us from her own address in the talk that is answered opens the rest,
for an hour.
Every address below /desk/<person>/ stands behind it, also those that are added later.
"""

from collections.abc import Callable
from datetime import timedelta

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
from commerce.customers.people import root_of
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.selling import channel_of
from notifications.models import Conversation, Turn
from orders.lookup import parts_under_way, proof_of, try_fact

OPEN_DOORS = ("desk-gate", "desk-done", "desk-talk", "desk-reply", "desk-talk-news")
"""What lies below /desk/ and is no person's page: the gate itself, and talks, which their person has begun."""

TALKS_COUNT_FOR = timedelta(hours=24)


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
        leave = serving.current(person, by=actor_of(request), at=at)
        if leave is None:
            return redirect("desk-gate", public_id=person.public_id)
        request.serving = leave  # type: ignore[attr-defined]
        return None


def person_named(public_id: str) -> Person:
    """The person of an address, as the one she was found to be; raises Http404."""
    person = get_object_or_404(Person.objects.select_related("root"), public_id=public_id)
    return person.root or person


def talk(request: HttpRequest, public_id: str) -> HttpResponse:
    """From a talk to the person who writes: from her own address, which is the second fact for this talk's agent alone.

    Whoever else phones with her email meanwhile comes by another way, and to the gate.
    """
    at = clock.now()
    begun = get_object_or_404(Conversation.objects.select_related("person__root"), public_id=public_id)
    person, by = root_of(begun.person), actor_of(request)
    hers = Turn.objects.filter(side=Turn.Side.PERSON, is_proven=True, recorded_at__gt=at - TALKS_COUNT_FOR)
    proves = hers.filter(conversation=begun, conversation__contact_point__verified_at__isnull=False)
    if begun.is_open and proves.exists() and not serving.current(person, by=by, at=at):
        proof, reason = Serving.Proof.TALK, Serving.Reason.QUESTION
        serving.begin(person, proof=proof, reason=reason, by=by, channel=channel_of(request), at=at)
    return redirect("desk-person", public_id=person.public_id)


@never_cache
def gate(request: HttpRequest, public_id: str) -> HttpResponse:
    """What may be told to whoever knows her address; and what opens the rest."""
    person, by, at = person_named(public_id), actor_of(request), clock.now()
    if request.method == "POST":
        try_fact(person.public_id, by=by)
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
