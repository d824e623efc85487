"""The API of those who ask to be told when something is back."""

from datetime import timedelta
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.carts.api import person_of, variant_of
from commerce.channels.models import Location
from commerce.customers.api import reachable
from commerce.rest.authentication import actor_of
from commerce.rest.fields import Flag, Strict, Text, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.limits import Limit
from commerce.rest.selling import channel_of, sales_channel_of
from inventory.alerts import asking
from inventory.alerts.models import Alert
from orders.delivery.rates import check_reach
from orders.schema import AlertAnswer

ASKING = Limit("alerts", 20, within=timedelta(hours=1), of_staff=600)
"""From one network address: whoever lets us write to strangers does so to few."""


class NewAlert(Strict):
    """What she waits for: at a store, or brought to a postal code; and where she is told, once."""

    sku = Text(max_length=60)
    location = Text(max_length=30, required=False, help_text="a store at which she would collect it")
    postal_code = Text(max_length=12, required=False, help_text="where it would be brought")
    email = Text(max_length=254, required=False, default="")
    phone = Text(max_length=40, required=False, default="", help_text="instead of an email address")
    agrees = Flag(help_text="she wants to be told of this, at this address")

    def validate_email(self, value: str) -> str:
        """An email address; raises ValidationError."""
        return reachable("email", value)

    def validate_phone(self, value: str) -> str:
        """A phone number; raises ValidationError."""
        return reachable("phone", value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One place, one address at most, and her yes; raises ValidationError."""
        problems = {
            "location": (("location" in attrs) == ("postal_code" in attrs), "say either a store or a postal code"),
            "email": (bool(attrs["email"] and attrs["phone"]), "say either an email address or a phone number"),
            "agrees": (not attrs["agrees"], "nobody is told who has not agreed to it"),
        }
        for name, (is_wrong, sentence) in problems.items():
            if is_wrong:
                raise serializers.ValidationError({name: [serializers.ErrorDetail(sentence, code="invalid")]})
        return attrs


class AlertsDoor(APIView):
    """Asking to be told."""

    limits = (ASKING,)

    @extend_schema(request=NewAlert, responses={201: AlertAnswer}, operation_id="alerts_ask")
    @idempotent
    def post(self, request: Request) -> Response:
        """Be told once when a unit can be had there; it is kept for her for some hours then."""
        wanted, at, person = read_body(request, NewAlert), clock.now(), person_of(request)
        if not (wanted["email"] or wanted["phone"] or person):
            detail = serializers.ErrorDetail("an email address or a phone number is needed", code="required")
            raise serializers.ValidationError({"email": [detail]})
        if "postal_code" in wanted:
            check_reach(wanted["postal_code"])
        language = getattr(request, "LANGUAGE_CODE", "")
        made = asking.ask(
            variant_of(wanted["sku"]),
            location=get_object_or_404(Location, code=wanted["location"]) if "location" in wanted else None,
            sales_channel=sales_channel_of(request),
            point=asking.address(
                person, email=wanted["email"], phone=wanted["phone"], language=language or "es", at=at
            ),
            method=f"asked by {channel_of(request)}",
            by=actor_of(request),
            channel=channel_of(request),
            at=at,
        )
        return Response(show(made), status=201)


class AlertDoor(APIView):
    """One of them; its id is its key."""

    @extend_schema(responses=AlertAnswer, operation_id="alerts_read")
    def get(self, request: Request, public_id: str) -> Response:
        """Where it stands."""
        return Response(show(find(public_id)))

    @extend_schema(responses=AlertAnswer, operation_id="alerts_withdraw")
    def delete(self, request: Request, public_id: str) -> Response:
        """Be told no more."""
        ended = asking.withdraw(find(public_id), by=actor_of(request), channel=channel_of(request), at=clock.now())
        return Response(show(ended))


def find(public_id: str) -> Alert:
    """A wish to be told; raises Http404."""
    return get_object_or_404(Alert.objects.select_related("variant", "location", "reservation"), public_id=public_id)


def show(alert: Alert) -> dict[str, Any]:
    """A wish to be told as whoever asked sees it; with no word about who she is."""
    return {
        "id": alert.public_id,
        "sku": alert.variant.sku,
        "location": alert.location.code if alert.location else None,
        "contact_channel": alert.contact_channel,
        "status": alert.status,
        "asked_at": alert.asked_at,
        "kept_until": alert.reservation.expires_at if alert.reservation else None,
    }
