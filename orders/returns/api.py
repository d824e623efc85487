"""The API of returns. A return is begun, gone on with and ended through any channel, at the step where it stands."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.catalog.models import Variant
from commerce.channels.models import Location
from commerce.customers.models import Person
from commerce.rest.authentication import actor_of
from commerce.rest.fields import Strict, Text, quantity, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.selling import channel_of, sales_channel_of
from inventory.api import own_location
from inventory.pages_store import own_store
from orders.returns import label, receiving, settling, starting, undoing
from orders.returns.models import Return, ReturnLine
from orders.returns.policy import in_force
from orders.returns.reach import purchase_for, return_for
from orders.returns.schema import PolicyAnswer, ReturnableAnswer, ReturnAnswer
from orders.returns.showing import show, show_policy, show_returnable
from orders.returns.unreceipted import Brought, take_without_receipt
from orders.tenders import TENDERS_OF_STAFF


class BackLine(Strict):
    """So many units of a line that was bought, and why; `wants` is the SKU of what she wants for it."""

    line = Text(max_length=22)
    quantity = quantity()
    reason = serializers.ChoiceField(ReturnLine.Reason.choices)
    wants = Text(max_length=60, required=False)


class NewReturn(Strict):
    """What comes back. Without way and outcome the return is begun only, and any channel may go on with it."""

    lines = BackLine(many=True, allow_empty=False)
    way = serializers.ChoiceField(Return.Way.choices, required=False)
    outcome = serializers.ChoiceField(Return.Outcome.choices, required=False)
    location = Text(max_length=30, required=False, help_text="the store it is brought to")


class Answers(Strict):
    """An answer to an open question; what was answered before stays."""

    way = serializers.ChoiceField(Return.Way.choices, required=False)
    outcome = serializers.ChoiceField(Return.Outcome.choices, required=False)
    location = Text(max_length=30, required=False)


class Place(Strict):
    """Where the goods are."""

    location = Text(max_length=30)


class FoundLine(Strict):
    """So many units of a line are in this condition."""

    line = quantity()
    quantity = quantity()
    condition = serializers.ChoiceField(ReturnLine.Condition.choices)


class Inspection(Strict):
    """The condition of every unit."""

    found = FoundLine(many=True, allow_empty=False)


class Settlement(Strict):
    """What she wants now, if that is something else; and how she pays what a replacement costs more."""

    outcome = serializers.ChoiceField(Return.Outcome.choices, required=False, default="")
    tender = serializers.ChoiceField(TENDERS_OF_STAFF, required=False, default="")


class PolicyDoor(APIView):
    """The return policy."""

    @extend_schema(responses=PolicyAnswer, operation_id="return_policy_read")
    def get(self, request: Request) -> Response:
        """The version that holds for what is bought now, in the sentences that every channel says."""
        return Response(show_policy(in_force(clock.now()), language=get_language() or "es"))


class OrderReturnsDoor(APIView):
    """What of an order may come back."""

    @extend_schema(responses=ReturnableAnswer, operation_id="returns_offered")
    def get(self, request: Request, public_id: str) -> Response:
        """What may come back until when, and what was announced already."""
        order = purchase_for(request, public_id)
        return Response(show_returnable(order, language=get_language() or "es", at=clock.now()))

    @extend_schema(request=NewReturn, responses={201: ReturnAnswer}, operation_id="returns_start")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Begin a return, or announce it where everything is answered."""
        said = read_body(request, NewReturn)
        order = purchase_for(request, public_id)
        stamp: dict[str, Any] = {"by": actor_of(request), "channel": channel_of(request), "at": clock.now()}
        back = [back_of(line) for line in said["lines"]]
        returned = starting.start(order, back=back, sales_channel=sales_channel_of(request), **stamp)
        if "way" in said or "outcome" in said:
            returned = starting.answer(returned, **answers_of(said))
        if "way" in said and "outcome" in said:
            returned = starting.request(returned, **stamp)
        return Response(show(return_for(request, returned.public_id)), status=201)


class Unreceipted(Strict):
    """What somebody brings who has no receipt: who she is, and what it is."""

    person = Text(max_length=22)
    sku = Text(max_length=60)
    quantity = quantity()
    reason = serializers.ChoiceField(ReturnLine.Reason.choices)
    outcome = serializers.ChoiceField(Return.Outcome.choices)
    location = Text(max_length=30)


class ReturnsDoor(APIView):
    """Returns without a receipt."""

    @extend_schema(request=Unreceipted, responses={201: ReturnAnswer}, operation_id="returns_unreceipted")
    @idempotent
    def post(self, request: Request) -> Response:
        """Take something back by who she is: her purchase is found, or it becomes store credit at the lowest price."""
        said = read_body(request, Unreceipted)
        person = get_object_or_404(Person, public_id=said["person"], erased_at=None)
        variant = get_object_or_404(Variant, sku=said["sku"])
        returned = take_without_receipt(
            person,
            brought=Brought(variant, said["quantity"], said["reason"]),
            outcome=said["outcome"],
            location=own_location(request, said["location"]),
            sales_channel=sales_channel_of(request),
            by=actor_of(request),
            channel=channel_of(request),
            at=clock.now(),
        )
        return Response(show(returned), status=201)


def back_of(line: dict[str, Any]) -> starting.Back:
    """A line of the request; raises Http404 where nothing has that SKU."""
    wants = get_object_or_404(Variant, sku=line["wants"], is_active=True) if "wants" in line else None
    return starting.Back(line["line"], line["quantity"], line["reason"], wants)


def answers_of(said: dict[str, Any]) -> dict[str, Any]:
    """Answers as the use case takes them; raises Http404 where no place has that code."""
    answers: dict[str, Any] = {name: said[name] for name in ("way", "outcome") if name in said}
    if "location" in said:
        answers["location"] = get_object_or_404(Location, code=said["location"], is_active=True)
    return answers


class ReturnDoor(APIView):
    """One return."""

    @extend_schema(responses=ReturnAnswer, operation_id="returns_read")
    def get(self, request: Request, public_id: str) -> Response:
        """The return, and the question that is open."""
        return Response(show(return_for(request, public_id)))

    @extend_schema(request=Answers, responses=ReturnAnswer, operation_id="returns_answer")
    def patch(self, request: Request, public_id: str) -> Response:
        """Answer an open question."""
        said = read_body(request, Answers)
        starting.answer(return_for(request, public_id), **answers_of(said))
        return Response(show(return_for(request, public_id)))


class ReturnLabelDoor(APIView):
    """What is stuck on the parcel, or shown at the counter."""

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY}, operation_id="returns_label")
    def get(self, request: Request, public_id: str) -> HttpResponse:
        """The label as PDF."""
        returned = return_for(request, public_id)
        content = label.pdf(returned, to=label.destination(), language=getattr(request, "LANGUAGE_CODE", "es"))
        name = f'inline; filename="{returned.code}.pdf"'
        return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": name})


class ReturnStepDoor(APIView):
    """One step of a return: which use case takes it, and what it must be told."""

    take: Callable[..., object]
    takes: type[Strict] = Strict

    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Take the step."""
        said = read_body(request, self.takes)
        returned = return_for(request, public_id)
        self.take(
            returned, **self.told(request, said), by=actor_of(request), channel=channel_of(request), at=clock.now()
        )
        return Response(show(return_for(request, public_id)))

    def told(self, request: Request, said: dict[str, Any]) -> dict[str, Any]:
        """What was said, as the use case takes it."""
        return said


@extend_schema_view(post=extend_schema(request=None, responses=ReturnAnswer, operation_id="returns_request"))
class ReturnRequestDoor(ReturnStepDoor):
    """It is said: the goods will come."""

    take = staticmethod(starting.request)


@extend_schema_view(post=extend_schema(request=None, responses=ReturnAnswer, operation_id="returns_cancel"))
class ReturnCancelDoor(ReturnStepDoor):
    """It does not come back after all."""

    take = staticmethod(starting.cancel)


@extend_schema_view(post=extend_schema(request=Place, responses=ReturnAnswer, operation_id="returns_receive"))
class ReturnReceiveDoor(ReturnStepDoor):
    """The goods are here."""

    take, takes = staticmethod(receiving.receive), Place

    def told(self, request: Request, said: dict[str, Any]) -> dict[str, Any]:
        """One of the caller's own places; raises Http404."""
        return {"location": own_store(request, said["location"])}


@extend_schema_view(post=extend_schema(request=Inspection, responses=ReturnAnswer, operation_id="returns_inspect"))
class ReturnInspectDoor(ReturnStepDoor):
    """Somebody looked at the goods."""

    take, takes = staticmethod(receiving.inspect), Inspection

    def told(self, request: Request, said: dict[str, Any]) -> dict[str, Any]:
        """What was found, line by line."""
        return {"found": [receiving.Found(one["line"], one["quantity"], one["condition"]) for one in said["found"]]}


@extend_schema_view(post=extend_schema(request=Settlement, responses=ReturnAnswer, operation_id="returns_settle"))
class ReturnSettleDoor(ReturnStepDoor):
    """She gets what is due."""

    take, takes = staticmethod(settling.settle), Settlement


@extend_schema_view(post=extend_schema(request=None, responses=ReturnAnswer, operation_id="returns_undo"))
class ReturnUndoDoor(ReturnStepDoor):
    """The last step was a slip."""

    take = staticmethod(undoing.undo)
