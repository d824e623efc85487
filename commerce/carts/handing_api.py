"""The API of handing a cart on."""

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.carts import handing, held
from commerce.carts.api import reach
from commerce.carts.models import Cart, HandOff
from commerce.carts.schema import CartAnswer
from commerce.carts.showing import carts, show
from commerce.customers.disclosure import note_each
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.doors import SHOPPERS
from commerce.rest.fields import Strict, Text, Whole, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.selling import channel_of


class NewHandOff(Strict):
    """How far and how long another hand may go."""

    scope = serializers.ChoiceField(HandOff.Scope.values, required=False, default="pay")
    minutes = Whole(required=False, default=10, min_value=1, max_value=60, help_text="how long the code is good")
    uses = Whole(required=False, default=1, min_value=1, max_value=handing.MAX_USES)


class HandOffAnswer(serializers.Serializer[object]):
    """The code to say and the secret of the link, told this once."""

    code = serializers.CharField()
    token = serializers.CharField(help_text="for a link or QR; send it back as `token`")
    scope = serializers.ChoiceField(HandOff.Scope.values)
    expires_at = serializers.DateTimeField()


class Taking(Strict):
    """The code as it was heard, or the token of the link: one of them."""

    code = Text(max_length=20, required=False)
    token = Text(max_length=100, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one; raises ValidationError."""
        if len(attrs) != 1:
            sentence = "say either the code or the token"
            raise serializers.ValidationError({"code": [serializers.ErrorDetail(sentence, code="one_of")]})
        return attrs


class TakenAnswer(serializers.Serializer[object]):
    """The cart, and what may be done with it here."""

    scope = serializers.ChoiceField(HandOff.Scope.values)
    cart = CartAnswer(help_text="its id is good here until the sharing ends; none where it is for looking only")


def as_taken(cart: Cart, scope: str, key: str, request: Request) -> dict[str, Any]:
    """A cart as the taker sees it: not whose it is, and with the hand-off for a key, which ends with the sharing."""
    cart_shown = show(cart, at=clock.now(), language=getattr(request, "LANGUAGE_CODE", ""))
    if role_of(request) in SHOPPERS:
        cart_shown["person"] = None
    elif cart.person_id:
        note_each([cart.person_id], what="cart", by=actor_of(request), at=clock.now())
    cart_shown["id"] = "" if scope == HandOff.Scope.VIEW else key
    return {"scope": scope, "cart": cart_shown}


class CartHandOffDoor(APIView):
    """Sharing one cart."""

    limits = (held.MADE,)

    @extend_schema(request=NewHandOff, responses={201: HandOffAnswer}, operation_id="carts_hand_off")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """A code for the cart, in place of one that nobody has taken yet."""
        wanted = read_body(request, NewHandOff)
        cart = reach(request, public_id, wanted=wanted["scope"])
        handed = handing.hand_off(
            cart,
            scope=wanted["scope"],
            uses=wanted["uses"],
            lasts=timedelta(minutes=wanted["minutes"]),
            by=actor_of(request),
            channel=channel_of(request),
            at=clock.now(),
        )
        facts = {"code": handed.code, "token": handed.secret, "scope": handed.hand_off.scope}
        return Response(facts | {"expires_at": handed.hand_off.expires_at}, status=201)

    @extend_schema(request=None, responses={204: None}, operation_id="carts_hand_off_end")
    def delete(self, request: Request, public_id: str) -> Response:
        """Stop sharing: codes are useless, and those who took the cart have lost it."""
        handing.end(reach(request, public_id, wanted=HandOff.Scope.PAY), at=clock.now())
        return Response(status=204)


class HandOffsDoor(APIView):
    """The cart that this browser or device took up."""

    @extend_schema(request=Taking, responses=TakenAnswer, operation_id="hand_offs_take")
    def post(self, request: Request) -> Response:
        """Take a cart up; sent twice by the same hand, it is one use."""
        said = read_body(request, Taking)
        found = held.take_here(request, code=said.get("code", ""), secret=said.get("token", ""), at=clock.now())
        cart = carts().get(pk=found.cart_id)
        return Response(as_taken(cart, found.scope, found.public_id, request))

    @extend_schema(responses={200: TakenAnswer, 404: None}, operation_id="hand_offs_read")
    def get(self, request: Request) -> Response:
        """The cart that this browser holds by a code."""
        found = held.held(request)
        if found is None:
            raise handing.HandOffRefused
        return Response(as_taken(*found, request.session[held.HELD], request))
