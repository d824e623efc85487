"""The API of what stores and warehouse prepare and hand over."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.customers import disclosure
from commerce.rest.authentication import actor_of
from commerce.rest.fields import Strict, Text, quantity, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.queries import query_of
from commerce.rest.selling import channel_of
from orders import pickups, sending, shipments
from orders.models import Fulfillment
from orders.parts import units_by_sku
from orders.reach import fulfillment_for, fulfillments_for
from orders.schema import FulfillmentAnswer, FulfillmentsAnswer
from orders.showing import show_fulfillments

MOST = 200


class Listed(Strict):
    """Which fulfillments."""

    location = Text(max_length=30, required=False)
    status = serializers.ChoiceField(Fulfillment.Status.choices, required=False)


class Proof(Strict):
    """What the shopper says at the counter: the code, or the order's number and her name."""

    code = Text(max_length=20, required=False, default="")
    order_number = Text(max_length=20, required=False, default="")
    name = Text(max_length=120, required=False, default="")


class TakenLine(Strict):
    """Units that she takes."""

    sku = Text(max_length=60)
    quantity = quantity()


class Taken(Proof):
    """The proof, and what she takes where that is not all."""

    lines = serializers.ListField(child=TakenLine(), required=False, min_length=1, max_length=100)


class Parcel(Strict):
    """Whose parcel it is now."""

    carrier = Text(max_length=30)
    tracking_number = Text(max_length=60)


def note(request: Request, *people: int | None) -> None:
    """Keep whose orders the staff saw here."""
    disclosure.note_each(people, what="fulfillments", by=actor_of(request), at=clock.now())


class FulfillmentsDoor(APIView):
    """What is to be done."""

    query = Listed

    @extend_schema(parameters=[Listed], responses=FulfillmentsAnswer, operation_id="fulfillments_list")
    def get(self, request: Request) -> Response:
        """What one's locations have to prepare or hand over, the most urgent first."""
        wanted = query_of(request, Listed)
        found = fulfillments_for(request)
        if "location" in wanted:
            found = found.filter(location__code=wanted["location"])
        if "status" in wanted:
            found = found.filter(status=wanted["status"])
        urgent = dict(found.order_by("promised_for", "pk").values_list("pk", "order__person")[:MOST])
        note(request, *urgent.values())
        return Response({"results": show_fulfillments(list(urgent))})


class FulfillmentStepDoor(APIView):
    """One step of a fulfillment: which use case takes it, and what it must be told."""

    take: Callable[..., object]
    takes: type[Strict] = Strict

    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Take the step."""
        said = read_body(request, self.takes)
        fulfillment = fulfillment_for(request, public_id)
        note(request, fulfillment.order.person_id)
        self.take(fulfillment, **said, by=actor_of(request), channel=channel_of(request), at=clock.now())
        return Response(show_fulfillments([fulfillment.pk])[0])


@extend_schema_view(post=extend_schema(request=None, responses=FulfillmentAnswer, operation_id="fulfillments_pick"))
class PickDoor(FulfillmentStepDoor):
    """Somebody takes the goods from their shelves."""

    take = staticmethod(pickups.start_picking)


@extend_schema_view(post=extend_schema(request=None, responses=FulfillmentAnswer, operation_id="fulfillments_ready"))
class ReadyDoor(FulfillmentStepDoor):
    """The goods lie ready for the shopper, who is told a code."""

    take = staticmethod(pickups.mark_ready)


@extend_schema_view(post=extend_schema(request=Taken, responses=FulfillmentAnswer, operation_id="fulfillments_collect"))
class CollectDoor(FulfillmentStepDoor):
    """The shopper takes her goods."""

    takes = Taken

    @staticmethod
    def take(fulfillment: Fulfillment, *, lines: list[dict[str, Any]] | None = None, **said: Any) -> Fulfillment:
        """All of it, or what she names."""
        return pickups.collect(fulfillment, lines=units_by_sku(lines), **said)


@extend_schema_view(post=extend_schema(request=None, responses=FulfillmentAnswer, operation_id="fulfillments_send"))
class SendDoor(FulfillmentStepDoor):
    """The goods leave for the store where they will be collected."""

    take = staticmethod(sending.send)


@extend_schema_view(
    post=extend_schema(request=Parcel, responses=FulfillmentAnswer, operation_id="fulfillments_hand_over")
)
class HandOverDoor(FulfillmentStepDoor):
    """The carrier takes the parcel."""

    take, takes = staticmethod(shipments.hand_over), Parcel
