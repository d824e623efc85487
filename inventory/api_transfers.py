"""The API of goods that are carried from one location to another."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.channels.models import Location
from commerce.rest.authentication import actor_of
from commerce.rest.fields import Instant, Strict, Text, read_body
from commerce.rest.idempotency import idempotent
from inventory import ledger, transfers
from inventory.api import MAX_LINES, ReceiptLine, own_location, refused, units_of
from inventory.schema import ReceiptAnswer


class NewTransfer(Strict):
    """Goods that leave one location for another; the same reference between the two is booked once.

    With `expected_at` they are on the road until somebody there says that they came.
    """

    location = Text(max_length=30)
    destination = Text(max_length=30)
    reference = Text(max_length=40)
    expected_at = Instant(required=False)
    lines = serializers.ListField(child=ReceiptLine(), min_length=1, max_length=MAX_LINES)


class NewArrival(Strict):
    """What came of a transfer; the same delivery of it is booked once."""

    location = Text(max_length=30)
    reference = Text(max_length=40)
    delivery = Text(max_length=20, required=False, default="1")
    lines = serializers.ListField(child=ReceiptLine(), min_length=1, max_length=MAX_LINES)


class TransfersDoor(APIView):
    """Goods between our locations. They leave from a location of the caller's own."""

    @extend_schema(operation_id="stock_transfer", request=NewTransfer, responses={201: ReceiptAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Book goods that are carried elsewhere; a transit location, while they are on the road."""
        asked = read_body(request, NewTransfer)
        source = own_location(request, asked["location"])
        destination = get_object_or_404(Location, code=asked["destination"], is_active=True)
        if source == destination:
            raise refused("destination", "the goods are there already", "same_location")
        goods, at = dict(units_of(asked["lines"]).values()), clock.now()
        if "expected_at" in asked:
            sent = transfers.send(
                goods,
                source_id=source.pk,
                destination_id=destination.pk,
                reference=asked["reference"],
                expected_at=asked["expected_at"],
                by=actor_of(request),
                at=at,
            )
            return Response({"booked": sent}, status=201)
        booked = ledger.transfer(
            goods,
            source_id=source.pk,
            destination_id=destination.pk,
            reason=asked["reference"],
            key=f"transfer:{source.pk}:{destination.pk}:{asked['reference']}",
            by=actor_of(request),
            at=at,
        )
        return Response({"booked": booked}, status=201)


class ArrivalsDoor(APIView):
    """Goods that were sent from another location. They come to a location of the caller's own."""

    @extend_schema(operation_id="stock_arrive", request=NewArrival, responses={201: ReceiptAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Book what came, all or part; what is missing stays on the road until it comes or is written off."""
        asked = read_body(request, NewArrival)
        booked = transfers.arrive(
            dict(units_of(asked["lines"]).values()),
            location_id=own_location(request, asked["location"]).pk,
            reference=asked["reference"],
            key=asked["delivery"],
            by=actor_of(request),
            at=clock.now(),
        )
        return Response({"booked": booked}, status=201)
