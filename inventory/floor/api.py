"""The API of what a store does with goods: one transfer and its steps, and units that are written off."""

from typing import Any

from django.db.models import F
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.rest.access import location_ids
from commerce.rest.authentication import actor_of
from commerce.rest.fields import Strict, Text, Whole, quantity, read_body
from commerce.rest.idempotency import idempotent
from inventory.api import MAX_LINES, own_location, units_of
from inventory.floor import carrying, shrinkage
from inventory.floor.models import Transfer
from inventory.floor.shrinkage import What
from inventory.schema import ReceiptAnswer


class AdjustmentLine(Strict):
    """Units that are gone; below zero, units that were found."""

    sku = Text(max_length=60)
    quantity = quantity(min_value=-999_999, max_value=999_999)
    expected = Whole(required=False, help_text="how many you see on hand there: if it has others, nothing is booked")


class NewAdjustment(Strict):
    """Units of one location that are written off, or damaged, for one reason; one reference there is booked once."""

    location = Text(max_length=30)
    reference = Text(max_length=40)
    reason = Text(max_length=40, help_text="the code of one of the retailer's shrinkage reasons")
    what = serializers.ChoiceField(
        What.choices,
        default=What.GONE.value,
        help_text="gone: of those for sale; damaged: still there, not for sale; discarded: the damaged are gone",
    )
    lines = serializers.ListField(child=AdjustmentLine(), min_length=1, max_length=MAX_LINES)


class StepSaid(Strict):
    """What a step needs besides: closing says why the rest never came."""

    reason = Text(max_length=40, required=False, default="")


class TransferLineAnswer(serializers.Serializer[object]):
    """One article of a transfer."""

    sku = serializers.CharField()
    quantity = serializers.IntegerField()
    received = serializers.IntegerField()


class TransferAnswer(serializers.Serializer[object]):
    """A transfer as it stands."""

    id = serializers.CharField()
    reference = serializers.CharField()
    location = serializers.CharField(help_text="whence")
    destination = serializers.CharField()
    status = serializers.ChoiceField(Transfer.Status.choices)
    expected_at = serializers.DateTimeField(allow_null=True)
    sent_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    missing = serializers.IntegerField(help_text="units that never came")
    why_missing = serializers.CharField(help_text="a shrinkage reason's code")
    lines = TransferLineAnswer(many=True)


class AdjustmentsDoor(APIView):
    """Units that are gone, or turned up."""

    @extend_schema(operation_id="stock_adjust", request=NewAdjustment, responses={201: ReceiptAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Write units off for a reason."""
        asked = read_body(request, NewAdjustment)
        units = units_of(asked["lines"])
        booked = shrinkage.write_off(
            {variant: quantity for variant, quantity in units.values() if quantity},
            location_id=own_location(request, asked["location"]).pk,
            reason=asked["reason"],
            what=asked["what"],
            expected={units[line["sku"]][0]: line["expected"] for line in asked["lines"] if "expected" in line},
            key=asked["reference"],
            by=actor_of(request),
            at=clock.now(),
        )
        return Response({"booked": booked}, status=201)


class TransferDoor(APIView):
    """One transfer."""

    @extend_schema(operation_id="stock_transfer_read", responses=TransferAnswer)
    def get(self, request: Request, public_id: str) -> Response:
        """A transfer from or to a location of the caller's own."""
        return Response(told(own_transfer(request, public_id)))


class TransferStepDoor(APIView):
    """The steps of a transfer: `send` and `cancel` are its source's, `close` is its destination's."""

    @extend_schema(operation_id="stock_transfer_step", request=StepSaid, responses=TransferAnswer)
    @idempotent
    def post(self, request: Request, public_id: str, step: str) -> Response:
        """Take one step; what arrives is told to /stock/arrivals/."""
        said, one = read_body(request, StepSaid), own_transfer(request, public_id)
        stamp: dict[str, Any] = {"by": actor_of(request), "at": clock.now()}
        bound_to = location_ids(request)
        mine = one.destination_id if step == "close" else one.source_id
        if bound_to is not None and mine not in bound_to:
            raise Http404
        match step:
            case "send":
                carrying.leave(one, **stamp)
            case "cancel":
                carrying.cancel(one, at=stamp["at"])
            case "close":
                carrying.close(one, reason=said["reason"], **stamp)
            case _:
                raise Http404
        return Response(told(own_transfer(request, public_id)))


def own_transfer(request: Request, public_id: str) -> Transfer:
    """A transfer of the caller's own locations; raises Http404 for any other."""
    return get_object_or_404(carrying.of_place(location_ids(request)), public_id=public_id)


def told(one: Transfer) -> dict[str, Any]:
    """A transfer as the API tells it."""
    came = carrying.came_of(one)
    lines = one.lines.order_by("pk").values("quantity", sku=F("variant__sku"))
    return {
        "id": one.public_id,
        "reference": one.reference,
        "location": one.source.code,
        "destination": one.destination.code,
        "status": one.status,
        "expected_at": one.expected_at,
        "sent_at": one.sent_at,
        "ended_at": one.ended_at,
        "missing": one.missing,
        "why_missing": one.why_missing,
        "lines": [line | {"received": came.get(line["sku"], 0)} for line in lines],
    }
