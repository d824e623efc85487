"""The API of logging in and out: /api/v1/session/."""

from typing import Any

from django.conf import settings
from django.middleware.csrf import get_token
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.carts.arrivals import Choice
from commerce.carts.doorstep import ask_for_code, enter_code
from commerce.customers import api as customers
from commerce.customers.logins import LASTS
from commerce.customers.sessions import close_session, person_of
from commerce.rest.access import role_of
from commerce.rest.fields import Strict, Text, read_body


class CodeRequest(Strict):
    """Where to send a code."""

    email = Text(max_length=254)
    given_name = Text(max_length=60, allow_blank=True, required=False, default="")
    language = serializers.ChoiceField(customers.LANGUAGES, required=False, default=settings.LANGUAGE_CODE)
    cart = Text(max_length=22, required=False, default="", help_text="the anonymous cart she fills")


class CodeSent(serializers.Serializer[object]):
    """The same answer, whether the email is known or not."""

    expires_in = serializers.IntegerField(help_text="seconds")


class LogIn(Strict):
    """The code, as it came by email, in the browser that asked for it."""

    email = Text(max_length=254)
    code = Text(max_length=20)
    cart = Text(max_length=22, required=False, default="", help_text="the anonymous cart that becomes hers")
    consents = serializers.ListField(child=customers.Choice(), required=False, default=list, max_length=20)


class SessionAnswer(serializers.Serializer[object]):
    """Whose browser this is."""

    role = serializers.CharField(help_text="visitor, person, or a role of the staff")
    person = customers.PersonAnswer(allow_null=True)
    csrf_token = serializers.CharField(help_text="to send as X-CSRFToken with every write, once logged in")


class LoggedInAnswer(SessionAnswer):
    """Whose browser this is now."""

    is_new = serializers.BooleanField(help_text="whether the account was made just now")
    cart = serializers.CharField(allow_null=True, help_text="her open cart")


def show(request: Request) -> dict[str, Any]:
    """Whose browser this is."""
    person = person_of(request)
    return {
        "role": role_of(request),
        "person": customers.show(person) if person else None,
        "csrf_token": get_token(request._request),
    }


class CodeDoor(APIView):
    """The first step."""

    @extend_schema(request=CodeRequest, responses={202: CodeSent}, operation_id="session_code")
    def post(self, request: Request) -> Response:
        """Have a log-in code sent; the answer is the same for known and unknown emails."""
        ask_for_code(request._request, **read_body(request, CodeRequest), at=clock.now())
        return Response({"expires_in": int(LASTS.total_seconds())}, status=202)


class SessionDoor(APIView):
    """Logging in with the code, and out."""

    @extend_schema(responses=SessionAnswer, operation_id="session_read")
    def get(self, request: Request) -> Response:
        """Whose browser this is, and the token that its writes need."""
        return Response(show(request))

    @extend_schema(request=LogIn, responses=LoggedInAnswer, operation_id="session_open")
    def post(self, request: Request) -> Response:
        """Log in. Somebody new has an account from now on; the cart becomes hers."""
        given = read_body(request, LogIn)
        choices = [Choice(**choice) for choice in given.pop("consents")]
        arrival = enter_code(request._request, **given, choices=choices, at=clock.now())
        return Response(
            {
                "role": "person",
                "person": customers.show(arrival.person),
                "csrf_token": get_token(request._request),
                "is_new": arrival.is_new,
                "cart": arrival.cart.public_id if arrival.cart else None,
            }
        )

    @extend_schema(request=None, responses={204: None}, operation_id="session_close")
    def delete(self, request: Request) -> Response:
        """Log out: nothing of hers stays in this browser."""
        close_session(request._request)
        return Response(status=204)
