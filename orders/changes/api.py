"""The API of changing an order that stands: looked at first, then done; held back and let go."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.catalog.models import Variant
from commerce.customers.api import Address
from commerce.customers.models import PostalAddress
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.doors import SHOPPERS
from commerce.rest.fields import Instant, Strict, Text, Whole, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.problems import Problem
from commerce.rest.selling import channel_of
from orders.buying import Means, for_shopper
from orders.changes import editing, holding, relocating
from orders.changes.editing import Change
from orders.changes.schema import ChangeAnswer, HoldAnswer
from orders.models import Order, OrderHold
from orders.private_links import SecondFact, order_to_change
from orders.reach import order_for
from orders.schema import OrderAnswer
from orders.showing import show
from orders.tenders import PAYMENT_LINK, TENDERS_OF_STAFF


class UnknownSku(Problem):
    """Nothing has this SKU."""

    code = "sku_unknown"
    status = 422


class Units(Strict):
    """How many units of something there are to be; none takes it out."""

    sku = Text(max_length=60)
    quantity = Whole(min_value=0, max_value=9999)


class Wish(SecondFact):
    """Other units than were ordered; what is not named stays."""

    lines = Units(many=True, allow_empty=False)


class Confirmed(Wish):
    """The same, at the total that was shown; what is more is paid by the tender."""

    expected_total = Whole(min_value=0, max_value=2**53)
    tender = serializers.ChoiceField(TENDERS_OF_STAFF, required=False, default="")


class NewHold(Strict):
    """Why it is held back, whose matter that is, and until when."""

    kind = serializers.ChoiceField(OrderHold.Kind.choices)
    owner = Text(max_length=60, required=False, help_text="an actor such as staff:7; without it, the caller")
    due_at = Instant()


class Release(Strict):
    """Which hold."""

    kind = serializers.ChoiceField(OrderHold.Kind.choices)


class PreviewDoor(APIView):
    """What a change would do."""

    @extend_schema(request=Wish, responses=ChangeAnswer, operation_id="changes_preview")
    def post(self, request: Request, public_id: str) -> Response:
        """Price and stock after the change; nothing is changed."""
        said = read_body(request, Wish)
        order, units = order_to_change(request, public_id, email=said["email"], code=said["code"]), units_of(said)
        seen = editing.preview(order, units, by=actor_of(request), channel=channel_of(request), at=clock.now())
        return Response(show_change(seen))


class ChangesDoor(APIView):
    """Changing an order."""

    @extend_schema(request=Confirmed, responses={201: ChangeAnswer}, operation_id="changes_create")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Change the order, at the total that was shown."""
        said = read_body(request, Confirmed)
        order = order_to_change(request, public_id, email=said["email"], code=said["code"])
        done = editing.edit(
            order,
            units_of(said),
            expected_total=said["expected_total"],
            tender=tender_for(request, order, said["tender"]),
            by=actor_of(request),
            channel=channel_of(request),
            at=clock.now(),
        )
        return Response(show_change(done), status=201)


class NewAddress(Address, SecondFact):
    """Another address, at the total that it leads to; without that, the order's own. What is more is paid by tender."""

    expected_total = Whole(min_value=0, max_value=2**53, required=False)
    tender = serializers.ChoiceField(TENDERS_OF_STAFF, required=False, default="")


class AddressDoor(APIView):
    """Where an order goes."""

    @extend_schema(request=NewAddress, responses=OrderAnswer, operation_id="orders_change_address")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Send it somewhere else; where that costs another total, it is refused with that total, to be confirmed."""
        said = read_body(request, NewAddress)
        total, tender = said.pop("expected_total", None), said.pop("tender")
        order = order_to_change(request, public_id, email=said.pop("email"), code=said.pop("code"))
        address = PostalAddress(**said)
        stamp: dict[str, Any] = {"by": actor_of(request), "channel": channel_of(request), "at": clock.now()}
        expected, tender = order.total if total is None else total, tender_for(request, order, tender)
        relocating.relocate(order, address=address, expected_total=expected, tender=tender, **stamp)
        is_shopper = role_of(request) in SHOPPERS
        return Response(show(order_for(request, public_id), for_shopper=is_shopper, with_contact=True))


class HoldsDoor(APIView):
    """Holding an order back."""

    @extend_schema(request=NewHold, responses={201: HoldAnswer}, operation_id="holds_create")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Nobody prepares it until its owner has decided."""
        said = read_body(request, NewHold)
        order, by = order_for(request, public_id), actor_of(request)
        owner = said.get("owner") or str(by)
        channel, at = channel_of(request), clock.now()
        hold = holding.put_on_hold(
            order, kind=said["kind"], owner=owner, due_at=said["due_at"], by=by, channel=channel, at=at
        )
        return Response(show_hold(hold), status=201)


class ReleaseDoor(APIView):
    """Letting an order go on."""

    @extend_schema(request=Release, responses=HoldAnswer, operation_id="holds_release")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """It was decided."""
        kind = read_body(request, Release)["kind"]
        order = order_for(request, public_id)
        hold = holding.release(order, kind=kind, by=actor_of(request), channel=channel_of(request), at=clock.now())
        hold.refresh_from_db()
        return Response(show_hold(hold))


def tender_for(request: Request, order: Order, tender: str) -> str:
    """The tender for what is more, as who asks may choose it; raises TenderNotYours.

    A link goes to her whose order it is, so whoever may change it may have it sent, as on the order's page.
    """
    if role_of(request) in SHOPPERS and tender != PAYMENT_LINK:
        return for_shopper(Means(tender), owner=order.person).tender
    return tender


def units_of(said: dict[str, Any]) -> dict[int, int]:
    """Variant → units; raises UnknownSku."""
    wanted = {line["sku"]: line["quantity"] for line in said["lines"]}
    known = dict(Variant.objects.filter(sku__in=wanted).values_list("sku", "pk"))
    if unknown := wanted.keys() - known.keys():
        raise UnknownSku(f"nothing has the SKU {sorted(unknown)[0]}", sku=sorted(unknown)[0])
    return {known[sku]: units for sku, units in wanted.items()}


def show_change(change: Change) -> dict[str, Any]:
    """What a change does, as the API gives it."""
    return {
        "units": [{"sku": sku, "before": was, "after": now} for sku, (was, now) in change.units.items()],
        "before": change.before,
        "total": change.total,
        "to_pay": change.to_pay,
        "currency": change.currency,
        "locations": list(change.locations),
        "turns": [asdict(turn) for turn in change.turns],
    }


def show_hold(hold: OrderHold) -> dict[str, Any]:
    """A hold, as the API gives it."""
    return {"kind": hold.kind, "owner": hold.owner, "due_at": hold.due_at, "released_at": hold.released_at}
