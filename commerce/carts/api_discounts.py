"""The API of discounts that staff give by hand."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.carts import discounts
from commerce.carts.api import answer, reach
from commerce.carts.models import Cart, ManualDiscount
from commerce.carts.schema import CartAnswer
from commerce.carts.showing import carts
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.fields import Strict, Whole, read_body
from commerce.rest.selling import channel_of


class NewDiscount(Strict):
    """What is taken off, and why."""

    kind = serializers.ChoiceField(ManualDiscount.Kind.choices)
    value = Whole(min_value=1, max_value=2**53, help_text="basis points of a percentage, else minor units")
    reason = serializers.ChoiceField(ManualDiscount.Reason.choices)
    version = Whole(required=False, min_value=1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """No more than the whole; raises ValidationError."""
        if attrs["kind"] == ManualDiscount.Kind.PERCENTAGE and attrs["value"] > 10_000:
            detail = serializers.ErrorDetail("the whole is 10000 basis points", code="max_value")
            raise serializers.ValidationError({"value": [detail]})
        return attrs


class CartDiscountDoor(APIView):
    """What staff take off a cart by hand."""

    @extend_schema(request=NewDiscount, responses=CartAnswer, operation_id="carts_put_discount")
    def put(self, request: Request, public_id: str) -> Response:
        """Take something off; beyond the limit of the caller's role it waits for a second person (see approvals)."""
        wanted, cart = read_body(request, NewDiscount), reach(request, public_id)
        discounts.give(
            cart,
            kind=wanted["kind"],
            value=wanted["value"],
            reason=wanted["reason"],
            seen_version=wanted.get("version"),
            role=role_of(request),
            by=actor_of(request),
            channel=channel_of(request),
            at=clock.now(),
        )
        return answer(request, fresh(cart))

    @extend_schema(request=None, responses=CartAnswer, operation_id="carts_remove_discount")
    def delete(self, request: Request, public_id: str) -> Response:
        """Take nothing off by hand any more."""
        cart = reach(request, public_id)
        discounts.remove(cart, by=actor_of(request), channel=channel_of(request), at=clock.now())
        return answer(request, fresh(cart))


def fresh(cart: Cart) -> Cart:
    """The cart as it stands now."""
    return carts().get(pk=cart.pk)
