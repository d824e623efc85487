"""The gate of the desk as the API has it: without leave to act for a person, its doors to what is hers are closed."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.channels.models import Role
from commerce.customers import serving
from commerce.customers.models import Person, Serving
from commerce.customers.people import find_all_by_contact, root_of
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.fields import Strict, Text, read_body
from commerce.rest.selling import channel_of
from orders.lookup import WrongSecondProof, proof_of, try_fact

NAMES = ("person", "email", "phone")


class Whom(Strict):
    """Whom an agent is done with."""

    person = Text(max_length=22, help_text="public id of a person")


class NewServing(Strict):
    """Who she says she is, in one way; what else she knows; and what is done for her."""

    person = Text(max_length=22, required=False, help_text="public id of a person")
    email = Text(max_length=254, required=False)
    phone = Text(max_length=40, required=False)
    proof = Text(max_length=20, required=False, default="", help_text="number of an order or code of a pickup of hers")
    reason = serializers.ChoiceField(Serving.Reason.choices)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One way to name her; raises ValidationError."""
        if sum(name in attrs for name in NAMES) != 1:
            detail = serializers.ErrorDetail("say one of " + ", ".join(NAMES), code="one_of")
            raise serializers.ValidationError({NAMES[0]: [detail]})
        return attrs


class ServingAnswer(serializers.Serializer[object]):
    """For whom the agent acts, and until when."""

    person = serializers.CharField()
    proof = serializers.ChoiceField(Serving.Proof.choices)
    ends_at = serializers.DateTimeField()


class ServingsDoor(APIView):
    """Acting for a person."""

    @extend_schema(request=NewServing, responses={201: ServingAnswer}, operation_id="servings_begin")
    def post(self, request: Request) -> Response:
        """Act for her from now on, for an hour at most; the back office says no more than what for."""
        said = read_body(request, NewServing)
        by, at, proof = actor_of(request), clock.now(), said["proof"].strip()
        for person in named(request, said):
            if proof or role_of(request) != Role.BACK_OFFICE:
                shown = proof_of(person, proof)
            else:
                shown = Serving.Proof.NONE
            if shown:
                begun = serving.begin(
                    person, proof=shown, reason=said["reason"], by=by, channel=channel_of(request), at=at
                )
                body = {"person": person.public_id, "proof": begun.proof, "ends_at": begun.ends_at}
                return Response(body, status=201)
        raise WrongSecondProof("no order of hers has this number, and no pickup this code")

    @extend_schema(request=Whom, responses={204: None}, operation_id="servings_end")
    def delete(self, request: Request) -> Response:
        """The agent is done with her."""
        person = get_object_or_404(Person, public_id=read_body(request, Whom)["person"])
        serving.end(person, by=actor_of(request), channel=channel_of(request), at=clock.now())
        return Response(status=204)


def named(request: Request, said: dict[str, Any]) -> list[Person]:
    """Who may be meant, each try counted; raises Http404, NotAnAddress, TooManyRequests."""
    by = actor_of(request)
    if "person" in said:
        person = root_of(get_object_or_404(Person.objects.select_related("root"), public_id=said["person"]))
        try_fact(person.public_id, by=by)
        return [person]
    kind = "email" if "email" in said else "phone"
    try_fact(said[kind], kind=kind, by=by)
    return find_all_by_contact(kind, said[kind])
