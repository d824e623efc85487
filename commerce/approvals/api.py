"""The API of approvals."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.approvals import deciding
from commerce.approvals.models import Approval
from commerce.rest.access import location_ids, role_of
from commerce.rest.authentication import actor_of
from commerce.rest.fields import Flag, Strict, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.selling import channel_of

SHOWN = ("kind", "subject", "amount", "currency", "reason", "status", "asked_at", "decided_at")
MOST = 200


class Decision(Strict):
    """Yes or no."""

    granted = Flag()


class ApprovalAnswer(serializers.Serializer[object]):
    """Something that takes two people; the amount is in minor units."""

    id = serializers.CharField()
    kind = serializers.CharField()
    subject = serializers.CharField(help_text="public id of what it is about")
    amount = serializers.IntegerField()
    currency = serializers.CharField()
    reason = serializers.CharField()
    status = serializers.ChoiceField(Approval.Status.choices)
    asked_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class ApprovalsAnswer(serializers.Serializer[object]):
    """What waits, the oldest first."""

    results = ApprovalAnswer(many=True)


def approvals_for(request: HttpRequest | Request) -> QuerySet[Approval]:
    """What a member of the staff may see: in a store what was asked for there."""
    bound_to = location_ids(request)
    every = Approval.objects.select_related("journey")
    return every if bound_to is None else every.filter(location__in=bound_to)


def show(approval: Approval) -> dict[str, Any]:
    """An approval, without what it is carried out with."""
    return {"id": approval.public_id} | {name: getattr(approval, name) for name in SHOWN}


class ApprovalsDoor(APIView):
    """What waits for a second person."""

    @extend_schema(responses=ApprovalsAnswer, operation_id="approvals_list")
    def get(self, request: Request) -> Response:
        """The open ones, the oldest first."""
        waiting = approvals_for(request).filter(status=Approval.Status.OPEN).order_by("asked_at", "pk")[:MOST]
        return Response({"results": [show(approval) for approval in waiting]})


class ApprovalDoor(APIView):
    """One decision."""

    @extend_schema(request=Decision, responses=ApprovalAnswer, operation_id="approvals_decide")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Grant or refuse; granted, it is done at once. Somebody else than who asked must grant."""
        granted = read_body(request, Decision)["granted"]
        return Response(show(decide(request, public_id, granted=granted)))


def decide(request: HttpRequest | Request, public_id: str, *, granted: bool) -> Approval:
    """The caller's decision; raises Http404 and what deciding raises."""
    approval = get_object_or_404(approvals_for(request), public_id=public_id)
    by, channel, at = actor_of(request), channel_of(request), clock.now()
    if granted:
        return deciding.grant(approval, role=role_of(request), by=by, channel=channel, at=at)
    return deciding.refuse(approval, by=by, channel=channel, at=at)
