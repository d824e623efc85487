"""Tastes and preferences on pages and in the API: shown with their source and age, added, deleted."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.carts.pages import valid
from commerce.customers.api import person_or_404
from commerce.customers.models import Person, Taste
from commerce.customers.tastes import Known, forget, note
from commerce.rest.authentication import actor_of
from commerce.rest.fields import Strict, Text, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.selling import channel_of
from notifications.gate import person_named
from notifications.tastes import tastes_of


class Added(forms.Form):
    """One thing to keep in mind."""

    kind = forms.ChoiceField(choices=Taste.Kind.choices)
    value = forms.CharField(max_length=80)


class NewTaste(Strict):
    """One thing to keep in mind."""

    kind = serializers.ChoiceField(Taste.Kind.choices)
    value = Text(max_length=80)


class TasteAnswer(serializers.Serializer[object]):
    """One thing that is known of one's taste."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(Taste.Kind.choices)
    value = serializers.CharField()
    source = serializers.ChoiceField(  # type: ignore[assignment]
        Taste.Source.values, help_text="said, noted by staff, or what it was read from"
    )
    since = serializers.DateTimeField(help_text="when it was said, or showed last")
    channel = serializers.CharField()
    about = serializers.CharField(help_text="the words, or the number of the order, in which it shows")
    times = serializers.IntegerField(help_text="how often it showed")


def named(person: Person, wanted: str) -> Known:
    """One of her tastes by its id; raises Http404."""
    for known in tastes_of(person, at=clock.now()):
        if known.id == wanted:
            return known
    raise Http404


def show(person: Person) -> list[dict[str, object]]:
    """Her tastes, as the API gives them."""
    return [
        {
            "id": known.id,
            "kind": known.kind,
            "value": known.value,
            "source": known.source,
            "since": known.since,
            "channel": known.where,
            "about": known.about,
            "times": known.times,
        }
        for known in tastes_of(person, at=clock.now())
    ]


class TastesDoor(APIView):
    """What is known of one's taste."""

    @extend_schema(responses=TasteAnswer(many=True), operation_id="me_tastes_list")
    def get(self, request: Request) -> Response:
        """Said, noted, or read from purchases and talks; each with its source and age."""
        return Response(show(person_or_404(request)))

    @extend_schema(request=NewTaste, responses={201: TasteAnswer(many=True)}, operation_id="me_tastes_add")
    @idempotent
    def post(self, request: Request) -> Response:
        """Say what to keep in mind."""
        person, said = person_or_404(request), read_body(request, NewTaste)
        note(person, **said, source=Taste.Source.SAID, entered_in="web", by=actor_of(request), at=clock.now())
        return Response(show(person), status=201)


class TasteDoor(APIView):
    """One of them."""

    @extend_schema(request=None, responses={204: None}, operation_id="me_tastes_remove")
    def delete(self, request: Request, taste: str) -> Response:
        """Delete it, wherever it shows."""
        person = person_or_404(request)
        forget(person, named(person, taste), entered_in="web", by=actor_of(request), at=clock.now())
        return Response(status=204)


def of_account(request: HttpRequest, what: str) -> HttpResponse:
    """Her own page: add one, or delete one."""
    act(request, person_or_404(request), what, source=Taste.Source.SAID)
    return redirect("account")


def of_person(request: HttpRequest, public_id: str, what: str) -> HttpResponse:
    """The desk's page of her, behind the second fact: note one, or delete one that she wants gone."""
    person = person_named(public_id)
    act(request, person, what, source=Taste.Source.NOTED)
    return redirect("desk-person", public_id=person.public_id)


def act(request: HttpRequest, person: Person, what: str, *, source: str) -> None:
    """What one of the forms says; raises Http404."""
    by, channel, at = actor_of(request), channel_of(request), clock.now()
    if what == "add":
        note(person, **valid(Added(request.POST)), source=source, entered_in=channel, by=by, at=at)
        messages.success(request, _("Kept."))
    elif what == "forget":
        forget(person, named(person, request.POST.get("taste", "")), entered_in=channel, by=by, at=at)
        messages.success(request, _("Removed."))
    else:
        raise Http404
