"""The API of signed quotes: a price promised in one channel, honored in the others."""

from datetime import timedelta
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.carts import offers
from commerce.carts.api import answer, reach
from commerce.carts.models import HandOff
from commerce.carts.schema import CartAnswer, CartLineAnswer
from commerce.promotions.uses import GUESSES
from commerce.quotes import signed, tokens
from commerce.quotes.models import SignedQuote
from commerce.rest.authentication import actor_of
from commerce.rest.fields import Flag, Strict, Text, Whole, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.selling import channel_of

MOST_HOURS = signed.MOST // timedelta(hours=1)
LONGEST = 4000
"""Characters of what somebody shows: a token of a hundred lines is longer than any picture holds."""


class NewSignedQuote(Strict):
    """How long the price is promised, and whether to the cart's person only."""

    valid_hours = Whole(required=False, min_value=1, max_value=MOST_HOURS, default=48)
    only_for_person = Flag(required=False, default=False)


class ShownQuote(Strict):
    """A signed quote as somebody shows it: its code, its token, or the address in its picture."""

    quote = Text(max_length=LONGEST)
    version = Whole(required=False, min_value=1)


class SignedQuoteAnswer(serializers.Serializer[Any]):
    """A signed quote; amounts are minor units, tax included, without delivery."""

    id = serializers.CharField()
    code = serializers.CharField(help_text="to be read aloud and typed")
    token = serializers.CharField(help_text="compact JWS (EdDSA): proven offline by the keys of this API")
    url = serializers.CharField(help_text="the page of the offer, to be printed")
    sales_channel = serializers.CharField()
    currency = serializers.CharField()
    total = serializers.IntegerField()
    lines = CartLineAnswer(many=True)
    versions = serializers.DictField(child=serializers.DictField(child=serializers.IntegerField()))
    made_at = serializers.DateTimeField()
    valid_until = serializers.DateTimeField()
    is_bound = serializers.BooleanField(help_text="it is for one person only")
    is_used = serializers.BooleanField(help_text="an order was made with it; it is good once")


class KeysAnswer(serializers.Serializer[Any]):
    """A JWK set (RFC 7517)."""

    keys = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))


class CartSignedQuotesDoor(APIView):
    """Promising what a cart costs."""

    @extend_schema(request=NewSignedQuote, responses={201: SignedQuoteAnswer}, operation_id="signed_quotes_make")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Promise the cart's price of now for some hours, in every channel, for one purchase of exactly its goods."""
        wanted = read_body(request, NewSignedQuote)
        made = offers.promise(
            reach(request, public_id, wanted=HandOff.Scope.PAY),
            is_bound=wanted["only_for_person"],
            lasts=timedelta(hours=wanted["valid_hours"]),
            language=getattr(request, "LANGUAGE_CODE", ""),
            by=actor_of(request),
            channel=channel_of(request),
            at=clock.now(),
        )
        return Response(signed.as_dict(made), status=201)


class CartSignedQuoteDoor(APIView):
    """The signed quote whose price a cart has."""

    limits = (GUESSES,)

    @extend_schema(request=ShownQuote, responses=CartAnswer, operation_id="carts_put_signed_quote")
    def put(self, request: Request, public_id: str) -> Response:
        """Give the cart the price of a signed quote; an empty cart gets its goods too."""
        wanted = read_body(request, ShownQuote)
        cart = offers.put(
            reach(request, public_id),
            shown=wanted["quote"],
            seen_version=wanted.get("version"),
            by=actor_of(request),
            channel=channel_of(request),
            at=clock.now(),
        )
        return answer(request, cart)

    @extend_schema(request=None, responses=CartAnswer, operation_id="carts_remove_signed_quote")
    def delete(self, request: Request, public_id: str) -> Response:
        """Price the cart as things are, again."""
        cart = offers.remove(
            reach(request, public_id), by=actor_of(request), channel=channel_of(request), at=clock.now()
        )
        return answer(request, cart)


class SignedQuoteDoor(APIView):
    """One signed quote; who has its address may read it, and nothing of a person stands in it."""

    @extend_schema(responses=SignedQuoteAnswer, operation_id="signed_quotes_read")
    def get(self, request: Request, public_id: str) -> Response:
        """What was promised, and whether it was used."""
        found = get_object_or_404(SignedQuote.objects.select_related("sales_channel"), public_id=public_id)
        return Response(signed.as_dict(found))


class SignedQuoteKeysDoor(APIView):
    """The public keys of signed quotes."""

    @extend_schema(responses=KeysAnswer, operation_id="signed_quotes_keys")
    def get(self, request: Request) -> Response:
        """The keys that a till takes along, to prove a quote where it cannot ask us."""
        return Response(tokens.key_set())
