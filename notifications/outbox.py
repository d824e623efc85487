"""What we told people, as they see it, for staff. Messages that were kept here are delivered by hand, for practice."""

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from commerce import clock
from commerce.customers import disclosure
from commerce.rest.authentication import actor_of
from notifications.addressing import spellings
from notifications.models import Attempt
from notifications.reasons import sentences
from notifications.reports import report

PAGE = 50

MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'self'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""What a mail may do in its frame: show itself, and open links in windows of their own."""


BUBBLES = frozenset({"sms", "whatsapp", "instagram", "messenger", "x", "chat"})
"""Contact channels whose messages look like speech bubbles."""


class Search(forms.Form):
    """What to look for: an address as it is written anywhere, a contact channel, a purpose."""

    to = forms.CharField(max_length=254, required=False)
    contact_channel = forms.CharField(max_length=10, required=False)
    purpose = forms.CharField(max_length=40, required=False)


class Fate(forms.Form):
    """What becomes of a message that was kept here."""

    status = forms.ChoiceField(
        choices=[(s.value, s.label) for s in (Attempt.Status.DELIVERED, Attempt.Status.READ, Attempt.Status.FAILED)]
    )


def attempts() -> QuerySet[Attempt]:
    """Attempts with what the pages tell of them."""
    return Attempt.objects.select_related("message__person", "contact_point")


def outbox(request: HttpRequest) -> HttpResponse:
    """Everything that was said, the latest first."""
    search = Search(request.GET)
    wanted = search.cleaned_data if search.is_valid() else {}
    found = attempts().order_by("-pk")
    if to := wanted.get("to"):
        found = found.filter(contact_point__value__in=spellings(to))
    if contact_channel := wanted.get("contact_channel"):
        found = found.filter(contact_channel=contact_channel)
    if purpose := wanted.get("purpose"):
        found = found.filter(message__purpose=purpose)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    note(request, *page)
    return render(request, "notifications/outbox.html", {"page": page, "to": to or ""})


def note(request: HttpRequest, *seen: Attempt) -> None:
    """Keep whose messages were read."""
    people = [attempt.message.person_id for attempt in seen]
    disclosure.note_each(people, what="outbox", by=actor_of(request), at=clock.now())


def outbox_message(request: HttpRequest, public_id: str) -> HttpResponse:
    """One message as the person sees it, with what was decided and tried."""
    attempt = get_object_or_404(attempts(), public_id=public_id)
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
    attempt = get_object_or_404(attempts(), public_id=public_id)
    if not attempt.html:
        raise Http404
    note(request, attempt)
    return HttpResponse(
        attempt.html.replace("<head>", '<head><base target="_blank">', 1),
        headers={"Content-Security-Policy": MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"},
    )


def outbox_report(request: HttpRequest, public_id: str) -> HttpResponse:
    """Play what a network would report; only of messages that never left the house."""
    attempt = get_object_or_404(Attempt, public_id=public_id, transport="outbox")
    fate = Fate(request.POST)
    if fate.is_valid():
        report(attempt, status=Attempt.Status(fate.cleaned_data["status"]), error="played at /outbox/", at=clock.now())
    return redirect("outbox-message", public_id)
