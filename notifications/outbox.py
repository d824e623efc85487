"""What we told people, as they see it, for staff. Messages that were kept here are delivered by hand, for practice."""

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.customers import disclosure
from commerce.rest.authentication import actor_of
from notifications.models import Attempt
from notifications.reasons import sentences
from notifications.reports import report
from notifications.said import attempts, searched

PAGE = 50

MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'self'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""What a mail may do in its frame: show itself, and open links in windows of their own."""


BUBBLES = frozenset({"sms", "whatsapp", "instagram", "messenger", "x", "chat"})
"""Contact channels whose messages look like speech bubbles."""


class Search(forms.Form):
    """What to look for: a contact channel, a purpose."""

    contact_channel = forms.CharField(max_length=10, required=False)
    purpose = forms.CharField(max_length=40, required=False)


class Fate(forms.Form):
    """What becomes of a message that was kept here."""

    status = forms.ChoiceField(
        choices=[(s.value, s.label) for s in (Attempt.Status.DELIVERED, Attempt.Status.READ, Attempt.Status.FAILED)]
    )


@never_cache
def outbox(request: HttpRequest) -> HttpResponse:
    """Everything that was said, the latest first.

    An address to look for is sent as a form, and brings the latest page: it stands in no address bar, history or log.
    """
    search, to = Search(request.GET), request.POST.get("to", "")[:254]
    wanted = search.cleaned_data if search.is_valid() else {}
    page = Paginator(searched(attempts(request), wanted | {"to": to}), PAGE).get_page(request.GET.get("page"))
    note(request, *page)
    return render(request, "notifications/outbox.html", {"page": page, "to": to})


def note(request: HttpRequest, *seen: Attempt) -> None:
    """Keep whose messages were read."""
    people = [attempt.message.person_id for attempt in seen]
    disclosure.note_each(people, what="outbox", by=actor_of(request), at=clock.now())


def outbox_message(request: HttpRequest, public_id: str) -> HttpResponse:
    """One message as the person sees it, with what was decided and tried."""
    attempt = get_object_or_404(attempts(request), public_id=public_id)
    note(request, attempt)
    verdicts = [
        {
            "decision": verdict.decision,
            "until": verdict.until,
            "at": verdict.decided_at,
            "why": sentences(verdict.reasons),
        }
        for verdict in attempt.message.verdicts.order_by("pk")
    ]
    context = {
        "attempt": attempt,
        "is_bubble": attempt.contact_channel in BUBBLES,
        "is_kept_here": attempt.transport == "outbox",
        "verdicts": verdicts,
        "others": attempt.message.attempts.exclude(pk=attempt.pk).order_by("pk"),
    }
    return render(request, "notifications/outbox_message.html", context)


def outbox_mail(request: HttpRequest, public_id: str) -> HttpResponse:
    """A mail's own HTML, for a frame without scripts, forms or any hold on the page around it."""
    attempt = get_object_or_404(attempts(request), public_id=public_id)
    if not attempt.html:
        raise Http404
    note(request, attempt)
    return HttpResponse(
        attempt.html.replace("<head>", '<head><base target="_blank">', 1),
        headers={"Content-Security-Policy": MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"},
    )


def outbox_report(request: HttpRequest, public_id: str) -> HttpResponse:
    """Play what a network would report; only of messages that never left the house."""
    attempt = get_object_or_404(attempts(request), public_id=public_id, transport="outbox")
    fate = Fate(request.POST)
    if fate.is_valid():
        report(attempt, status=Attempt.Status(fate.cleaned_data["status"]), error="played at /outbox/", at=clock.now())
    return redirect("outbox-message", public_id)
