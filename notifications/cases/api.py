"""The API of cases: opened by who it happened to or by an agent, worked on by staff."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.customers import disclosure
from commerce.customers.models import Person
from commerce.customers.people import people_of
from commerce.customers.serving import require
from commerce.customers.sessions import person_of
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.doors import AGENTS
from commerce.rest.fields import Instant, Strict, Text, Whole, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.problems import Problem
from commerce.rest.selling import channel_of
from notifications.cases.joining import open_with_talk
from notifications.cases.reach import case_for, cases_for
from orders.cases import swapping, working
from orders.cases.models import Case, CaseStep, Kind, Team
from orders.models import Order

LATEST = 100


class WhoIsIt(Problem):
    """An agent must say whose case it is."""

    code = "person_missing"
    status = 422


class NewCase(Strict):
    """What went wrong."""

    kind = serializers.ChoiceField(choices=Kind.choices)
    order = Text(max_length=22, required=False, help_text="public id of the order it is about")
    person = Text(max_length=22, required=False, help_text="whose it is; only agents say this")
    request = Text(max_length=4000, help_text="in her own words")
    anyway = serializers.BooleanField(required=False, default=False, help_text="another one of the same kind")


class StepChange(Strict):
    """What became of a step."""

    status = serializers.ChoiceField(choices=["done", "skipped", "moved"])
    due_at = Instant(required=False, help_text="the new time of a step that is moved")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A step that is moved needs its new time."""
        if attrs["status"] == "moved" and "due_at" not in attrs:
            raise serializers.ValidationError({"due_at": "is needed for a step that is moved"})
        return attrs


class HandoverGiven(Strict):
    """To whom, and why."""

    to = serializers.ChoiceField(choices=Team.choices)
    location = Text(max_length=30, required=False, help_text="code of the store or warehouse, where one is meant")
    reason = Text(max_length=300)


class SwapLine(Strict):
    """So many units of an order line."""

    line = Text(max_length=22)
    quantity = Whole(min_value=1)


class SwapWanted(Strict):
    """What is swapped."""

    lines = SwapLine(many=True, allow_empty=False)


class Closing(Strict):
    """How it ended."""

    outcome = serializers.ChoiceField(choices=Case.Outcome.choices)


class StepAnswer(serializers.Serializer[Any]):
    ordinal = serializers.IntegerField()
    title_es = serializers.CharField()
    title_en = serializers.CharField()
    team = serializers.ChoiceField(choices=Team.choices)
    due_at = serializers.DateTimeField()
    status = serializers.ChoiceField(choices=CaseStep.Status.choices)
    settled_at = serializers.DateTimeField(allow_null=True)


class CaseSwapAnswer(serializers.Serializer[Any]):
    returned = serializers.CharField(help_text="public id of the return that the carrier collects")
    replacement = serializers.CharField(help_text="public id of the order that brings the new one")


class CaseAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    key = serializers.CharField(help_text="said aloud, and in every message about it")
    kind = serializers.ChoiceField(choices=Kind.choices)
    status = serializers.ChoiceField(choices=Case.Status.choices)
    outcome = serializers.CharField()
    order = serializers.CharField(allow_null=True, help_text="public id")
    team = serializers.ChoiceField(choices=Team.choices, help_text="who has it in hand")
    request = serializers.CharField()
    opened_at = serializers.DateTimeField()
    reply_due = serializers.DateTimeField()
    resolve_due = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    steps = StepAnswer(many=True)
    swaps = CaseSwapAnswer(many=True)


class CasesAnswer(serializers.Serializer[Any]):
    results = CaseAnswer(many=True)


def told(case: Case, *, to_staff: bool) -> dict[str, Any]:
    """A case as the API gives it; steps that are not hers to see are left out for her."""
    steps = [step for step in case.steps.all() if to_staff or step.is_told]
    names = ("ordinal", "title_es", "title_en", "team", "due_at", "status", "settled_at")
    return {
        "id": case.public_id,
        "key": case.key,
        "kind": case.kind,
        "status": case.status,
        "outcome": case.outcome,
        "order": case.order.public_id if case.order else None,
        "team": case.team,
        "request": case.request,
        "opened_at": case.opened_at,
        "reply_due": case.reply_due,
        "resolve_due": case.resolve_due,
        "closed_at": case.closed_at,
        "swaps": [
            {"returned": swap.public_id, "replacement": swap.replacement.public_id}
            for swap in case.returns.all()
            if swap.replacement
        ],
        "steps": [{name: getattr(step, name) for name in names} for step in steps],
    }


class CasesDoor(APIView):
    """The cases that go on."""

    @extend_schema(responses=CasesAnswer, operation_id="cases_list")
    def get(self, request: Request) -> Response:
        """Hers, or those that this member of the staff may see; what is due first comes first."""
        person = person_of(request)
        mine = Case.objects.filter(person__in=people_of(person)) if person else cases_for(request)
        going_on = mine.filter(status=Case.Status.OPEN).select_related("order").order_by("resolve_due", "pk")
        found = list(going_on.prefetch_related("steps", "returns__replacement")[:LATEST])
        if person is None:
            people = [case.person_id for case in found]
            disclosure.note_each(people, what="cases", by=actor_of(request), at=clock.now())
        return Response({"results": [told(case, to_staff=person is None) for case in found]})

    @extend_schema(request=NewCase, responses={201: CaseAnswer}, operation_id="cases_open")
    @idempotent
    def post(self, request: Request) -> Response:
        """Tell what went wrong; the key is in the answer."""
        given = read_body(request, NewCase)
        person = whose(request, given.get("person"))
        order = None
        if "order" in given:
            order = get_object_or_404(Order, public_id=given["order"], person__in=people_of(person))
        case = open_with_talk(
            given["kind"],
            person=person,
            order=order,
            request=given["request"],
            anyway=given["anyway"],
            by=actor_of(request),
            channel=channel_of(request),
            at=clock.now(),
        )
        return Response(told(case, to_staff=role_of(request) in AGENTS), status=201)


def whose(request: Request, named: str | None) -> Person:
    """Whose case it is: her own, or that of whom an agent acts for; raises WhoIsIt, Http404, NotServed."""
    if person := person_of(request):
        return person
    if named is None:
        raise WhoIsIt("say whose case it is: person is missing")
    person = get_object_or_404(Person.objects.select_related("root"), public_id=named)
    require(request, person)
    return person


class CaseDoor(APIView):
    """One case."""

    @extend_schema(responses=CaseAnswer, operation_id="cases_read")
    def get(self, request: Request, public_id: str) -> Response:
        """A case with its steps."""
        if person := person_of(request):
            hers = Case.objects.filter(person__in=people_of(person))
            return Response(told(get_object_or_404(hers, public_id=public_id), to_staff=False))
        case = case_for(request, public_id)
        disclosure.note(case.person, what="case", by=actor_of(request), at=clock.now())
        return Response(told(case, to_staff=True))


class StepDoor(APIView):
    """A step of a case."""

    @extend_schema(request=StepChange, responses=CaseAnswer, operation_id="cases_step")
    @idempotent
    def post(self, request: Request, public_id: str, ordinal: int) -> Response:
        """It is done, not needed, or will be later."""
        given, case = read_body(request, StepChange), case_for(request, public_id)
        stamp: Any = {"by": actor_of(request), "channel": channel_of(request), "at": clock.now()}
        working.change_step(case, ordinal, status=given["status"], due_at=given.get("due_at"), **stamp)
        return again(request, public_id)


class HandOverDoor(APIView):
    """Who has a case in hand."""

    @extend_schema(request=HandoverGiven, responses=CaseAnswer, operation_id="cases_hand_over")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Give it to another team, with the reason."""
        given, case = read_body(request, HandoverGiven), case_for(request, public_id)
        stamp: Any = {"by": actor_of(request), "channel": channel_of(request), "at": clock.now()}
        working.hand_over(case, to=given["to"], location=given.get("location", ""), reason=given["reason"], **stamp)
        return again(request, public_id)


class SwapDoor(APIView):
    """A new one for the other."""

    @extend_schema(request=SwapWanted, responses=CaseAnswer, operation_id="cases_swap")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Keep a new one for her and send it; the carrier takes the other along."""
        given, case = read_body(request, SwapWanted), case_for(request, public_id)
        lines = [(line["line"], line["quantity"]) for line in given["lines"]]
        stamp: Any = {"by": actor_of(request), "channel": channel_of(request), "at": clock.now()}
        swapping.agree(case, lines=lines, **stamp)
        return again(request, public_id)


class CloseDoor(APIView):
    """The end of a case."""

    @extend_schema(request=Closing, responses=CaseAnswer, operation_id="cases_close")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """It is over; she is told how."""
        given, case = read_body(request, Closing), case_for(request, public_id)
        stamp: Any = {"by": actor_of(request), "channel": channel_of(request), "at": clock.now()}
        working.close(case, outcome=given["outcome"], **stamp)
        return again(request, public_id)


def again(request: Request, public_id: str) -> Response:
    """A case as it stands now."""
    return Response(told(case_for(request, public_id), to_staff=True))
