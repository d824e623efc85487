"""The API of units kept for somebody: in a store till the evening, or in line for the last ones."""

from datetime import datetime, timedelta
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.carts.api import person_of, reach, variant_of
from commerce.channels.models import Location
from commerce.customers.models import Person
from commerce.customers.serving import require
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.doors import AGENTS
from commerce.rest.fields import Instant, Strict, Text, quantity, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.limits import Limit
from commerce.rest.selling import channel_of
from inventory import reservations
from inventory.api import own_location
from inventory.models import Reservation
from inventory.reservations import MOST_UNITS, turn_of
from inventory.schema import ReservationAnswer


class NewReservation(Strict):
    """What is to be kept, where and until when; staff say for whom."""

    sku = Text(max_length=60)
    location = Text(max_length=30)
    quantity = quantity(max_value=MOST_UNITS)
    until = Instant()
    person = Text(max_length=22, required=False)


class NewTurn(Strict):
    """What a cart waits for, and where it would be collected."""

    sku = Text(max_length=60)
    location = Text(max_length=30)
    quantity = quantity(max_value=MOST_UNITS)


def store(code: str) -> Location:
    """A store where shoppers collect; raises Http404."""
    return get_object_or_404(Location, code=code, is_active=True, offers_pickup=True)


def show(reservation: Reservation, *, at: datetime) -> dict[str, Any]:
    """A reservation as its owner sees it; with no word about who she is."""
    waits = reservation.status == Reservation.Status.WAITING
    turn = turn_of(reservation, at=at) if waits else None
    return {
        "id": reservation.public_id,
        "sku": reservation.stock.variant.sku,
        "location": reservation.stock.location.code,
        "quantity": reservation.quantity,
        "status": reservation.status,
        "expires_at": reservation.expires_at,
        "position": turn.position if turn else None,
        "in_line": turn.of if turn else None,
        "expected_at": turn.expected_at if turn else None,
    }


KEEPING = Limit("reservations", 20, within=timedelta(hours=1), of_staff=600)
"""From one network address: whoever makes up a person for each asks in vain."""


class ReservationsDoor(APIView):
    """Keeping units in a store."""

    limits = (KEEPING,)

    @extend_schema(request=NewReservation, responses={201: ReservationAnswer}, operation_id="reservations_make")
    @idempotent
    def post(self, request: Request) -> Response:
        """Keep units for the person who asks, or for whom a clerk or agent asks."""
        wanted, at = read_body(request, NewReservation), clock.now()
        person = person_of(request) or get_object_or_404(
            Person.objects.select_related("root"), public_id=wanted.get("person", "")
        )
        if role_of(request) in AGENTS:
            require(request, person)
        made = reservations.keep(
            variant_of(wanted["sku"]),
            location=store(wanted["location"]),
            quantity=wanted["quantity"],
            until=wanted["until"],
            person=person,
            by=actor_of(request),
            channel=channel_of(request),
            at=at,
        )
        return Response(show(made, at=at), status=201)


class LineDoor(APIView):
    """The line for the last units."""

    limits = (KEEPING,)

    @extend_schema(request=NewTurn, responses={201: ReservationAnswer}, operation_id="carts_stand_in_line")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Wait for units that others hold; whose turn comes has them kept for some minutes."""
        wanted, at = read_body(request, NewTurn), clock.now()
        made, _ = reservations.stand_in_line(
            reach(request, public_id),
            variant=variant_of(wanted["sku"]),
            location=store(wanted["location"]),
            quantity=wanted["quantity"],
            by=actor_of(request),
            channel=channel_of(request),
            at=at,
        )
        return Response(show(made, at=at), status=201)


class ReservationDoor(APIView):
    """One reservation; its id is its key."""

    @extend_schema(responses=ReservationAnswer, operation_id="reservations_read")
    def get(self, request: Request, public_id: str) -> Response:
        """Where it stands now."""
        return Response(show(find(public_id), at=clock.now()))

    @extend_schema(responses=ReservationAnswer, operation_id="reservations_release")
    def delete(self, request: Request, public_id: str) -> Response:
        """Give it up."""
        at = clock.now()
        ended = reservations.let_go(find(public_id), by=actor_of(request), channel=channel_of(request), at=at)
        return Response(show(ended, at=at))


class TakenDoor(APIView):
    """What was kept goes over the counter."""

    @extend_schema(request=None, responses=ReservationAnswer, operation_id="reservations_taken")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """She takes it, and a till that does not know her sells it now; one that names her does this by itself."""
        kept, at = find(public_id), clock.now()
        own_location(request, kept.stock.location.code)
        ended = reservations.let_go(kept, taken=True, by=actor_of(request), channel=channel_of(request), at=at)
        return Response(show(ended, at=at))


def find(public_id: str) -> Reservation:
    """A reservation with its shelf; raises Http404."""
    whole = Reservation.objects.select_related("stock__variant", "stock__location")
    return get_object_or_404(whole, public_id=public_id)
