"""The API of promotions, for agents who give a code to somebody."""

from typing import Any

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.promotions.models import Promotion


class PromotionAnswer(serializers.Serializer[Any]):
    """A promotion that somebody can be given a code for."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Promotion.Kind.choices)
    value = serializers.IntegerField(help_text="basis points, or minor units")
    currency = serializers.CharField(help_text="of an amount")
    ends_at = serializers.DateTimeField(allow_null=True)


class PromotionsAnswer(serializers.Serializer[Any]):
    results = PromotionAnswer(many=True)


class PromotionsDoor(APIView):
    """What can be given away."""

    @extend_schema(responses=PromotionsAnswer, operation_id="promotions_list")
    def get(self, request: Request) -> Response:
        """Promotions in force that need a code."""
        now = clock.now()
        in_force = Promotion.objects.filter(
            Q(ends_at=None) | Q(ends_at__gt=now), is_active=True, needs_coupon=True, starts_at__lte=now
        )
        fields = ("id", "name", "kind", "value", "currency", "ends_at")
        return Response({"results": list(in_force.order_by("name").values(*fields))})
