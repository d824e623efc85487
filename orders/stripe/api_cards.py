"""The API of one's kept cards."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.customers.api import person_or_404
from commerce.rest.authentication import actor_of
from commerce.rest.fields import Strict, read_body
from commerce.rest.idempotency import idempotent
from orders.stripe import card_pages, kept_cards
from orders.stripe.models import KeptCard


class KeptCardAnswer(serializers.Serializer[Any]):
    """A card that the payment service keeps for her; nothing of it pays."""

    id = serializers.CharField()
    brand = serializers.CharField()
    last4 = serializers.CharField()
    expires = serializers.CharField(help_text="month and year, 08/2030")
    kept_at = serializers.DateTimeField()


class CardPageAnswer(serializers.Serializer[Any]):
    """Where she goes to have a card kept."""

    id = serializers.CharField()
    keep_at = serializers.CharField(help_text="leads on to the payment service's page as soon as that stands")
    expires_at = serializers.DateTimeField()


class NoFields(Strict):
    """Nothing is said: card numbers are typed at the payment service alone."""


def show(card: KeptCard) -> dict[str, Any]:
    """A card as its holder sees it."""
    shown = {"id": card.public_id, "brand": card.brand, "last4": card.last4}
    return shown | {"expires": card.expires, "kept_at": card.kept_at}


class CardsDoor(APIView):
    """One's kept cards."""

    @extend_schema(responses=KeptCardAnswer(many=True), operation_id="me_cards_list")
    def get(self, request: Request) -> Response:
        """The cards that are kept because one asked for it."""
        return Response([show(card) for card in kept_cards.cards_for(person_or_404(request))])

    @extend_schema(request=None, responses={201: CardPageAnswer}, operation_id="me_cards_keep")
    @idempotent
    def post(self, request: Request) -> Response:
        """Have a card kept without paying: answered with where to go; the card shows in the list afterwards."""
        read_body(request, NoFields)
        page = card_pages.ask(person_or_404(request), by=actor_of(request), channel="web", at=clock.now())
        keep_at = reverse("account-card-page", args=[page.public_id])
        return Response({"id": page.public_id, "keep_at": keep_at, "expires_at": page.expires_at}, status=201)


class CardDoor(APIView):
    """One of one's kept cards."""

    @extend_schema(request=None, responses={204: None}, operation_id="me_cards_remove")
    def delete(self, request: Request, public_id: str) -> Response:
        """Have a card kept no more, here and at the payment service."""
        hers = kept_cards.cards_for(person_or_404(request)).select_related("customer__person")
        card = get_object_or_404(hers, public_id=public_id)
        kept_cards.remove(card, by=actor_of(request), channel="web", at=clock.now())
        return Response(status=204)
