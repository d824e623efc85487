"""The API of goods that are carried from one location to another."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.channels.models import Location
from commerce.rest.authentication import actor_of
from commerce.rest.fields import Flag, Instant, Strict, Text, read_body
from commerce.rest.idempotency import idempotent
from inventory import incoming, ledger
from inventory.api import MAX_LINES, ReceiptLine, own_location, refused, units_of
from inventory.floor import carrying
from inventory.floor.models import Transfer
from inventory.incoming import NothingExpected
from inventory.schema import SurplusAnswer


class NewTransfer(Strict):
    """Goods that leave one location for another; the same reference between the two is booked once.

    With `expected_at` they are on the road until somebody there says that they came. As a `draft` nothing moves yet:
    told again it is written anew, until its step `send`.
    """

    location = Text(max_length=30)
    destination = Text(max_length=30)
    reference = Text(max_length=40)
    expected_at = Instant(required=False)
    draft = Flag(required=False, default=False)
    lines = serializers.ListField(child=ReceiptLine(), min_length=1, max_length=MAX_LINES)


class NewArrival(Strict):
    """What came of a transfer; the same delivery of it is booked once."""

    location = Text(max_length=30)
    reference = Text(max_length=40)
    delivery = Text(max_length=20, required=False, default="1")
    lines = serializers.ListField(child=ReceiptLine(), min_length=1, max_length=MAX_LINES)


class CarriedAnswer(serializers.Serializer[object]):
    """How many lines were new (0 if this was booked already), and the transfer as it stands."""

    booked = serializers.IntegerField()
    transfer = serializers.CharField(allow_null=True, help_text="null: it was carried over at once")
    status = serializers.CharField()


class ArrivalAnswer(CarriedAnswer):
    """What is on the shelf now, and what of it stands on no list of its transfer."""

    surplus = SurplusAnswer(many=True)


class TransfersDoor(APIView):
    """Goods between our locations. They leave from a location of the caller's own."""

    @extend_schema(operation_id="stock_transfer", request=NewTransfer, responses={201: CarriedAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Book goods that are carried elsewhere, or list them as a draft."""
        asked = read_body(request, NewTransfer)
        source = own_location(request, asked["location"])
        destination = get_object_or_404(Location, code=asked["destination"], is_active=True)
        if source == destination:
            raise refused("destination", "the goods are there already", "same_location")
        goods = dict(units_of(asked["lines"]).values())
        whole: dict[str, Any] = {"source": source, "destination": destination, "reference": asked["reference"]}
        stamp: dict[str, Any] = {"by": actor_of(request), "at": clock.now()}
        if asked["draft"]:
            made = carrying.draft(goods, **whole, expected_at=asked.get("expected_at"), **stamp)
            return Response({"booked": 0, "transfer": made.public_id, "status": made.status}, status=201)
        if "expected_at" in asked:
            made, left = carrying.send(goods, **whole, expected_at=asked["expected_at"], **stamp)
            return Response({"booked": left, "transfer": made.public_id, "status": made.status}, status=201)
        booked = ledger.transfer(
            goods,
            source_id=source.pk,
            destination_id=destination.pk,
            reason=asked["reference"],
            key=f"transfer:{source.pk}:{destination.pk}:{asked['reference']}",
            **stamp,
        )
        return Response({"booked": booked, "transfer": None, "status": "received"}, status=201)


class ArrivalsDoor(APIView):
    """Goods that were sent from another location. They come to a location of the caller's own."""

    @extend_schema(operation_id="stock_arrive", request=NewArrival, responses={201: ArrivalAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Book what came, all or part; what is missing stays on the road until it comes or is written off.

        What is beyond the list is on the shelf as well; it is told, and its shelf is to be counted at both ends.
        """
        asked = read_body(request, NewArrival)
        location, units = own_location(request, asked["location"]), units_of(asked["lines"])
        goods = dict(units.values())
        stamp: dict[str, Any] = {"by": actor_of(request), "at": clock.now()}
        one = Transfer.objects.filter(destination=location, reference=asked["reference"]).first()
        if one is None:
            raise NothingExpected("this was not sent here under this reference")
        booked = carrying.arrive(one, goods, key=asked["delivery"], **stamp)
        one.refresh_from_db()
        over = incoming.surplus(one.reference, goods, location_id=location.pk)
        skus = {pk: sku for sku, (pk, _) in units.items()}
        surplus = [{"sku": skus[variant], "surplus": more} for variant, more in over.values()]
        told = {"booked": booked, "transfer": one.public_id, "status": one.status, "surplus": surplus}
        return Response(told, status=201)
