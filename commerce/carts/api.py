"""The API of carts. An anonymous cart's id is its key; a person's cart is seen by herself and by the staff."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.bulk import read
from commerce.carts import edits, restoring
from commerce.carts.hands import edits_since, hand_of
from commerce.carts.held import behind, opens
from commerce.carts.models import Cart, HandOff
from commerce.carts.schema import CartAnswer, CartEditsAnswer
from commerce.carts.showing import USABLE, find, show, tag_of, usable_cart_of
from commerce.catalog.models import Variant
from commerce.customers.disclosure import note_each
from commerce.customers.models import Person
from commerce.customers.people import are_one, root_of
from commerce.customers.serving import NotServed, has_leave, require
from commerce.promotions.uses import GUESSES
from commerce.promotions.uses import find as find_coupon
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.doors import AGENTS, PERSON, STAFF, STORES, VISITOR
from commerce.rest.fields import LARGEST, Strict, Text, Whole, quantity, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.limits import Limit
from commerce.rest.queries import query_of
from commerce.rest.selling import channel_of, location_of, sales_channel_of


class WantedLine(Strict):
    """So many units of a variant."""

    sku = Text(max_length=60)
    quantity = quantity()


class NewCart(Strict):
    """What a new cart begins with."""

    lines = serializers.ListField(child=WantedLine(), required=False, max_length=edits.MAX_LINES)
    code = Text(max_length=40, required=False)


class NewCartFor(NewCart):
    """An agent may open or continue a person's cart."""

    person = Text(max_length=22, required=False)


class Edit(Strict):
    """What every edit of a line may say of itself, so that edits of several hands can be merged."""

    version = Whole(required=False, min_value=1, help_text="the version that you saw")
    operation = Text(required=False, min_length=8, max_length=64, help_text="your own id of it: it happens once")


class AddedLine(WantedLine, Edit):
    """Units to put on top of those in the cart."""


class SetLine(Edit):
    """How many units lie in the cart; 0 removes the line."""

    quantity = quantity(min_value=0)


class Code(Strict):
    """A promotion code, however it is typed."""

    code = Text(max_length=40)
    version = Whole(required=False, min_value=1)


class RestoreToken(Strict):
    """The secret of a restore link."""

    token = Text(max_length=100)


class Since(Strict):
    """After which version."""

    since = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST)


class Whose(Strict):
    """Whose cart."""

    person = Text(max_length=22)


def person_of(request: Request) -> Person | None:
    """The shopper who is logged in."""
    return getattr(request.user, "person", None) if role_of(request) == PERSON else None


def reach(request: Request, public_id: str, *, wanted: str = "") -> Cart:
    """A cart that the caller may see, edit or pay; raises Http404 for all others, known or not.

    A cart taken up by a code has the id of the hand-off here, and is open as far as that goes; raises ScopeTooSmall.
    A person's cart is open to an agent who acts for her; raises NotServed.
    """
    wanted = wanted or (HandOff.Scope.VIEW if request.method in SAFE_METHODS else HandOff.Scope.EDIT)
    try:
        cart = find(public_id)
    except Cart.DoesNotExist:
        cart = behind(request, public_id, wanted)
        request.taken_as = public_id  # type: ignore[attr-defined]
    else:
        if cart.person_id and not is_own(request, cart) and not opens(request, cart, wanted):
            raise NotServed if role_of(request) in AGENTS else Http404
    if cart.person_id and role_of(request) in STAFF:
        note_each([cart.person_id], what="cart", by=actor_of(request), at=clock.now())
    return cart


def is_own(request: Request, cart: Cart) -> bool:
    """Whether a person's cart is the caller's own, that of whom an agent acts for, or in a clerk's store."""
    role, person = role_of(request), person_of(request)
    if role in AGENTS and cart.person:
        return has_leave(request, cart.person)
    if person and person.root_pk == cart.person_id:
        cart.person = root_of(person)
        return True
    return role in STORES or are_one(person, cart.person)


SOLD_AS = ("id", "sku")
ON_SALE = """
SELECT v.id, v.sku FROM catalog_variant v JOIN catalog_product p ON p.id = v.product_id
WHERE v.sku = ANY(%s) AND v.is_active AND p.status = 'active'
"""


NOT_SOLD = {"sku": [serializers.ErrorDetail("this SKU is not sold here", code="unknown_sku")]}


def variants_of(lines: Sequence[dict[str, Any]]) -> list[tuple[Variant, int]]:
    """The variants behind SKUs; raises ValidationError naming each line that has none."""
    skus = [line["sku"] for line in lines]
    known = {variant.sku: variant for variant in read(Variant, ON_SALE, [skus], only=SOLD_AS)} if skus else {}
    unknown: dict[Any, Any] = {i: NOT_SOLD for i, sku in enumerate(skus) if sku not in known}
    if unknown:
        raise serializers.ValidationError({"lines": unknown})
    return [(known[line["sku"]], line["quantity"]) for line in lines]


def wanted_variant(sku: str) -> Variant:
    """The variant that a body names; raises ValidationError, since the address was right."""
    try:
        return variant_of(sku)
    except Http404 as problem:
        raise serializers.ValidationError(NOT_SOLD) from problem


def variant_of(sku: str) -> Variant:
    """The variant that can be put in a cart under this SKU; raises Http404."""
    for variant in read(Variant, ON_SALE, [[sku]], only=SOLD_AS):
        return variant
    raise Http404


def author_of(request: Request, wanted: dict[str, Any]) -> dict[str, Any]:
    """Who edits, what she saw, and her own id of the edit."""
    said = {"seen_version": wanted.get("version"), "key": wanted.get("operation", "")}
    return said | {"hand": hand_of(request), "by": actor_of(request)}


def answer(request: Request, cart: Cart, *, status: int = 200) -> Response:
    """A cart as it stands now, with the tag by which a later look is cheap."""
    body = show(cart, at=clock.now(), language=getattr(request, "LANGUAGE_CODE", ""))
    if body["person"] and role_of(request) == VISITOR:  # who came by a code is not told whose it is
        body["person"] = None
    body["id"] = getattr(request, "taken_as", body["id"])
    return Response(body, status=status, headers={"ETag": tag_of(cart)})


class CartsDoor(APIView):
    """Opening a cart, and an agent's look-up of a person's."""

    query = Whose
    limits_of_fields = {"code": GUESSES}

    @extend_schema(request=NewCartFor, responses={201: CartAnswer}, operation_id="carts_open")
    @idempotent
    def post(self, request: Request) -> Response:
        """Open a cart, with lines and a code in it if you like; a person who has one continues hers."""
        by_agent = role_of(request) in AGENTS
        wanted = read_body(request, NewCartFor if by_agent else NewCart)
        at = clock.now()
        person = person_of(request)
        if by_agent and "person" in wanted:
            person = get_object_or_404(Person.objects.select_related("root"), public_id=wanted["person"])
            require(request, person)
        cart = edits.open_cart(
            sales_channel=sales_channel_of(request),
            person=person,
            coupon=find_coupon(wanted["code"], at=at) if "code" in wanted else None,
            lines=variants_of(wanted.get("lines", [])),
            location=location_of(request),
            by=actor_of(request),
            at=at,
        )
        return answer(request, cart, status=201)

    @extend_schema(parameters=[Whose], responses=CartAnswer, operation_id="carts_of_person")
    def get(self, request: Request) -> Response:
        """A person's cart, for agents who act for her."""
        person = get_object_or_404(Person, public_id=query_of(request, Whose)["person"])
        require(request, person)
        note_each([person.pk], what="cart", by=actor_of(request), at=clock.now())
        cart = usable_cart_of(person)
        if cart is None:
            raise Http404
        return answer(request, cart)


class CartDoor(APIView):
    """One cart."""

    @extend_schema(responses={200: CartAnswer, 304: None}, operation_id="carts_read")
    def get(self, request: Request, public_id: str) -> Response:
        """The cart with what it costs here and now; nothing if it is as `If-None-Match` says, refused if it ended.

        Asked once a second with the last `ETag`, it shows what other hands do.
        """
        cart = reach(request, public_id)
        if cart.status not in USABLE:
            raise edits.refusal(cart, at=clock.now())
        if request.headers.get("If-None-Match") == tag_of(cart):
            return Response(status=304, headers={"ETag": tag_of(cart)})
        return answer(request, cart)


class CartEditsDoor(APIView):
    """Who did what in a cart."""

    query = Since

    @extend_schema(parameters=[Since], responses=CartEditsAnswer, operation_id="carts_edits")
    def get(self, request: Request, public_id: str) -> Response:
        """The edits after a version, each with its author; the latest hundred."""
        cart = reach(request, public_id)
        done = edits_since(
            cart, query_of(request, Since).get("since", 0), hand=hand_of(request), actor=str(actor_of(request))
        )
        return Response({"version": cart.version, "edits": done})


class CartLinesDoor(APIView):
    """The lines of a cart."""

    @extend_schema(request=AddedLine, responses=CartAnswer, operation_id="carts_add_line")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Put units on top of those in the cart."""
        wanted = read_body(request, AddedLine)
        cart = reach(request, public_id)
        variant = wanted_variant(wanted["sku"])
        cart = edits.add(
            cart,
            variant=variant,
            quantity=wanted["quantity"],
            **author_of(request, wanted),
            channel=channel_of(request),
            at=clock.now(),
        )
        return answer(request, cart)


class CartLineDoor(APIView):
    """One line of a cart."""

    @extend_schema(request=SetLine, responses=CartAnswer, operation_id="carts_set_line")
    def put(self, request: Request, public_id: str, sku: str) -> Response:
        """Say how many units lie in the cart; 0 removes the line, also of what is no longer sold."""
        wanted = read_body(request, SetLine)
        cart = reach(request, public_id)
        variant = variant_of(sku) if wanted["quantity"] else get_object_or_404(Variant, sku=sku)
        cart = edits.set_quantity(
            cart,
            variant=variant,
            quantity=wanted["quantity"],
            **author_of(request, wanted),
            channel=channel_of(request),
            at=clock.now(),
        )
        return answer(request, cart)


class CartCouponDoor(APIView):
    """The code on a cart."""

    limits = (GUESSES,)

    @extend_schema(request=Code, responses=CartAnswer, operation_id="carts_put_coupon")
    def put(self, request: Request, public_id: str) -> Response:
        """Put a code on the cart, in place of the one it had."""
        wanted = read_body(request, Code)
        cart = edits.apply_coupon(
            reach(request, public_id),
            code=wanted["code"],
            seen_version=wanted.get("version"),
            by=actor_of(request),
            channel=channel_of(request),
            at=clock.now(),
        )
        return answer(request, cart)

    @extend_schema(request=None, responses=CartAnswer, operation_id="carts_remove_coupon")
    def delete(self, request: Request, public_id: str) -> Response:
        """Take the code off the cart."""
        cart = edits.remove_coupon(
            reach(request, public_id), by=actor_of(request), channel=channel_of(request), at=clock.now()
        )
        return answer(request, cart)


class CartRestoreDoor(APIView):
    """A cart behind a link that was sent."""

    limits = (Limit("restore links tried", 60, within=timedelta(minutes=10)),)

    @extend_schema(request=RestoreToken, responses=CartAnswer, operation_id="carts_restore")
    @idempotent
    def post(self, request: Request) -> Response:
        """Bring the cart back on this device."""
        cart = restoring.restore(
            read_body(request, RestoreToken)["token"],
            person=person_of(request),
            by=actor_of(request),
            channel=channel_of(request),
            at=clock.now(),
        )
        return answer(request, cart)
