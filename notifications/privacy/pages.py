"""What we hold about a person, to take with her or to erase: by herself after a fresh code, or by the back office."""

from datetime import UTC, datetime

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.carts.pages import valid
from commerce.customers import disclosure
from commerce.customers.api import person_or_404
from commerce.customers.models import Person
from commerce.customers.people import people_of
from commerce.customers.sessions import is_fresh
from commerce.rest.authentication import actor_of
from commerce.rest.fields import check_meant
from commerce.timeline.record import open_journey, record
from notifications.happenings import DataExported
from notifications.models import ErasureRequest
from notifications.privacy import erasing
from notifications.privacy.exporting import as_file
from notifications.privacy.wording import told


class Sure(forms.Form):
    """That it is meant; or that it is no longer."""

    sure = forms.BooleanField(required=False)
    stay = forms.BooleanField(required=False)


class Hold(forms.Form):
    """Until when the data must be kept, and why."""

    until = forms.DateField(validators=[check_meant])
    because = forms.ChoiceField(choices=ErasureRequest.Hold.choices)


def waiting_for(person: Person) -> ErasureRequest | None:
    """Her request that waits, if there is one."""
    return ErasureRequest.objects.filter(person__in=people_of(person), status=ErasureRequest.Status.WAITING).first()


def prove_first(request: HttpRequest) -> HttpResponse:
    """To the log-in page and back: what follows takes a code that has just come to her."""
    messages.info(request, _("Please show once more that it is you: we send a code."))
    return redirect_to_login("/account/data/", "account_login")


@never_cache
def data(request: HttpRequest) -> HttpResponse:
    """What can be done with her data, and how a request stands."""
    person, waiting = person_or_404(request), None
    if not is_fresh(request, at=clock.now()):
        return prove_first(request)
    waiting = waiting_for(person)
    reasons = told(waiting.reasons, zone=person.timezone, language=get_language() or "es") if waiting else []
    context = {"person": person, "waiting": waiting, "reasons": reasons}
    return render(request, "notifications/account_data.html", context)


def export(request: HttpRequest) -> HttpResponse:
    """Everything that is held about her, as a file. It is made for this answer and lies nowhere."""
    if not is_fresh(request, at=clock.now()):
        return prove_first(request)
    return exported(request, person_or_404(request), channel="web")


def erasure(request: HttpRequest) -> HttpResponse:
    """Ask to be erased, or take it back."""
    person, at = person_or_404(request), clock.now()
    if not is_fresh(request, at=at):
        return prove_first(request)
    said, waiting = valid(Sure(request.POST)), waiting_for(person)
    if said["stay"] and waiting:
        erasing.withdraw(waiting, by=actor_of(request), channel="web", at=at)
        messages.success(request, _("You stay with us."))
    elif said["sure"]:
        erasing.ask(person, by=actor_of(request), channel="web", at=at)
        messages.success(request, _("We will write to you when it happens."))
    else:
        messages.error(request, _("Please tick the box if you mean it."))
    return redirect("account-data")


def of_person(request: HttpRequest, public_id: str, what: str) -> HttpResponse:
    """The same by the back office, for somebody who asked by letter or at a counter."""
    person = get_object_or_404(Person.objects.select_related("root"), public_id=public_id)
    person, by, at = person.root or person, actor_of(request), clock.now()
    waiting = waiting_for(person)
    if what == "export":
        disclosure.note(person, what="export", by=by, at=at)
        return exported(request, person, channel="back_office")
    if what == "erase" and valid(Sure(request.POST))["sure"]:
        erasing.ask(person, by=by, channel="back_office", at=at)
    elif what == "withdraw" and waiting:
        erasing.withdraw(waiting, by=by, channel="back_office", at=at)
    elif what == "hold" and waiting:
        said = valid(Hold(request.POST))
        until = datetime.combine(said["until"], datetime.min.time(), UTC)
        erasing.hold(waiting, until=until, because=said["because"], at=at)
    else:
        raise Http404
    return redirect("desk-person", public_id=person.public_id)


@transaction.atomic
def exported(request: HttpRequest, person: Person, *, channel: str) -> HttpResponse:
    """The file, and that it was given out."""
    at = clock.now()
    content = as_file(person, at=at)
    told_of = DataExported(person=person.public_id)
    record(open_journey(at=at), told_of, by=actor_of(request), channel=channel, at=at)
    headers = {"Content-Disposition": f'attachment; filename="{person.public_id}.json"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type="application/json", headers=headers)
