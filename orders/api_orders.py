"""The API of orders: seeing one, its timeline, canceling it; and what staff may tell somebody who asks."""

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.customers.sessions import person_of
from commerce.rest.access import location_ids, role_of
from commerce.rest.authentication import actor_of
from commerce.rest.doors import SHOPPERS
from commerce.rest.fields import Strict, Text, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.limits import Limit
from commerce.rest.selling import channel_of
from commerce.timeline.models import Entry
from orders import cancel, lookup
from orders.models import Fulfillment, Order
from orders.private_links import SecondFact, order_to_change
from orders.reach import order_for
from orders.schema import LookupAnswer, OrderAnswer, TimelineAnswer
from orders.showing import show


class Lookup(Strict):
    """What somebody says: an address, and to hear more than when it is ready, a number or pickup code."""

    email = Text(max_length=254, required=False)
    phone = Text(max_length=40, required=False)
    number = Text(max_length=20, required=False)
    code = Text(max_length=20, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One address, and one second proof at most; raises ValidationError."""
        for names, least in ((("email", "phone"), 1), (("number", "code"), 0)):
            if not least <= sum(name in attrs for name in names) <= 1:
                detail = serializers.ErrorDetail(f"say one of {' and '.join(names)}", code="one_of")
                raise serializers.ValidationError({names[0]: [detail]})
        return attrs


class OrderDoor(APIView):
    """One order."""

    @extend_schema(responses=OrderAnswer, operation_id="orders_read")
    def get(self, request: Request, public_id: str) -> Response:
        """The order; when staff see whose it is, that is written down."""
        return answer(request, order_for(request, public_id))


class OrderTimelineDoor(APIView):
    """The story of an order."""

    @extend_schema(responses=TimelineAnswer, operation_id="orders_timeline")
    def get(self, request: Request, public_id: str) -> Response:
        """Every entry of its journey, in the order in which we learned them."""
        order = order_for(request, public_id)
        entries = list(Entry.objects.filter(journey=order.journey_id).order_by("number"))
        numbers = {entry.pk: entry.number for entry in entries}
        shown = [
            {
                "number": entry.number,
                "type": entry.type,
                "occurred_at": entry.occurred_at,
                "recorded_at": entry.recorded_at,
                "channel": entry.channel,
                "actor": entry.actor.partition(":")[0],
                "cause": numbers.get(entry.cause or 0),
            }
            | ({} if role_of(request) in SHOPPERS else {"facts": entry.data})
            for entry in entries
        ]
        return Response({"journey": order.journey.public_id, "entries": shown})


class OrderCancelDoor(APIView):
    """Taking an order back."""

    @extend_schema(request=SecondFact, responses=OrderAnswer, operation_id="orders_cancel")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Cancel an order that nobody prepares yet. A guest names the email she gave, or her pickup code, besides."""
        said = read_body(request, SecondFact)
        order = order_to_change(request, public_id, email=said["email"], code=said["code"])
        cancel.cancel(order, by=actor_of(request), channel=channel_of(request), at=clock.now())
        return answer(request, order_for(request, public_id))


class LookupDoor(APIView):
    """Somebody calls, or stands at the counter."""

    limits = (Limit("look-ups by address", 300, within=timedelta(minutes=10)),)

    @extend_schema(request=Lookup, responses=LookupAnswer, operation_id="lookup")
    def post(self, request: Request) -> Response:
        """When her orders are ready; with a number or code, the order itself. Each look is written down.

        A POST, so that no address of anybody stands in an address bar, a history or a log.
        """
        said = read_body(request, Lookup)
        address = next((kind, said[kind]) for kind in ("email", "phone") if kind in said)
        bound_to, by, channel, at = location_ids(request), actor_of(request), channel_of(request), clock.now()
        if "number" in said or "code" in said:
            lookup.try_fact(address[1], kind=address[0], by=by)
            number, code = said.get("number", ""), said.get("code", "")
            order = lookup.one_order(
                *address, number=number, code=code, locations=bound_to, by=by, channel=channel, at=at
            )
            return Response({"orders": [show(order, for_shopper=False, with_contact=True)]})
        parts = lookup.ready_times(*address, locations=bound_to, by=by, channel=channel, at=at)
        return Response({"orders": [ready_time(part) for part in parts]})


def ready_time(part: Fulfillment) -> dict[str, Any]:
    """All that may be told to somebody who gives an address alone."""
    return {
        "status": part.order.status,
        "fulfillment_status": part.status,
        "ready_at": part.expected_at or part.promised_for,
    }


def answer(request: Request, order: Order) -> Response:
    """An order as this caller may see it."""
    if role_of(request) in SHOPPERS:
        return Response(show(order, for_shopper=True, with_contact=person_of(request) is not None))
    return Response(show(order, for_shopper=False, with_contact=True))
