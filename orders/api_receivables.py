"""The API of what is owed: agreements on an order, a person's statement, and the bank's list of transfers."""

from dataclasses import asdict
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.customers import disclosure, serving
from commerce.customers.models import Person
from commerce.customers.people import root_of
from commerce.customers.sessions import person_of
from commerce.rest.authentication import actor_of
from commerce.rest.fields import Flag, Instant, Strict, Text, Whole, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.selling import channel_of
from orders import statement, transfers
from orders.reach import order_for
from orders.receivables import agreements
from orders.receivables.models import Agreement

KINDS = [Agreement.Kind.INSTALLMENTS.value, Agreement.Kind.PROMISE.value]
MOST = 500


class Part(Strict):
    """So much until then."""

    amount = Whole(min_value=1, max_value=2**53, help_text="minor units")
    due_at = Instant()


class NewAgreement(Strict):
    """What was agreed: a promise to pay or parts, all that is owed together; or simply in three."""

    kind = serializers.ChoiceField(KINDS)
    parts = serializers.ListField(child=Part(), min_length=1, max_length=24, required=False)
    in_three = Flag(required=False, default=False, help_text="a third now, a third in 30 and in 60 days")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Parts or in three, not both; raises ValidationError."""
        if bool(attrs.get("parts")) == attrs["in_three"]:
            sentence = "say either parts or in_three"
            raise serializers.ValidationError({"parts": [serializers.ErrorDetail(sentence, code="one_of")]})
        return attrs


class PartAnswer(serializers.Serializer[object]):
    """One part of an agreement."""

    amount = serializers.IntegerField()
    due_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)


class AgreementAnswer(serializers.Serializer[object]):
    """An agreement to pay; amounts in minor units."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(Agreement.Kind.choices)
    status = serializers.ChoiceField(Agreement.Status.choices, help_text="open, kept, broken or ended by another one")
    made_at = serializers.DateTimeField()
    parts = PartAnswer(many=True)


class AgreementsAnswer(serializers.Serializer[object]):
    """The agreements of an order, the oldest first."""

    results = AgreementAnswer(many=True)


class AgreementsDoor(APIView):
    """Agreements to pay for an order."""

    @extend_schema(responses=AgreementsAnswer, operation_id="agreements_list")
    def get(self, request: Request, public_id: str) -> Response:
        """What was agreed, and whether it was kept."""
        made = Agreement.objects.filter(order=order_for(request, public_id)).order_by("pk")
        return Response({"results": [show(agreement) for agreement in made.prefetch_related("installments")]})

    @extend_schema(request=NewAgreement, responses={201: AgreementAnswer}, operation_id="agreements_create")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Agree on when the rest is paid; an earlier agreement ends with it."""
        wanted, at = read_body(request, NewAgreement), clock.now()
        order = order_for(request, public_id)
        parts = [(part["amount"], part["due_at"]) for part in wanted.get("parts", ())]
        made = agreements.agree(
            order,
            kind=wanted["kind"],
            parts=agreements.in_three(order, at=at) if wanted["in_three"] else parts,
            by=actor_of(request),
            channel=channel_of(request),
            at=at,
        )
        return Response(show(made), status=201)


def show(agreement: Agreement) -> dict[str, Any]:
    """An agreement with its parts."""
    parts = [
        {"amount": part.amount, "due_at": part.due_at, "paid_at": part.paid_at} for part in agreement.installments.all()
    ]
    shown = {"kind": agreement.kind, "status": agreement.status, "made_at": agreement.made_at}
    return {"id": agreement.public_id} | shown | {"parts": parts}


class DueAnswer(serializers.Serializer[object]):
    """So much of an order, until then."""

    order = serializers.CharField()
    number = serializers.CharField()
    amount = serializers.IntegerField()
    currency = serializers.CharField()
    kind = serializers.CharField(help_text="how it was agreed; empty where nothing was")
    due_at = serializers.DateTimeField(allow_null=True, help_text="null: now")
    is_overdue = serializers.BooleanField()


class StatementAnswer(serializers.Serializer[object]):
    """What somebody owes, the most urgent first."""

    results = DueAnswer(many=True)


class StatementDoor(APIView):
    """One's own statement."""

    @extend_schema(responses=StatementAnswer, operation_id="me_statement")
    def get(self, request: Request) -> Response:
        """What is to be paid, and by when."""
        person = person_of(request)
        if person is None:
            raise Http404
        return Response({"results": [asdict(due) for due in statement.statement(person, at=clock.now())]})


class PersonStatementDoor(APIView):
    """A person's statement, for who talks with her."""

    @extend_schema(responses=StatementAnswer, operation_id="people_statement")
    def get(self, request: Request, public_id: str) -> Response:
        """What she is to pay, and by when."""
        person = root_of(get_object_or_404(Person, public_id=public_id))
        serving.require(request, person)
        disclosure.note(person, what="statement", by=actor_of(request), at=clock.now())
        return Response({"results": [asdict(due) for due in statement.statement(person, at=clock.now())]})


class Line(Strict):
    """One transfer as the bank's list has it."""

    reference = Text(max_length=100, help_text="the bank's own id of it: makes it happen once")
    text = Text(max_length=300, allow_blank=True, help_text="what the payer wrote; the order's number stands in it")
    amount = Whole(min_value=1, max_value=2**53, help_text="minor units")
    currency = Text(max_length=3)
    received_at = Instant()


class Lines(Strict):
    """A stretch of the bank's list; lines may come again."""

    transfers = serializers.ListField(child=Line(), min_length=1, max_length=MOST)


class BookedAnswer(serializers.Serializer[object]):
    """What became of one transfer."""

    reference = serializers.CharField(help_text="as it is kept: a digest where it holds a name or a card number")
    outcome = serializers.ChoiceField(["known", "matched", "surplus", "late", "unmatched"])


class TransfersAnswer(serializers.Serializer[object]):
    """What became of each, in their order."""

    results = BookedAnswer(many=True)


class TransfersDoor(APIView):
    """The bank's list."""

    @extend_schema(request=Lines, responses={200: TransfersAnswer}, operation_id="transfers_book")
    @idempotent
    def post(self, request: Request) -> Response:
        """Book transfers: each once, to the order whose number stands in its text."""
        by, channel, at = actor_of(request), channel_of(request), clock.now()
        booked = []
        for line in read_body(request, Lines)["transfers"]:
            transfer = transfers.Transfer(**line | {"received_at": min(line["received_at"], at)})
            outcome = transfers.take_in(transfer, by=by, channel=channel, at=at)
            booked.append({"reference": transfers.kept_as(transfer.reference), "outcome": outcome})
        return Response({"results": booked})
