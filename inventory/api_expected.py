"""The API of goods that are expected: purchase orders as an ERP tells them, and what is on the road."""

from typing import Any

from django.db.models import F
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.rest.access import location_ids
from commerce.rest.fields import Instant, Strict, Text, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.queries import query_of
from inventory import incoming
from inventory.api import MAX_LINES, ReceiptLine, own_location, units_of
from inventory.models import Incoming
from inventory.schema import ExpectedAnswer, NoMoreAnswer

PAGE = 200


class GoodsOrdered(Strict):
    """A purchase order's goods for one location; sent again, it moves the date or changes how many."""

    location = Text(max_length=30)
    reference = Text(max_length=60)
    expected_at = Instant(required=False)
    lines = serializers.ListField(child=ReceiptLine(), min_length=1, max_length=MAX_LINES)


class ExpectedQuery(Strict):
    """Where, of what; `after` is what the last page gave as `next`."""

    location = Text(max_length=30, required=False)
    sku = Text(max_length=60, required=False)
    after = serializers.IntegerField(min_value=0, max_value=2**62, required=False)


class ExpectedDoor(APIView):
    """What will come."""

    query = ExpectedQuery

    @extend_schema(operation_id="stock_expected", parameters=[ExpectedQuery], responses=ExpectedAnswer)
    def get(self, request: Request) -> Response:
        """Goods that have not all come yet, in the order in which they were ordered."""
        asked, bound_to = query_of(request, ExpectedQuery), location_ids(request)
        lines = Incoming.objects.filter(ended_at__isnull=True, pk__gt=asked.get("after", 0))
        if bound_to is not None:
            lines = lines.filter(stock__location__in=bound_to)
        if "location" in asked:
            lines = lines.filter(stock__location__code=asked["location"])
        if "sku" in asked:
            lines = lines.filter(stock__variant__sku=asked["sku"])
        return page(list(told(lines)[: PAGE + 1]))

    @extend_schema(operation_id="stock_expect", request=GoodsOrdered, responses={201: ExpectedAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Expect the goods of a purchase order."""
        asked = read_body(request, GoodsOrdered)
        lines = incoming.expect(
            dict(units_of(asked["lines"]).values()),
            location_id=own_location(request, asked["location"]).pk,
            reference=asked["reference"],
            expected_at=asked.get("expected_at"),
            at=clock.now(),
        )
        answer = page(list(told(Incoming.objects.filter(pk__in=[line.pk for line in lines]))))
        answer.status_code = 201
        return answer


class NoMore(Strict):
    """Of which purchase order nothing more comes to a location. A transfer is closed at its own door."""

    location = Text(max_length=30)
    reference = Text(max_length=60)


class NoMoreDoor(APIView):
    """The rest of a purchase order that will never come."""

    @extend_schema(operation_id="stock_expect_no_more", request=NoMore, responses={201: NoMoreAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Expect no more of it."""
        asked = read_body(request, NoMore)
        place = own_location(request, asked["location"])
        missing = incoming.call_off(asked["reference"], location_id=place.pk, at=clock.now())
        return Response({"missing": missing}, status=201)


def told(lines: Any) -> Any:
    """Lines as the API names their columns."""
    return lines.order_by("pk").values(
        "pk",
        "reference",
        "quantity",
        "received",
        "expected_at",
        sku=F("stock__variant__sku"),
        location=F("stock__location__code"),
        source_code=F("source__code"),
    )


def page(rows: list[dict[str, Any]]) -> Response:
    """A page of lines, and where the next one begins."""
    following = str(rows[PAGE - 1]["pk"]) if len(rows) > PAGE else None
    results = [{name: row[name] for name in NAMES} | {"sent_from": row["source_code"]} for row in rows[:PAGE]]
    return Response({"results": results, "next": following})


NAMES = ("sku", "location", "reference", "quantity", "received", "expected_at")
