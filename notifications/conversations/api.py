"""The API of conversations and messages, for agents and their tools."""

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.channels.models import Role
from commerce.customers import disclosure, serving
from commerce.customers.models import Person
from commerce.customers.people import people_of
from commerce.promotions.models import Promotion
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.fields import Strict, Text, Whole, read_body
from commerce.rest.idempotency import idempotent
from commerce.rest.queries import query_of
from notifications.conversations.replying import reply, reply_with_code
from notifications.models import Attempt, Conversation, Message, Turn, Verdict
from notifications.said import attempts, searched

LATEST = 100
"""A list gives so many at most, the latest first."""


class OfPerson(Strict):
    """Whose; with everybody she was found to be."""

    person = Text(max_length=22, required=False, help_text="public id of a person")


class WhichConversations(OfPerson):
    """Of everybody or of one person."""

    open = serializers.BooleanField(required=False, default=False, help_text="only those that are going on")


class WhatFor(Strict):
    """Of every purpose or of one."""

    purpose = Text(max_length=40, required=False, help_text="such as cart_reminder")


class WhichAttempts(WhatFor):
    """To everybody or to one address."""

    to = Text(max_length=254, required=False, help_text="an address")


class Answer(Strict):
    """What to answer."""

    text = Text(max_length=2000)


class AnswerWithCode(Strict):
    """What to answer, and the promotion of which she gets a code of her own."""

    promotion = Whole(min_value=1, help_text="id of a promotion that needs a code")
    text = Text(max_length=2000, required=False, allow_blank=True)


class TurnAnswer(serializers.Serializer[Any]):
    side = serializers.ChoiceField(choices=Turn.Side.choices)
    text = serializers.CharField()
    actor = serializers.CharField(help_text="who said it, as kind:id")
    said_at = serializers.DateTimeField()


class ConversationAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    person = serializers.CharField()
    name = serializers.CharField(help_text="as far as we know it")
    journey = serializers.CharField()
    contact_channel = serializers.CharField()
    address = serializers.CharField(help_text="the network's id of her profile")
    is_open = serializers.BooleanField()
    started_at = serializers.DateTimeField()
    last_turn_at = serializers.DateTimeField()


class ConversationsAnswer(serializers.Serializer[Any]):
    results = ConversationAnswer(many=True)


class WholeConversationAnswer(ConversationAnswer):
    turns = TurnAnswer(many=True)


class VerdictAnswer(serializers.Serializer[Any]):
    decision = serializers.ChoiceField(choices=Verdict.Decision.choices)
    until = serializers.DateTimeField(allow_null=True)
    contact_channel = serializers.CharField()
    reasons = serializers.ListField(child=serializers.DictField())
    decided_at = serializers.DateTimeField()


class AttemptAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    contact_channel = serializers.CharField()
    transport = serializers.CharField()
    status = serializers.ChoiceField(choices=Attempt.Status.choices)
    error = serializers.CharField()
    started_at = serializers.DateTimeField()


class MessageAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    purpose = serializers.CharField()
    subject = serializers.CharField(help_text="public id of what it is about")
    phase = serializers.CharField()
    status = serializers.ChoiceField(choices=Message.Status.choices)
    due_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)
    verdicts = VerdictAnswer(many=True)
    attempts = AttemptAnswer(many=True)


class MessagesAnswer(serializers.Serializer[Any]):
    results = MessageAnswer(many=True)


class ReplyAnswer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="public id of the message that brings the answer")
    text = serializers.CharField(help_text="as she reads it")


class ReplyWithCodeAnswer(ReplyAnswer):
    code = serializers.CharField()


class SaidAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    message = serializers.CharField()
    purpose = serializers.CharField()
    contact_channel = serializers.CharField()
    to = serializers.CharField()
    title = serializers.CharField()
    text = serializers.CharField()
    status = serializers.ChoiceField(choices=Attempt.Status.choices)
    said_at = serializers.DateTimeField()


class OutboxAnswer(serializers.Serializer[Any]):
    results = SaidAnswer(many=True)


def of_person(request: Request, public_id: str | None, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows of the person that is named, if one is; raises Http404 for somebody unknown, NotServed."""
    if public_id is None:
        return rows
    person = get_object_or_404(Person, public_id=public_id)
    serving.require(request, person)
    return rows.filter(person__in=people_of(person))


def conversations(request: Request) -> QuerySet[Conversation]:
    """Conversations with what an answer tells of them: who wrote to us waits for any agent, what is over for hers."""
    within = Q(is_open=True) | serving.only_served(request) if role_of(request) == Role.AGENT else Q()
    return Conversation.objects.filter(within).select_related("person", "journey", "contact_point")


def shown(conversation: Conversation) -> dict[str, Any]:
    """A conversation as the API gives it."""
    return {
        "id": conversation.public_id,
        "person": conversation.person.public_id,
        "name": f"{conversation.person.given_name} {conversation.person.family_name}".strip(),
        "journey": conversation.journey.public_id,
        "contact_channel": conversation.contact_channel,
        "address": conversation.contact_point.value if conversation.contact_point else "",
        "is_open": conversation.is_open,
        "started_at": conversation.started_at,
        "last_turn_at": conversation.last_turn_at,
    }


def note(request: Request, *seen: Conversation | Message) -> None:
    """Keep with whom these talks and messages are that were read."""
    people = [one.person_id for one in seen]
    disclosure.note_each(people, what="talks and messages", by=actor_of(request), at=clock.now())


class ConversationsDoor(APIView):
    """The talks that are going on."""

    query = WhichConversations

    @extend_schema(parameters=[WhichConversations], responses=ConversationsAnswer, operation_id="conversations_list")
    def get(self, request: Request) -> Response:
        """The latest conversations, of everybody or of one person."""
        asked = query_of(request, WhichConversations)
        found = of_person(request, asked.get("person"), conversations(request))
        if asked["open"]:
            found = found.filter(is_open=True)
        listed = list(found.order_by("-last_turn_at", "-pk")[:LATEST])
        note(request, *listed)
        return Response({"results": [shown(c) for c in listed]})


class ConversationDoor(APIView):
    """One talk."""

    @extend_schema(responses=WholeConversationAnswer, operation_id="conversations_read")
    def get(self, request: Request, public_id: str) -> Response:
        """A conversation with everything that was said."""
        conversation = get_object_or_404(conversations(request), public_id=public_id)
        note(request, conversation)
        turns = conversation.turns.order_by("said_at", "pk").values("side", "text", "actor", "said_at")
        return Response(shown(conversation) | {"turns": list(turns)})


class ReplyDoor(APIView):
    """Answering."""

    @extend_schema(request=Answer, responses={201: ReplyAnswer}, operation_id="conversations_reply")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Answer over the contact channel that she wrote on."""
        given = read_body(request, Answer)
        conversation = get_object_or_404(conversations(request), public_id=public_id)
        message = reply(conversation, text=given["text"], by=actor_of(request), at=clock.now())
        return Response({"id": message.public_id, "text": given["text"]}, status=201)


class ReplyWithCodeDoor(APIView):
    """Answering with a gift."""

    @extend_schema(request=AnswerWithCode, responses={201: ReplyWithCodeAnswer}, operation_id="conversations_gift")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Answer with a code that works once, and for her alone."""
        given = read_body(request, AnswerWithCode)
        conversation = get_object_or_404(conversations(request), public_id=public_id)
        promotion = get_object_or_404(Promotion, pk=given["promotion"], needs_coupon=True)
        gift = reply_with_code(
            conversation, promotion=promotion, text=given.get("text", ""), by=actor_of(request), at=clock.now()
        )
        return Response({"id": gift.message.public_id, "text": gift.text, "code": gift.coupon.code}, status=201)


def told(message: Message) -> dict[str, Any]:
    """A message as the API gives it: what was decided and tried, not what it says."""
    return {
        "id": message.public_id,
        "purpose": message.purpose,
        "subject": message.subject,
        "phase": message.phase,
        "status": message.status,
        "due_at": message.due_at,
        "expires_at": message.expires_at,
        "settled_at": message.settled_at,
        "verdicts": [
            {
                "decision": verdict.decision,
                "until": verdict.until,
                "contact_channel": verdict.contact_channel,
                "reasons": verdict.reasons,
                "decided_at": verdict.decided_at,
            }
            for verdict in message.verdicts.all()
        ],
        "attempts": [
            {
                "id": attempt.public_id,
                "contact_channel": attempt.contact_channel,
                "transport": attempt.transport,
                "status": attempt.status,
                "error": attempt.error,
                "started_at": attempt.started_at,
            }
            for attempt in message.attempts.all()
        ],
    }


class MessagesDoor(APIView):
    """What we told people, or why we did not."""

    query = OfPerson

    @extend_schema(parameters=[OfPerson], responses=MessagesAnswer, operation_id="messages_list")
    def get(self, request: Request) -> Response:
        """The latest messages, of everybody or of one person, with their verdicts and attempts."""
        asked = query_of(request, OfPerson)
        mine = Message.objects.filter(serving.only_served(request))
        found = of_person(request, asked.get("person"), mine).prefetch_related(
            Prefetch("verdicts", Verdict.objects.order_by("pk")), Prefetch("attempts", Attempt.objects.order_by("pk"))
        )
        listed = list(found.order_by("-created_at", "-pk")[:LATEST])
        note(request, *listed)
        return Response({"results": [told(message) for message in listed]})


class OutboxDoor(APIView):
    """What we said, word for word: an agent reads it of whom she acts for."""

    query = WhatFor

    @extend_schema(parameters=[WhatFor], responses=OutboxAnswer, operation_id="outbox_list")
    def get(self, request: Request) -> Response:
        """The latest attempts with their text."""
        return said(request, query_of(request, WhatFor))

    @extend_schema(request=WhichAttempts, responses=OutboxAnswer, operation_id="outbox_search")
    def post(self, request: Request) -> Response:
        """The same to one address: a POST, so that it stands in no address bar, history or log."""
        return said(request, read_body(request, WhichAttempts))


def said(request: Request, wanted: dict[str, Any]) -> Response:
    """What was said, as the API gives it."""
    listed = list(searched(attempts(request), wanted)[:LATEST])
    note(request, *(attempt.message for attempt in listed))
    results = [
        {
            "id": attempt.public_id,
            "message": attempt.message.public_id,
            "purpose": attempt.message.purpose,
            "contact_channel": attempt.contact_channel,
            "to": attempt.contact_point.value if attempt.contact_point else "",
            "title": attempt.title,
            "text": attempt.text,
            "status": attempt.status,
            "said_at": attempt.started_at,
        }
        for attempt in listed
    ]
    return Response({"results": results})
