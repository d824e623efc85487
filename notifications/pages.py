"""Pages behind links that we sent: the survey and the end of messages. Looking changes nothing, only sending does."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from commerce import clock
from commerce.card_numbers import NOTICE
from commerce.links import links
from notifications.models import Message, Survey
from notifications.surveys import answer
from notifications.unsubscribing import unsubscribe


class Answer(forms.Form):
    """A score, and words if she likes."""

    score = forms.TypedChoiceField(choices=[(n, str(n)) for n in range(11)], coerce=int, widget=forms.RadioSelect)
    comment = forms.CharField(max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}))


def survey(request: HttpRequest, secret: str) -> HttpResponse:
    """Ask how it was, and take the answer; a mail program that opens the link answers nothing."""
    at = clock.now()
    link = links.find("survey", secret, at=at)
    asked = get_object_or_404(Survey.objects.select_related("order", "case", "person"), public_id=link.subject)
    with translation.override(language_for(request, asked.person.language)):
        if request.method == "POST":
            form = Answer(request.POST)
            if form.is_valid():
                said = form.cleaned_data
                if answer(asked, score=said["score"], comment=said["comment"], at=at).comment != said["comment"]:
                    messages.warning(request, NOTICE)
                return page(request, "notifications/survey_done.html", {"survey": asked})
        else:
            form = Answer(initial={"score": request.GET.get("score"), "comment": asked.comment})
        status = 200 if request.method != "POST" else 422
        return page(request, "notifications/survey.html", {"survey": asked, "form": form}, status=status)


@csrf_exempt  # a mail program sends this form for her, without having seen the page (RFC 8058)
def end_messages(request: HttpRequest, secret: str) -> HttpResponse:
    """Ask whether she wants no more of such messages, and end them when she says so."""
    at = clock.now()
    link = links.find("unsubscribe", secret, at=at)
    message = get_object_or_404(Message.objects.select_related("person"), public_id=link.subject)
    with translation.override(language_for(request, message.person.language)):
        if request.method == "POST":
            unsubscribe(message, at=at)
            return page(request, "notifications/unsubscribed.html", {})
        return page(request, "notifications/unsubscribe.html", {"title": _("No more messages like this?")})


def language_for(request: HttpRequest, hers: str) -> str:
    """The language she writes to us in, unless she has chosen another on this device."""
    return translation.get_language() if "django_language" in request.COOKIES else hers


def page(request: HttpRequest, template: str, context: dict[str, object], *, status: int = 200) -> HttpResponse:
    """A page that no search engine keeps and no link on it gives away."""
    response = render(request, template, context, status=status)
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
