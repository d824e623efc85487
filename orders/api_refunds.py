"""The API of refunds."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.approvals.api import ApprovalAnswer
from commerce.approvals.api import show as show_approval
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.fields import Strict, Whole, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.selling import channel_of
from orders import refunding
from orders.models import Refund
from orders.reach import order_for
from orders.refunds import refunds_of

REASONS = [reason.value for reason in refunding.REASONS]


class NewRefund(Strict):
    """How much goes back, and why."""

    amount = Whole(min_value=1, max_value=2**53, help_text="minor units; goes back the way it came")
    reason = serializers.ChoiceField(REASONS)


class RefundAnswer(serializers.Serializer[object]):
    """Money on its way back; minor units."""

    id = serializers.CharField()
    tender = serializers.CharField()
    amount = serializers.IntegerField()
    reason = serializers.ChoiceField(Refund.Reason.choices)
    status = serializers.ChoiceField(Refund.Status.choices)
    created_at = serializers.DateTimeField()


class RefundsAnswer(serializers.Serializer[object]):
    """What went back of an order, and what still could."""

    currency = serializers.CharField()
    refundable = serializers.IntegerField()
    refunds = RefundAnswer(many=True)


class RefundedAnswer(serializers.Serializer[object]):
    """What became of it: refunds, or an approval that waits for a second person."""

    refunds = RefundAnswer(many=True)
    approval = ApprovalAnswer(allow_null=True)


class RefundsDoor(APIView):
    """Giving an order's money back."""

    @extend_schema(responses=RefundsAnswer, operation_id="refunds_list")
    def get(self, request: Request, public_id: str) -> Response:
        """What went back, the oldest first."""
        order = order_for(request, public_id)
        made = [show(refund) for refund in refunds_of(order)]
        return Response({"currency": order.currency, "refundable": refunding.refundable(order), "refunds": made})

    @extend_schema(
        request=NewRefund, responses={201: RefundedAnswer, 202: RefundedAnswer}, operation_id="refunds_create"
    )
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Give back at once (201), or ask a second person where the caller's role does not go so far (202)."""
        wanted = read_body(request, NewRefund)
        asked = refunding.refund(
            order_for(request, public_id),
            amount=wanted["amount"],
            reason=wanted["reason"],
            role=role_of(request),
            by=actor_of(request),
            channel=channel_of(request),
            at=clock.now(),
        )
        answer = {
            "refunds": [show(refund) for refund in asked.refunds],
            "approval": show_approval(asked.approval) if asked.approval else None,
        }
        return Response(answer, status=202 if asked.approval else 201)


def show(refund: Refund) -> dict[str, Any]:
    """A refund as staff see it."""
    shown = {name: getattr(refund, name) for name in ("amount", "reason", "status", "created_at")}
    return {"id": refund.public_id, "tender": refund.payment.tender} | shown
