"""The API of deliveries: windows of time, and the calls in which they are agreed."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.customers import disclosure
from commerce.rest.authentication import actor_of
from commerce.rest.fields import Strict, Text, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.queries import query_of
from commerce.rest.selling import channel_of
from commerce.timeline.actors import Actor
from orders.delivery import booking, calls, slots
from orders.delivery.models import Booking
from orders.models import Fulfillment, Todo
from orders.reach import fulfillment_for, fulfillments_for
from orders.schema import BookingAnswer, CallsAnswer, FulfillmentAnswer, SlotsAnswer
from orders.showing import show_fulfillments

MOST = 200


class Where(Strict):
    """Where it is to be brought."""

    postal_code = Text(max_length=12)
    country = serializers.RegexField(r"\A[A-Z]{2}\Z", default="ES", help_text="ISO 3166-1")


class Chosen(Strict):
    """The window that she chose."""

    slot = Text(max_length=22)


class SlotsDoor(APIView):
    """When it can be brought."""

    query = Where

    @extend_schema(parameters=[Where], responses=SlotsAnswer, operation_id="delivery_slots")
    def get(self, request: Request) -> Response:
        """The windows of time that can still be taken for a postal code, the earliest first; outside all zones none."""
        where = query_of(request, Where)
        slots.check_zone(**where)
        found = slots.open_slots(**where, at=clock.now())
        return Response({"results": slots.show(list(found[: slots.MOST_SHOWN]))})


class SlotDoor(APIView):
    """Agreeing on a delivery."""

    @extend_schema(request=Chosen, responses=FulfillmentAnswer, operation_id="fulfillments_slot")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Take a window for a part of an order, as it was agreed with her; another one is free again."""
        part = fulfillment_for(request, public_id)
        said = read_body(request, Chosen)
        slot = slots.find_for(part, said["slot"])
        slots.agree(part, slot, by=actor_of(request), channel=channel_of(request), at=clock.now())
        return Response(show_fulfillments([part.pk])[0])


class ParcelBooked(Strict):
    """Who is asked to take it."""

    carrier = Text(max_length=30)


class BookDoor(APIView):
    """Booking a parcel at its carrier."""

    @extend_schema(request=ParcelBooked, responses=BookingAnswer, operation_id="fulfillments_book")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Ask a carrier to take the parcel; it is asked once, however often this is called."""
        part = fulfillment_for(request, public_id)
        said = read_body(request, ParcelBooked)
        stamp: dict[str, Any] = {"by": actor_of(request), "channel": channel_of(request), "at": clock.now()}
        made = booking.ask(part, carrier=said["carrier"], **stamp)
        return Response({"status": made.status, "carrier": made.carrier, "tracking_number": made.tracking_number})


class LabelDoor(APIView):
    """The label of a parcel."""

    @extend_schema(responses={(200, "application/pdf"): bytes}, operation_id="fulfillments_label")
    def get(self, request: Request, public_id: str) -> HttpResponse:
        """The carrier's label, once it has made one."""
        part = fulfillment_for(request, public_id)
        made = get_object_or_404(part.bookings, status=Booking.Status.BOOKED)
        return HttpResponse(bytes(made.label), content_type="application/pdf")


class CallsDoor(APIView):
    """Who is to be called."""

    @extend_schema(responses=CallsAnswer, operation_id="calls_list")
    def get(self, request: Request) -> Response:
        """The calls that one's locations owe, the most urgent first."""
        parts = fulfillments_for(request).values_list("public_id", flat=True)
        return Response({"results": owed(parts, by=actor_of(request), at=clock.now())})


class CallTriedDoor(APIView):
    """A call that nobody took."""

    @extend_schema(request=None, responses=CallsAnswer, operation_id="calls_tried")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Nobody answered: it stays on the list, for later."""
        read_body(request, Strict)
        part = fulfillment_for(request, public_id)
        calls.tried(part.public_id, by=actor_of(request), channel=channel_of(request), at=clock.now())
        return Response({"results": owed([part.public_id], by=actor_of(request), at=clock.now())})


def owed(parts: Any, *, by: Actor, at: datetime) -> list[dict[str, Any]]:
    """The calls about these parts of orders; whose names and numbers were read is written down."""
    todos = Todo.objects.filter(kind=Todo.Kind.CALL, subject__in=parts, closed_at=None).order_by("due_at", "pk")[:MOST]
    found = {todo.subject: todo for todo in todos}
    about = Fulfillment.objects.filter(public_id__in=found).select_related(
        "order__person", "order__phone", "order__email", "address"
    )
    of = {part.public_id: part for part in about}
    disclosure.note_each((part.order.person_id for part in of.values()), what="calls", by=by, at=at)
    return [show(of[subject], todo) for subject, todo in found.items() if subject in of]


def show(part: Fulfillment, todo: Todo) -> dict[str, Any]:
    """One call: whom, by which number, about what."""
    order = part.order
    return {
        "fulfillment": part.public_id,
        "order": order.number,
        "name": order.person.given_name if order.person else "",
        "phone": order.phone.value if order.phone else None,
        "email": order.email.value if order.email else None,
        "postal_code": part.address.postal_code if part.address else "",
        "country": slots.country_of(part),
        "due_at": todo.due_at,
        "tries": todo.tries,
    }
