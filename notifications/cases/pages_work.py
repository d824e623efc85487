"""Cases for those who work on them, at the desk and in the stores: the same page, with every step in hand."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.channels.models import Location
from commerce.customers import disclosure
from commerce.customers.models import Person
from commerce.naming import named
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.doors import AGENTS
from commerce.rest.fields import check_meant
from commerce.rest.selling import channel_of
from commerce.telling import tell
from notifications.cases.joining import open_with_talk
from notifications.cases.reach import case_for, cases_for
from notifications.cases.showing import shown
from orders.cases import swapping, working
from orders.cases.models import Case, Kind, Team
from orders.models import Order

LATEST = 100
PLACES = (Location.Kind.STORE, Location.Kind.WAREHOUSE)


class Told(forms.Form):
    """What somebody told an agent or a clerk."""

    kind = forms.ChoiceField(choices=[(value, value) for value in Kind.values])
    order = forms.CharField(max_length=22, required=False)
    request = forms.CharField(max_length=4000)
    anyway = forms.BooleanField(required=False)


class Step(forms.Form):
    """What became of a step."""

    ordinal = forms.IntegerField(min_value=1, max_value=99)
    status = forms.ChoiceField(choices=[("done", "done"), ("skipped", "skipped"), ("moved", "moved")])
    due_at = forms.DateTimeField(required=False, validators=[check_meant])

    def clean(self) -> None:
        """A step that is moved needs its new time."""
        super().clean()
        if self.cleaned_data.get("status") == "moved" and not self.cleaned_data.get("due_at"):
            raise forms.ValidationError(_("Please say when."))


class Handover(forms.Form):
    """To whom, and why."""

    to = forms.ChoiceField(choices=Team.choices)
    location = forms.SlugField(max_length=30, required=False)
    reason = forms.CharField(max_length=300)


class Swap(forms.Form):
    """Which order line, and how many of it."""

    line = forms.CharField(max_length=22)
    units = forms.IntegerField(min_value=1, max_value=999)


class Closing(forms.Form):
    """How it ended."""

    outcome = forms.ChoiceField(choices=Case.Outcome.choices)


@never_cache
def case_list(request: HttpRequest) -> HttpResponse:
    """The cases that go on, those that are due first."""
    found = list(cases_for(request).filter(status=Case.Status.OPEN).order_by("resolve_due", "pk")[:LATEST])
    people = [case.person_id for case in found]
    disclosure.note_each(people, what="cases", by=actor_of(request), at=clock.now())
    context = {"cases": found, "now": clock.now(), "is_agent": role_of(request) in AGENTS}
    return render(request, "notifications/cases.html", context)


@never_cache
def case_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """Everything about a case; that it was read is written down."""
    case, at = case_for(request, public_id), clock.now()
    disclosure.note(case.person, what="case", by=actor_of(request), at=at)
    whole = shown(case, language=get_language() or "es", to_staff=True)
    context = {
        "shown": whole,
        "case": case,
        "zone": case.location.timezone if case.location else case.person.timezone,
        "story": [(entry, tell(entry), named(entry.actor.partition(":")[0])) for entry in whole.entries],
        "handovers": case.handovers.select_related("to_location"),
        "teams": [(value, named(value)) for value in Team.values],
        "places": Location.objects.filter(kind__in=PLACES, is_active=True).order_by("name"),
        "outcomes": [(value, named(value)) for value in Case.Outcome.values],
        "swappable": swapping.swappable(case) if case.status == Case.Status.OPEN else [],
        "is_agent": role_of(request) in AGENTS,
    }
    return render(request, "notifications/case_work.html", context)


def open_for(request: HttpRequest, public_id: str) -> HttpResponse:
    """Open a case for the person an agent is talking with."""
    person, form, at = get_object_or_404(Person, public_id=public_id), Told(request.POST), clock.now()
    if not form.is_valid():
        messages.error(request, _("Please say what is wrong."))
        return redirect("desk-person", public_id=public_id)
    said = form.cleaned_data
    case = open_with_talk(
        said["kind"],
        person=person,
        order=get_object_or_404(Order, public_id=said["order"]) if said["order"] else None,
        request=said["request"],
        anyway=said["anyway"],
        by=actor_of(request),
        channel=channel_of(request),
        at=at,
    )
    messages.success(request, _("Case %(key)s is open. She is told every step.") % {"key": case.key})
    return redirect("work-case", public_id=case.public_id)


def settle(case: Case, said: dict[str, Any], **who: Any) -> None:
    """A step is done, not needed, or later."""
    working.change_step(case, said["ordinal"], status=said["status"], due_at=said["due_at"], **who)


def hand_over(case: Case, said: dict[str, Any], **who: Any) -> None:
    """Give it to another team."""
    working.hand_over(case, to=said["to"], location=said["location"], reason=said["reason"], **who)


def swap(case: Case, said: dict[str, Any], **who: Any) -> None:
    """Send a new one and have the other collected."""
    swapping.agree(case, lines=[(said["line"], said["units"])], **who)


def close(case: Case, said: dict[str, Any], **who: Any) -> None:
    """It is over."""
    working.close(case, outcome=said["outcome"], **who)


def reopen(case: Case, said: dict[str, Any], **who: Any) -> None:
    """It was not over."""
    working.reopen(case, **who)


ACTS: dict[str, tuple[type[forms.Form], Callable[..., None]]] = {
    "step": (Step, settle),
    "hand-over": (Handover, hand_over),
    "swap": (Swap, swap),
    "close": (Closing, close),
    "reopen": (forms.Form, reopen),
}


def case_act(request: HttpRequest, public_id: str, what: str) -> HttpResponse:
    """One thing done in a case."""
    if what not in ACTS:
        raise Http404
    case = case_for(request, public_id)
    kind, act = ACTS[what]
    form = kind(request.POST)
    at: datetime = clock.now()
    if form.is_valid():
        act(case, form.cleaned_data, by=actor_of(request), channel=channel_of(request), at=at)
        messages.success(request, _("Done."))
    else:
        messages.error(request, "; ".join(str(problem) for of in form.errors.values() for problem in of))
    return redirect("work-case", public_id=public_id)
