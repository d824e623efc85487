"""The API for systems that read along: what changed on the shelves, and what is worth counting."""

from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.rest.access import location_ids
from commerce.rest.fields import Strict, Text
from commerce.rest.queries import query_of
from inventory.api import own_location
from inventory.changes import PAGE, changes_since
from inventory.to_count import suggested


class ChangesQuery(Strict):
    """After which cursor; none, or a blank one, is the beginning."""

    since = Text(max_length=40, required=False, default="", allow_blank=True)
    limit = serializers.IntegerField(min_value=1, max_value=PAGE, required=False, default=PAGE)


class StockChangeAnswer(serializers.Serializer[object]):
    """One movement of goods."""

    sku = serializers.CharField()
    barcode = serializers.CharField(allow_null=True)
    location = serializers.CharField()
    kind = serializers.CharField()
    quantity = serializers.IntegerField(help_text="change of on-hand")
    damaged = serializers.IntegerField(help_text="change of the damaged units among them")
    on_hand = serializers.IntegerField(help_text="of the shelf by now")
    reason = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()


class StockChangesAnswer(serializers.Serializer[object]):
    """Some changes; ask again with `next` for those after them. The same cursor again: nothing new yet."""

    results = StockChangeAnswer(many=True)
    next = serializers.CharField()


class ToCountQuery(Strict):
    """Where."""

    location = Text(max_length=30)


class SuggestionAnswer(serializers.Serializer[object]):
    """A shelf to count, and why."""

    sku = serializers.CharField()
    title = serializers.CharField()
    on_hand = serializers.IntegerField()
    why = serializers.ChoiceField(["negative", "in_doubt", "never_counted", "moved_since", "disputed"])
    counted_at = serializers.DateTimeField(allow_null=True)


class ToCountAnswer(serializers.Serializer[object]):
    """What is worth counting, the worst first."""

    results = SuggestionAnswer(many=True)


class ChangesDoor(APIView):
    """What changed."""

    query = ChangesQuery

    @extend_schema(operation_id="stock_changes", parameters=[ChangesQuery], responses=StockChangesAnswer)
    def get(self, request: Request) -> Response:
        """Movements in the order in which they were committed; of the caller's own locations."""
        asked, bound_to = query_of(request, ChangesQuery), location_ids(request)
        locations = None if bound_to is None else sorted(bound_to)
        changes, after = changes_since(asked["since"], locations=locations, page=asked["limit"])
        return Response({"results": [asdict(change) for change in changes], "next": after})


class ToCountDoor(APIView):
    """What is worth counting."""

    query = ToCountQuery

    @extend_schema(operation_id="stock_to_count", parameters=[ToCountQuery], responses=ToCountAnswer)
    def get(self, request: Request) -> Response:
        """Shelves below zero, in doubt, never counted, or with the largest differences."""
        location = own_location(request, query_of(request, ToCountQuery)["location"])
        return Response({"results": [asdict(each) for each in suggested(location.pk)]})
