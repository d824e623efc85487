"""The API of a place's picking list, and of what happens to a part of an order before it is ready."""

from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.rest.authentication import actor_of
from commerce.rest.fields import Strict, Text, quantity, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.queries import query_of
from commerce.rest.selling import channel_of
from inventory.api import own_location
from orders import rerouting
from orders.parts import units_by_sku
from orders.picking import picking_list
from orders.reach import fulfillment_for
from orders.schema import FulfillmentsAnswer
from orders.showing import show_fulfillments


class PickingQuery(Strict):
    """Where, and which page."""

    location = Text(max_length=30)
    page = serializers.IntegerField(min_value=1, max_value=10_000, default=1)


class PickedPartAnswer(serializers.Serializer[object]):
    """Units for one part of an order."""

    order = serializers.CharField(help_text="its number")
    fulfillment = serializers.CharField()
    quantity = serializers.IntegerField()


class ArticleAnswer(serializers.Serializer[object]):
    """What to take from the shelf."""

    sku = serializers.CharField()
    barcode = serializers.CharField()
    title = serializers.CharField()
    options = serializers.CharField()
    picture = serializers.CharField()
    units = serializers.IntegerField()
    parts = PickedPartAnswer(many=True)


class PickingAnswer(serializers.Serializer[object]):
    """One page of a picking list."""

    articles = ArticleAnswer(many=True)
    fulfillments = serializers.IntegerField(help_text="how many parts of orders this page is for")
    next = serializers.IntegerField(allow_null=True, help_text="the next page, if there is one")


class PickingDoor(APIView):
    """What to take from the shelves of a place."""

    query = PickingQuery

    @extend_schema(operation_id="picking_list", parameters=[PickingQuery], responses=PickingAnswer)
    def get(self, request: Request) -> Response:
        """Each article once, for the most urgent parts of orders."""
        asked = query_of(request, PickingQuery)
        found = picking_list(own_location(request, asked["location"]), page=asked["page"])
        articles = [
            asdict(article)
            | {"parts": [{"order": o, "fulfillment": f, "quantity": units} for o, f, units in article.parts]}
            for article in found.articles
        ]
        return Response({"articles": articles, "fulfillments": found.parts, "next": found.after})


class MissingLine(Strict):
    """Units that are not on their shelf."""

    sku = Text(max_length=60)
    quantity = quantity()


class Missing(Strict):
    """What cannot be found; nothing named means all of it."""

    lines = serializers.ListField(child=MissingLine(), required=False, min_length=1, max_length=100)


class CannotFindDoor(APIView):
    """What a store was to prepare and cannot find."""

    @extend_schema(operation_id="fulfillments_cannot_find", request=Missing, responses=FulfillmentsAnswer)
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Count the shelf, and let others take over; answers the parts that do, none where nobody has it."""
        missing = read_body(request, Missing)
        parts = rerouting.cannot_find(
            fulfillment_for(request, public_id),
            missing=units_by_sku(missing.get("lines")),
            by=actor_of(request),
            channel=channel_of(request),
            at=clock.now(),
        )
        return Response({"results": show_fulfillments([part.pk for part in parts])})
