"""The API of one's own account: /api/v1/me/."""

import re
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.customers import consent, profile
from commerce.customers.addresses import NotAnAddress, normalize
from commerce.customers.known import points_of, since
from commerce.customers.models import Consent, Person, PostalAddress
from commerce.customers.people import people_of
from commerce.customers.sessions import account_of, person_of
from commerce.rest.authentication import actor_of
from commerce.rest.fields import Flag, Strict, Text, read_body
from commerce.rest.idempotency import idempotent
from commerce.timeline.record import open_journey

LANGUAGES = [code for code, _ in settings.LANGUAGES]
CHANNELS = sorted(consent.CARRIES)
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class Hour(Text):
    """A time of day, as 18:00."""

    def to_internal_value(self, data: Any) -> str:
        """The time itself; raises ValidationError."""
        if not TIME.fullmatch(text := super().to_internal_value(data)):
            raise serializers.ValidationError("a time of day is written as 18:00")
        return text


class Changes(Strict):
    """What a person may change about herself."""

    given_name = Text(max_length=60, allow_blank=True, required=False)
    family_name = Text(max_length=80, allow_blank=True, required=False)
    language = serializers.ChoiceField(LANGUAGES, required=False)
    preferred_contact_channel = serializers.ChoiceField(CHANNELS, allow_blank=True, required=False)
    preferred_hours = serializers.ListField(
        child=Hour(max_length=5), min_length=2, max_length=2, allow_null=True, required=False
    )


class Address(Strict):
    """Where things can be sent."""

    label = Text(max_length=40, allow_blank=True, required=False)  # type: ignore[assignment]
    recipient = Text(max_length=120)
    street = Text(max_length=120)
    postal_code = Text(max_length=12)
    city = Text(max_length=60)
    country = serializers.RegexField(r"\A[A-Z]{2}\Z", required=False, default="ES", help_text="ISO 3166-1")
    phone = Text(max_length=40, allow_blank=True, required=False)

    def validate_phone(self, value: str) -> str:
        """The number as E.164; raises ValidationError."""
        return reachable("phone", value)


def reachable(kind: str, value: str) -> str:
    """A way to reach somebody in its one spelling, or none; raises ValidationError, so that the field is named."""
    try:
        return normalize(kind, value) if value else ""
    except NotAnAddress as problem:
        raise serializers.ValidationError(problem.detail, code=problem.code) from problem


class Choice(Strict):
    """One explicit choice."""

    contact_channel = serializers.ChoiceField(CHANNELS)
    purpose = serializers.ChoiceField(Consent.Purpose.choices)
    granted = Flag()


class PostalAddressAnswer(Address):
    """A postal address that is kept."""

    id = serializers.IntegerField()
    entered_at = serializers.DateTimeField()
    entered_in = serializers.CharField(help_text="the sales channel it was given in")
    confirmed_at = serializers.DateTimeField(allow_null=True, help_text="when she last said that it is still right")


class ContactPointAnswer(serializers.Serializer[object]):
    """A way to reach her."""

    kind = serializers.CharField()
    value = serializers.CharField()
    verified = serializers.BooleanField()
    given_at = serializers.DateTimeField(help_text="after a year, ask whether it is still right")
    given_in = serializers.CharField(help_text="the sales channel, or how it was proved")


class ConsentAnswer(serializers.Serializer[object]):
    """A choice that counts."""

    contact_channel = serializers.CharField()
    purpose = serializers.CharField()
    granted = serializers.BooleanField()
    address = serializers.CharField()
    chosen_at = serializers.DateTimeField()


class PersonAnswer(Changes):
    """What we know of her."""

    id = serializers.CharField()
    contact_points = ContactPointAnswer(many=True)


def account_or_404(request: HttpRequest | Request) -> Person:
    """The shopper who is logged in, as whom she logged in; raises Http404 for a log-in that is nobody's."""
    person = account_of(request)
    if person is None:
        raise Http404
    return person


def person_or_404(request: HttpRequest | Request) -> Person:
    """The shopper who is logged in; raises Http404 for a log-in that is nobody's."""
    person = person_of(request)
    if person is None:
        raise Http404
    return person


def show(person: Person) -> dict[str, Any]:
    """A person as she sees herself. Addresses that somebody else only typed are not hers to see."""
    return {
        "id": person.public_id,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "language": person.language,
        "preferred_contact_channel": person.preferred_contact_channel,
        "preferred_hours": person.preferred_hours,
        "contact_points": [
            {
                "kind": point.kind,
                "value": point.value,
                "verified": point.verified_at is not None,
                "given_at": since(point),
                "given_in": point.given_in or point.verified_how,
            }
            for point in points_of(person).order_by("pk")
        ],
    }


def addresses_of(person: Person) -> QuerySet[PostalAddress]:
    """The postal addresses she gave herself, in any account of hers, and did not remove."""
    gave_herself = Q(person=person.root_pk) | Q(person__user__isnull=False)
    return PostalAddress.objects.filter(gave_herself, person__in=people_of(person), removed_at=None).order_by("pk")


def show_address(address: PostalAddress) -> dict[str, Any]:
    """A postal address as its owner sees it."""
    names = (
        "id",
        "label",
        "recipient",
        "street",
        "postal_code",
        "city",
        "country",
        "phone",
        "entered_at",
        "entered_in",
        "confirmed_at",
    )
    return {name: getattr(address, name) for name in names}


class MeDoor(APIView):
    """Oneself."""

    @extend_schema(responses=PersonAnswer, operation_id="me_read")
    def get(self, request: Request) -> Response:
        """Who is logged in."""
        return Response(show(person_or_404(request)))

    @extend_schema(request=Changes, responses=PersonAnswer, operation_id="me_change")
    def patch(self, request: Request) -> Response:
        """Change one's name, language, and how and when one likes to hear from us."""
        said = read_body(request, Changes)
        person = profile.change(person_or_404(request), fields=said, entered_in="web", at=clock.now())
        return Response(show(person))


class AddressesDoor(APIView):
    """One's postal addresses."""

    @extend_schema(responses=PostalAddressAnswer(many=True), operation_id="me_addresses_list")
    def get(self, request: Request) -> Response:
        """Where one's things can be sent."""
        return Response([show_address(address) for address in addresses_of(person_or_404(request))])

    @extend_schema(request=Address, responses={201: PostalAddressAnswer}, operation_id="me_addresses_add")
    @idempotent
    def post(self, request: Request) -> Response:
        """Keep an address; the same one again is not kept twice."""
        fields = read_body(request, Address)
        address = profile.add_address(account_or_404(request), entered_in="web", at=clock.now(), **fields)
        return Response(show_address(address), status=201)


class AddressDoor(APIView):
    """One of one's postal addresses."""

    @extend_schema(request=None, responses={204: None}, operation_id="me_addresses_remove")
    def delete(self, request: Request, pk: int) -> Response:
        """Remove an address. To change one, add the right one and remove the wrong one."""
        address = get_object_or_404(addresses_of(person_or_404(request)), pk=pk)
        profile.remove_address(address, at=clock.now())
        return Response(status=204)


class ConsentsDoor(APIView):
    """What one agreed to hear."""

    @extend_schema(responses=ConsentAnswer(many=True), operation_id="me_consents_list")
    def get(self, request: Request) -> Response:
        """One's choices that count."""
        return Response(show_consents(person_or_404(request)))

    @extend_schema(request=Choice, responses={201: ConsentAnswer(many=True)}, operation_id="me_consents_choose")
    @idempotent
    def post(self, request: Request) -> Response:
        """Say yes or no to one purpose over one contact channel."""
        person, at = account_or_404(request), clock.now()
        chosen = read_body(request, Choice)
        consent.say(
            person,
            **chosen,
            method="account",
            journey=open_journey(at=at),
            by=actor_of(request),
            channel="web",
            at=at,
        )
        return Response(show_consents(person), status=201)


def show_consents(person: Person) -> list[dict[str, Any]]:
    """Choices that count, as their owner sees them."""
    return [
        {
            "contact_channel": choice.contact_channel,
            "purpose": choice.purpose,
            "granted": choice.granted,
            "address": choice.contact_point.value,
            "chosen_at": choice.chosen_at,
        }
        for choice in consent.latest(person).select_related("contact_point")
    ]
