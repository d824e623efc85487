"""Answering in a case: whoever has it in hand writes to her, in whatever contact channel she is found."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import clock
from commerce.rest.authentication import actor_of
from commerce.rest.fields import Strict, Text, read_body
from commerce.rest.idempotency import idempotent
from notifications.cases.reach import case_for
from notifications.conversations.api import ReplyAnswer
from notifications.conversations.replying import reply_about


class CaseAnswerGiven(Strict):
    """What is said to her."""

    text = Text(max_length=2000)


class CaseAnswerDoor(APIView):
    """Answering in a case."""

    @extend_schema(request=CaseAnswerGiven, responses={201: ReplyAnswer}, operation_id="cases_answer")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Say something to her, where she spoke of it last, else by mail; that stops the clock of our answer."""
        given, case = read_body(request, CaseAnswerGiven), case_for(request, public_id)
        message = reply_about(case, text=given["text"], by=actor_of(request), at=clock.now())
        return Response({"id": message.public_id, "text": given["text"]}, status=201)


class Words(forms.Form):
    """What is said to her."""

    text = forms.CharField(max_length=2000)


def answer_case(request: HttpRequest, public_id: str) -> HttpResponse:
    """The same, from the page of the case."""
    case, form = case_for(request, public_id), Words(request.POST)
    if form.is_valid():
        reply_about(case, text=form.cleaned_data["text"], by=actor_of(request), at=clock.now())
        messages.success(request, _("Sent."))
    else:
        messages.error(request, _("There is nothing to send yet."))
    return redirect("work-case", public_id=public_id)
