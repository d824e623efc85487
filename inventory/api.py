"""The API of stock: what can be had where, why, and what staff count and receive."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.catalog.models import Variant
from commerce.channels.models import Location
from commerce.rest.access import location_ids, role_of
from commerce.rest.authentication import actor_of
from commerce.rest.doors import SHOPPERS
from commerce.rest.fields import Instant, Strict, Text, quantity, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.queries import query_of
from inventory import incoming, ledger
from inventory.explaining import Explanation, explain
from inventory.ledger import Count, count_key
from inventory.models import Allocation, Hold, Stock
from inventory.nearby import Point, distance_km, point_of
from inventory.opening import NeverOpen, pickup_ready_at
from inventory.places import find_place, own_place
from inventory.promise import Outlook, outlook
from inventory.schema import CountsAnswer, ExplanationAnswer, MovementAnswer, ReceiptAnswer, StockAnswer

TOLD_TO_SHOPPERS = 20
"""More units than this are nobody's business but ours."""
MAX_SKUS = 50
MAX_LINES = 500


class StockQuery(Strict):
    """Which variants, and near what: "40.4168,-3.7038", a postal code or a town."""

    sku = serializers.ListField(child=Text(max_length=60), min_length=1, max_length=MAX_SKUS)
    near = Text(max_length=60, required=False)


class ExplainQuery(Strict):
    """Which shelf; `at` is the instant it is asked about, `known_at` what we knew by then."""

    sku = Text(max_length=60)
    location = Text(max_length=30)
    at = Instant(required=False)
    known_at = Instant(required=False)


class CountLine(Strict):
    """What somebody found on the shelf."""

    sku = Text(max_length=60)
    quantity = quantity(min_value=0, max_value=999_999)


class NewCounts(Strict):
    """Counts of one location; `counted_at` is when they were made, if not now."""

    location = Text(max_length=30)
    counted_at = Instant(required=False)
    lines = serializers.ListField(child=CountLine(), min_length=1, max_length=MAX_LINES)


class ReceiptLine(Strict):
    """Goods that came."""

    sku = Text(max_length=60)
    quantity = quantity()


class NewReceipt(Strict):
    """A delivery to one location; the same reference there is booked once. `order` is the purchase order it is of."""

    location = Text(max_length=30)
    reference = Text(max_length=40)
    order = Text(max_length=60, required=False, default="")
    lines = serializers.ListField(child=ReceiptLine(), min_length=1, max_length=MAX_LINES)


def own_location(request: Request, code: str) -> Location:
    """A location the caller is bound to; raises Http404 for any other."""
    bound_to = location_ids(request)
    location = get_object_or_404(Location, code=code, is_active=True)
    if bound_to is not None and location.pk not in bound_to:
        raise Http404
    return location


def refused(field: str, sentence: str, code: str, index: int | None = None) -> serializers.ValidationError:
    """A ValidationError that names the field, or the line."""
    error: dict[str, Any] = {field: [serializers.ErrorDetail(sentence, code=code)]}
    return serializers.ValidationError(error if index is None else {"lines": {str(index): error}})


def units_of(lines: list[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    """SKU → variant and quantity; raises ValidationError naming a line whose SKU is unknown or stands there twice."""
    variants = dict(Variant.objects.filter(sku__in=[line["sku"] for line in lines]).values_list("sku", "pk"))
    units: dict[str, tuple[int, int]] = {}
    for index, line in enumerate(lines):
        if line["sku"] not in variants:
            raise refused("sku", "this SKU is not known", "unknown_sku", index)
        if line["sku"] in units:
            raise refused("sku", "this SKU stands here twice", "repeated_sku", index)
        units[line["sku"]] = (variants[line["sku"]], line["quantity"])
    return units


def place_facts(place: Location, *, near: Point | None, at: datetime) -> dict[str, Any]:
    """What we tell of a location, whatever is on its shelves."""
    point = point_of(place)
    return {
        "location": place.code,
        "name": place.name,
        "kind": place.kind,
        "offers_pickup": place.offers_pickup,
        "pickup_ready_at": ready(place, at=at) if place.offers_pickup else None,
        "distance_km": round(distance_km(near, point), 1) if near and point else None,
    }


def ready(place: Location, *, at: datetime) -> datetime | None:
    """When an order placed now could be collected; None where the store does not open in the next weeks."""
    try:
        return pickup_ready_at(place, at=at)
    except NeverOpen:
        return None


class StockDoor(APIView):
    """What can be had where, right now."""

    query = StockQuery

    @extend_schema(operation_id="stock", parameters=[StockQuery], responses=StockAnswer)
    def get(self, request: Request) -> Response:
        """Stock of some variants. Shoppers see the stores where they may collect, staff every location."""
        asked, at = query_of(request, StockQuery), clock.now()
        skus = list(dict.fromkeys(asked["sku"]))
        variants = dict(Variant.objects.filter(is_active=True, sku__in=skus).values_list("sku", "pk"))
        if unknown := [sku for sku in skus if sku not in variants]:
            raise refused("sku", f"this SKU is not known: {unknown[0]}", "unknown_sku")
        places = Location.objects.filter(is_active=True)
        most = None
        if role_of(request) in SHOPPERS:
            places, most = places.filter(kind=Location.Kind.STORE, offers_pickup=True), TOLD_TO_SHOPPERS
        near = find_place(asked["near"], places) if "near" in asked else None
        told = [(place.pk, place_facts(place, near=near, at=at)) for place in places]
        if near:
            told.sort(key=lambda pair: (pair[1]["distance_km"] is None, pair[1]["distance_km"]))
        found = {one.location.pk: one for one in outlook(variants.values(), locations=list(places), at=at)}
        return Response(
            {
                "at": at,
                "variants": [
                    {
                        "sku": sku,
                        "locations": [
                            facts
                            | units_told(found[place].now.get(variants[sku], 0), most)
                            | promised(found[place], variants[sku], most=most, at=at)
                            for place, facts in told
                        ],
                    }
                    for sku in skus
                ],
            }
        )


def promised(place: Outlook, variant: int, *, most: int | None, at: datetime) -> dict[str, Any]:
    """From when one unit can be collected here, and what is expected here."""
    return {
        "collected_from": place.collected_from({variant: 1}, at=at),
        "expected": [
            {"at": day, "units": units_told(units, most)["available"]} for day, units in place.expected.get(variant, ())
        ],
    }


def units_told(units: int, most: int | None) -> dict[str, Any]:
    """How many units there are, as far as the caller may know."""
    is_more = most is not None and units > most
    return {"available": most if is_more else units, "is_more": is_more}


class ExplainDoor(APIView):
    """Why a shelf has what it has."""

    query = ExplainQuery

    @extend_schema(operation_id="stock_explain", parameters=[ExplainQuery], responses=ExplanationAnswer)
    def get(self, request: Request) -> Response:
        """A shelf with every movement, hold and allocation behind it, now or as of an instant."""
        asked, now = query_of(request, ExplainQuery), clock.now()
        location = own_place(request, asked["location"])
        variant = get_object_or_404(Variant, sku=asked["sku"])
        stock = Stock.objects.filter(variant=variant, location=location).first() or Stock(
            pk=0
        )  # a shelf that never was
        at = asked.get("at", now)
        why = explain(stock, at=at, known_at=asked.get("known_at"))
        return Response(
            {
                "sku": variant.sku,
                "location": location.code,
                "at": at,
                "available": why.available,
                "on_hand": why.on_hand,
                "held": sum(hold.quantity for hold in why.holds),
                "allocated": sum(allocation.quantity for allocation in why.allocations),
                "buffer": why.buffer,
                "buffer_reason": why.buffer_reason,
                "damaged": why.damaged,
                "incoming": sum(max(line.quantity - line.received, 0) for line in why.arrivals),
                "counted_at": why.counted_at,
                "needs_repair_since": why.repair.opened_at if why.repair else None,
                "kinds": [asdict(kind) for kind in why.kinds],
                "movements": [{name: getattr(row, name) for name in MOVEMENT} for row in why.latest],
                "holds": [kept(h, why, since=h.placed_at) | {"expires_at": h.expires_at} for h in why.holds],
                "allocations": [kept(a, why, since=a.allocated_at) for a in why.allocations],
                "arrivals": [{name: getattr(line, name) for name in ARRIVAL} for line in why.arrivals],
            }
        )


def kept(row: Hold | Allocation, why: Explanation, *, since: datetime) -> dict[str, Any]:
    """Units kept for somebody, and who it is."""
    owner = why.owners.get(row.demand)
    told = {"demand": row.demand, "quantity": row.quantity, "since": since}
    return told | {"owner": asdict(owner) if owner else None}


ARRIVAL = ("reference", "quantity", "received", "expected_at", "ordered_at")


MOVEMENT = tuple(MovementAnswer().fields)


class CountsDoor(APIView):
    """Counts of a location."""

    @extend_schema(operation_id="stock_count", request=NewCounts, responses={201: CountsAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Book what somebody counted; each shelf's difference is to what the books said at that instant."""
        asked, now = read_body(request, NewCounts), clock.now()
        location = own_location(request, asked["location"])
        counted_at = asked.get("counted_at", now)
        if counted_at > now:
            raise refused("counted_at", "this lies in the future", "in_the_future")
        units = units_of(asked["lines"])
        skus = {variant: sku for sku, (variant, _) in units.items()}
        counts = [
            Count(variant, location.pk, found, counted_at, key=count_key(location.pk, variant, counted_at))
            for variant, found in units.values()
        ]
        lines = [
            {
                "sku": skus[booked.count.variant_id],
                "counted": booked.count.quantity,
                "difference": booked.difference,
                "moved_since": booked.moved,
            }
            for booked in ledger.count(counts, by=actor_of(request), at=now)
        ]
        return Response({"lines": lines}, status=201)


class ReceiptsDoor(APIView):
    """Deliveries to a location."""

    @extend_schema(operation_id="stock_receive", request=NewReceipt, responses={201: ReceiptAnswer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Book goods that came; the same reference at the same location is booked once."""
        asked, now = read_body(request, NewReceipt), clock.now()
        location = own_location(request, asked["location"])
        goods = units_of(asked["lines"])
        booked = incoming.arrive(
            dict(goods.values()),
            location_id=location.pk,
            reference=asked["order"],
            reason=asked["reference"],
            key=f"receipt:{location.pk}:{asked['reference']}",
            by=actor_of(request),
            at=now,
        )
        over = incoming.surplus(asked["order"], [pk for pk, _ in goods.values()], location_id=location.pk)
        skus = {pk: sku for sku, (pk, _) in goods.items()}
        surplus = [{"sku": skus[variant], "surplus": units} for variant, units in over.values()]
        return Response({"booked": booked, "surplus": surplus}, status=201)
