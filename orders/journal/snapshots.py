"""The API by which a till takes along what it needs to sell where it cannot ask us."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from commerce import clock
from commerce.quotes import snapshot, till_copy
from commerce.rest.fields import Strict, Text
from commerce.rest.queries import query_of
from commerce.rest.selling import NoSalesChannel, location_of
from orders.journal import signing
from orders.journal.signing import HEADER
from orders.selling import selling_channel


class HeldCopy(Strict):
    """Which copy a till has."""

    cursor = Text(required=False, max_length=1000, help_text="of the copy that the till has: only what differs is sent")


class QuoteKey(serializers.Serializer[Any]):
    """A public key (RFC 8037)."""

    kid = serializers.CharField()
    kty = serializers.CharField()
    crv = serializers.CharField()
    x = serializers.CharField()
    use = serializers.CharField()
    alg = serializers.CharField()


class SnapshotAnswer(serializers.Serializer[Any]):
    """Prices and promotions of one store, in parts."""

    store = serializers.CharField()
    sales_channel = serializers.CharField()
    currency = serializers.CharField()
    taken_at = serializers.DateTimeField()
    changes_at = serializers.DateTimeField(allow_null=True, help_text="when a change that is planned begins: ask again")
    cursor = serializers.CharField(help_text="of the whole copy, these parts put over those the till has")
    quote_keys = QuoteKey(many=True, help_text="to prove signed quotes and the next snapshots by")
    parts = serializers.DictField(
        child=serializers.ListField(child=serializers.JSONField()),
        help_text="“0” to “63”: [from so many units, offer], by variant; “versions” of price lists;"
        " “promotions” that need no code",
    )


class SnapshotDoor(APIView):
    """What a till sells by while it is offline."""

    query = HeldCopy

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """A till that was shut out is an alarm, not only a refusal."""
        signing.check_key(request, at=clock.now())
        super().initial(request, *args, **kwargs)

    @extend_schema(
        operation_id="till_snapshot",
        parameters=[HeldCopy, OpenApiParameter("If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER)],
        responses={200: SnapshotAnswer, 304: None},
        description=f"Signed: `{HEADER}` is a compact JWS (EdDSA) that says the SHA-256 of the body.",
    )
    def get(self, request: Request) -> HttpResponse:
        """The prices and promotions of the till's store, or what of them differs from its copy; 304 if nothing does."""
        store = location_of(request)
        if store is None:
            raise NoSalesChannel("a snapshot is of one store, and the caller belongs to none or several")
        now = snapshot.state(store, sales_channel=selling_channel(store), at=clock.now())
        headers = {"ETag": f'"{now.tag}"', "Cache-Control": "private, no-cache"}
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return HttpResponse(status=304, headers=headers)
        cursor = query_of(request, HeldCopy).get("cursor", "")
        document = till_copy.send(now, cursor=cursor, take=lambda: snapshot.take(store, now=now))
        headers[HEADER] = document.signature
        return HttpResponse(document.body, content_type="application/json", headers=headers)
