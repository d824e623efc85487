"""The API of checkout."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.bulk import columns_of, read
from commerce.carts.api import reach
from commerce.carts.models import Cart, HandOff
from commerce.carts.showing import quote_of
from commerce.channels.models import Location
from commerce.customers.api import Address, reachable
from commerce.customers.models import PostalAddress
from commerce.customers.serving import require
from commerce.customers.sessions import person_of
from commerce.promotions.uses import GUESSES
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.doors import SHOPPERS
from commerce.rest.fields import Flag, Strict, Text, Whole, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.queries import query_of
from commerce.rest.selling import channel_of, sales_channel_of
from orders import backorders, buying
from orders.buying import Means, for_shopper
from orders.delivery.rates import Offer, with_offer
from orders.drafting import Terms
from orders.holding import PerAddressOfHolding
from orders.models import Order
from orders.schema import OrderAnswer, WaysAnswer
from orders.showing import show
from orders.tenders import STRIPE, TENDERS
from orders.ways import methods_for

WAYS = ("pickup_location", "address", "address_id")


class NewOrder(Strict):
    """What the shopper agrees to: exactly one of pickup_location, address and address_id says how she gets it."""

    expected_total = Whole(min_value=0, max_value=2**53, help_text="minor units; another total is answered with 409")
    version = Whole(required=False, min_value=1, max_value=2**31 - 1, help_text="of the cart as she saw it")
    pickup_location = Text(max_length=30, required=False)
    address = Address(required=False)
    address_id = Whole(required=False, min_value=1, max_value=2**53, help_text="an address of hers that we know")
    email = Text(max_length=254, required=False, default="")
    phone = Text(max_length=40, required=False, default="")
    name = Text(max_length=120, required=False, default="")
    tender = serializers.ChoiceField(
        TENDERS, required=False, default="", help_text="not for a total of zero; stripe is answered with a draft to pay"
    )
    may_wait = serializers.BooleanField(
        required=False, default=False, help_text="she was told that some of it is not here yet, and will wait for it"
    )
    signed_quote = Text(
        max_length=4000, required=False, default="", help_text="code or token of an offer for exactly these goods"
    )
    call_me = serializers.BooleanField(
        required=False, default=False, help_text="call her to agree on a delivery once what she waits for is here"
    )
    method = Text(max_length=30, required=False, default="", help_text="how it is brought; the cheapest if not said")
    slot = Text(max_length=22, required=False, default="", help_text="the window of time in which it is brought")
    gift_card = Text(max_length=40, required=False, default="", help_text="its code: spent first")
    store_credit = Flag(required=False, default=False, help_text="hers, spent next; the cart must be hers")

    keep_card = Flag(
        required=False,
        default=False,
        help_text="have the payment service keep her card; she is logged in, and pays at Stripe",
    )

    def validate_email(self, value: str) -> str:
        """An email address; raises ValidationError."""
        return reachable("email", value)

    def validate_phone(self, value: str) -> str:
        """A phone number; raises ValidationError."""
        return reachable("phone", value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One way to get the goods; raises ValidationError."""
        if sum(way in attrs for way in WAYS) != 1:
            sentence = "say how the goods reach the shopper: exactly one of " + ", ".join(WAYS)
            raise serializers.ValidationError({WAYS[0]: [serializers.ErrorDetail(sentence, code="one_way")]})
        if attrs["keep_card"] and attrs["tender"] != STRIPE:
            sentence = "only a card that is paid with at Stripe can be kept"
            raise serializers.ValidationError({"keep_card": [serializers.ErrorDetail(sentence, code="no_card")]})
        return attrs


class Where(Strict):
    """Where it would be brought, and by which method; without a postal code the sales channel's flat fee is told."""

    postal_code = Text(max_length=12, required=False)
    method = Text(max_length=30, required=False)


class CheckoutDoor(APIView):
    """Buying what lies in a cart."""

    query = Where
    throttle_classes = (PerAddressOfHolding,)

    limits_of_fields = {"signed_quote": GUESSES}

    @extend_schema(parameters=[Where], responses=WaysAnswer, operation_id="checkout_ways")
    def get(self, request: Request, public_id: str) -> Response:
        """What the cart costs collected, and delivered."""
        cart, at = reach(request, public_id), clock.now()
        quote = quote_of(cart, at=at)
        where = query_of(request, Where)
        found = methods_for(cart, quote, postal_code=where["postal_code"], at=at) if "postal_code" in where else []
        method = where.get("method", "") if found else ""
        delivered, _ = with_offer(quote, found, sales_channel=cart.sales_channel, method=method, at=at)
        ways = {
            name: {"delivery_total": priced.delivery_total, "total": priced.total}
            for name, priced in (("pickup", quote), ("delivery", delivered))
        }
        waits = [show_wait(wait) for wait in backorders.waits_for(cart, at=at)]
        return Response(
            {"version": cart.version, "currency": quote.currency}
            | ways
            | {"waits": waits, "methods": [show_offer(offer) for offer in found]}
        )

    @extend_schema(request=NewOrder, responses={201: OrderAnswer}, operation_id="checkout")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Buy the cart at the expected total. An agent or clerk buys for the person of the cart, or for a guest."""
        wanted = read_body(request, NewOrder)
        cart = reach(request, public_id, wanted=HandOff.Scope.PAY)
        is_shopper = role_of(request) in SHOPPERS
        if wanted["store_credit"] and cart.person and not is_shopper:
            require(request, cart.person)
        means = Means(
            wanted["tender"],
            wanted["gift_card"],
            wanted["store_credit"],
            payer=person_of(request) if is_shopper else None,
            keep_card=wanted["keep_card"],
        )
        order = buying.buy(
            cart,
            terms=terms(request, cart, wanted),
            means=for_shopper(means, owner=cart.person, buys=True) if is_shopper else means,
            by=actor_of(request),
            channel=channel_of(request),
            at=clock.now(),
        )
        return answer(request, order)


def show_offer(offer: Offer) -> dict[str, Any]:
    """One method by which the cart can be brought."""
    return {
        "method": offer.method,
        "name": offer.name,
        "carrier": offer.carrier,
        "fee": offer.fee,
        "has_slots": offer.has_slots,
        "arrives_by": offer.arrives_by,
    }


def show_wait(wait: backorders.Waiting) -> dict[str, Any]:
    """What she would wait for, behind how many, and until when."""
    return {
        "sku": wait.sku,
        "quantity": wait.quantity,
        "can_wait": wait.position is not None,
        "position": wait.position,
        "expected_at": wait.expected_at,
    }


def terms(request: Request, cart: Cart, wanted: dict[str, Any]) -> Terms:
    """What the body says, with the rows it names; raises ValidationError, Http404."""
    deliver_to = None
    if "address" in wanted:
        deliver_to = PostalAddress(**wanted["address"])
    elif "address_id" in wanted:
        owner = cart.person.root_pk if cart.person else 0
        deliver_to = get_object_or_404(PostalAddress, pk=wanted["address_id"], person=owner, removed_at=None)
    return Terms(
        expected_total=wanted["expected_total"],
        pickup_at=pickup_location(wanted["pickup_location"]) if "pickup_location" in wanted else None,
        deliver_to=deliver_to,
        seen_version=wanted.get("version"),
        email=wanted["email"],
        phone=wanted["phone"],
        name=wanted["name"],
        may_wait=wanted["may_wait"],
        call_me=wanted["call_me"],
        method=wanted["method"],
        slot=wanted["slot"],
        sold_in=None if cart.sales_channel.kind == channel_of(request) else sales_channel_of(request),
        language=getattr(request, "LANGUAGE_CODE", ""),
        signed_quote=wanted["signed_quote"],
    )


BY_CODE = f"SELECT {columns_of(Location, 'l')} FROM channels_location l WHERE l.code = %s"  # noqa: S608 (our own names)


def pickup_location(code: str) -> Location:
    """The location with this code; raises ValidationError."""
    location = next(iter(read(Location, BY_CODE, [code])), None)
    if location is None:
        detail = serializers.ErrorDetail("no location has this code", code="unknown_location")
        raise serializers.ValidationError({"pickup_location": [detail]})
    return location


def answer(request: Request, order: Order) -> Response:
    """A new order, for whoever made it."""
    is_shopper = role_of(request) in SHOPPERS
    return Response(show(order, for_shopper=is_shopper, with_contact=False), status=201)
