"""The API of carts that meet: an anonymous one becomes a person's, and a merge is taken back."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.carts import merging, owners
from commerce.carts.api import answer, person_of, reach
from commerce.carts.models import CartMerge, HandOff
from commerce.carts.schema import CartAnswer
from commerce.carts.showing import carts
from commerce.rest.authentication import actor_of
from commerce.rest.fields import Strict, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.selling import channel_of


class Claim(Strict):
    """By which rule two carts meet."""

    strategy = serializers.ChoiceField(
        CartMerge.Strategy.values, required=False, default="", help_text="that of the house, unless one is named"
    )


class CartClaimDoor(APIView):
    """An anonymous cart becomes a person's."""

    @extend_schema(request=Claim, responses=CartAnswer, operation_id="carts_claim")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Take the cart, once logged in; where there is one already, the two are merged."""
        wanted, person = read_body(request, Claim), person_of(request)
        if person is None:
            raise PermissionDenied
        cart = owners.claim(
            reach(request, public_id, wanted=HandOff.Scope.PAY),
            person=person,
            strategy=wanted["strategy"],
            by=actor_of(request),
            channel=channel_of(request),
            at=clock.now(),
        )
        request.taken_as = cart.public_id  # type: ignore[attr-defined]
        return answer(request, cart)


class CartUnmergeDoor(APIView):
    """Two carts that were joined by mistake."""

    @extend_schema(request=None, responses=CartAnswer, operation_id="carts_unmerge")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Give both back, as long as nothing was ordered; `public_id` is that of the cart that ended in the other."""
        merged = reach(request, public_id)
        cart = merging.unmerge(merged, by=actor_of(request), channel=channel_of(request), at=clock.now())
        return answer(request, carts().get(pk=cart.pk))
