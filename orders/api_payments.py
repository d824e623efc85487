"""The API of paying for an order that was placed: what is left of it, or a part."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.customers.sessions import person_of
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.doors import SHOPPERS
from commerce.rest.fields import Flag, Strict, Text, Whole, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.selling import channel_of
from orders import buying
from orders.buying import Means, for_shopper
from orders.reach import order_for
from orders.schema import OrderAnswer
from orders.showing import show
from orders.tenders import TENDERS


class NewPayment(Strict):
    """How something is paid: a gift card first, if there is one, then the tender for what is left."""

    tender = serializers.ChoiceField(TENDERS, required=False, default="")
    gift_card = Text(max_length=40, required=False, default="", help_text="its code: spent first")
    store_credit = Flag(required=False, default=False, help_text="hers, spent next; she must be logged in")
    amount = Whole(min_value=1, max_value=2**53, required=False, help_text="minor units; without it, all that is left")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Somehow; raises ValidationError."""
        if not attrs["tender"] and not attrs["gift_card"] and not attrs["store_credit"]:
            sentence = "say how this is paid: a tender, a gift_card, store_credit, or several"
            raise serializers.ValidationError({"tender": [serializers.ErrorDetail(sentence, code="required")]})
        return attrs


class PaymentsDoor(APIView):
    """Paying for an order."""

    @extend_schema(request=NewPayment, responses={201: OrderAnswer}, operation_id="payments_create")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Take money for an order, or ask for it; a payment_link is sent to her. Answered with the order."""
        wanted = read_body(request, NewPayment)
        order = order_for(request, public_id)
        is_shopper = role_of(request) in SHOPPERS
        payer = person_of(request) if is_shopper else None
        means = Means(wanted["tender"], wanted["gift_card"], wanted["store_credit"], payer=payer)
        buying.pay(
            order,
            means=for_shopper(means, owner=order.person) if is_shopper else means,
            amount=wanted.get("amount"),
            by=actor_of(request),
            channel=channel_of(request),
            at=clock.now(),
        )
        return Response(show(order_for(request, public_id), for_shopper=is_shopper, with_contact=False), status=201)
