"""The API of documents."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.rest.authentication import actor_of
from commerce.rest.fields import Instant, Strict, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.queries import query_of
from commerce.rest.selling import channel_of
from orders.documents.issuing import issue
from orders.documents.models import Document
from orders.documents.printing import pdf
from orders.documents.summary import vat
from orders.reach import order_for

KINDS = [Document.Kind.CONFIRMATION.value, Document.Kind.RECEIPT.value, Document.Kind.INVOICE.value]


class Wanted(Strict):
    """Which paper."""

    kind = serializers.ChoiceField(KINDS)


class DocumentAnswer(serializers.Serializer[object]):
    """A document that was issued."""

    id = serializers.CharField()
    kind = serializers.CharField()
    number = serializers.CharField()
    issued_at = serializers.DateTimeField()


class DocumentsDoor(APIView):
    """The papers of an order."""

    @extend_schema(request=Wanted, responses={201: DocumentAnswer}, operation_id="documents_issue")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Issue a paper; asked again, the one that was issued."""
        kind = read_body(request, Wanted)["kind"]
        order = order_for(request, public_id)
        made = issue(order, kind=kind, by=actor_of(request), channel=channel_of(request), at=clock.now())
        answer = {"id": made.public_id, "kind": made.kind, "number": made.title, "issued_at": made.issued_at}
        return Response(answer, status=201)


class DocumentDoor(APIView):
    """One paper of an order."""

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY}, operation_id="documents_read")
    def get(self, request: Request, public_id: str, document: str) -> HttpResponse:
        """The paper as PDF, in the reader's language."""
        order = order_for(request, public_id)
        found = get_object_or_404(Document.objects.select_related("series", "order"), public_id=document, order=order)
        content = pdf(found, language=getattr(request, "LANGUAGE_CODE", "es"))
        name = f'inline; filename="{found.title}.pdf"'
        return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": name})


class Stretch(Strict):
    """A stretch of time: from `since` on, before `until`."""

    since = Instant()
    until = Instant()


class RateAnswer(serializers.Serializer[object]):
    """What was sold at one tax rate; minor units, credit notes taken off."""

    basis_points = serializers.IntegerField()
    currency = serializers.CharField()
    net = serializers.IntegerField()
    tax = serializers.IntegerField()
    gross = serializers.IntegerField()
    documents = serializers.IntegerField()


class VatAnswer(serializers.Serializer[object]):
    """The VAT of a stretch of time, by rate and currency."""

    rates = RateAnswer(many=True)


class VatDoor(APIView):
    """What is owed to the tax office."""

    query = Stretch

    @extend_schema(parameters=[Stretch], responses=VatAnswer, operation_id="vat")
    def get(self, request: Request) -> Response:
        """Net, tax and gross by rate, from the receipts and credit notes issued in that time."""
        said = query_of(request, Stretch)
        return Response({"rates": vat(said["since"], said["until"])})
