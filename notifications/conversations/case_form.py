"""The form of a case: it ends in a key, not in an address to write to; told again, the words join the same case."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.customers.models import ContactPoint, Person
from commerce.customers.people import people_of
from commerce.naming import named
from commerce.pages import refusal
from commerce.photos.models import Photo
from commerce.photos.photos import NotAPhoto, PhotoTooLarge, take_in
from commerce.promises.giving import CHANNEL_OF
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.doors import STAFF
from commerce.rest.limits import Limit, network_address, spend
from commerce.rest.selling import channel_of
from notifications.cases.letters import link_to
from notifications.conversations.receiving import AlreadyKnown, Said, receive
from notifications.pictures import Pictures
from orders.cases.models import Case, Kind
from orders.cases.opening import CaseIsOpen, open_case
from orders.changes.pages import log_in_first, order_to_change
from orders.models import Order

OPENED_PER_PLACE = Limit("cases opened", 10, within=timedelta(hours=1))


class Incident(forms.Form):
    """What went wrong, in her words, with pictures if she has some."""

    kind = forms.ChoiceField(choices=[(value, value) for value in Kind.values])
    request = forms.CharField(max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))
    photos = Pictures(required=False)


@never_cache
def new_case(request: HttpRequest, order: str) -> HttpResponse:
    """Say what is wrong with an order; the answer is the key and every step, on a page of its own.

    Whoever she tells it to writes it down here: an agent, or a clerk of a store that sold or serves the order.
    """
    found, at, by_staff = order_to_change(request, order), clock.now(), role_of(request) in STAFF
    if turned_away := log_in_first(request, found, at=at):
        return turned_away
    if found.person is None:
        raise Http404
    form = Incident(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        if not by_staff:
            spend(OPENED_PER_PLACE, network_address(request))
        try:
            with transaction.atomic():
                case = tell_case(request, found, found.person, form.cleaned_data, at=at)
        except (NotAPhoto, PhotoTooLarge) as problem:  # what she typed stays
            form.add_error("photos", refusal(problem))
        else:
            if by_staff:
                messages.success(request, _("Case %(key)s is open. She is told every step.") % {"key": case.key})
                return redirect("work-case", public_id=case.public_id)
            messages.success(request, _("Your case is %(key)s. You need not tell it again.") % {"key": case.key})
            return redirect("case-link", link_to(case, at=at))
    standing = found.cases.filter(status=Case.Status.OPEN).first()
    context = {
        "order": found,
        "form": form,
        "kinds": [(value, named(value)) for value in Kind.values],
        "standing": standing,
    }
    return render(request, "notifications/case_new.html", context, status=422 if form.errors else 200)


def tell_case(request: HttpRequest, order: Order, person: Person, said: dict[str, Any], *, at: datetime) -> Case:
    """A new case; or the same one that goes on already, which her words and pictures join. Raises NotAPhoto.

    Who writes down what she says is told of the one that is open; raises CaseIsOpen.
    """
    photos = [take_in(file, at=at) for file in said["photos"]]
    try:
        with transaction.atomic():
            return open_case(
                said["kind"],
                person=person,
                order=order,
                request=said["request"],
                photos=[photo.pk for photo in photos],
                by=actor_of(request),
                channel=channel_of(request) if role_of(request) in STAFF else "web",
                at=at,
            )
    except CaseIsOpen as standing:
        if role_of(request) in STAFF:
            raise
        case = Case.objects.select_related("person__root", "journey").get(public_id=standing.facts["case"])
    known = {bytes(content) for content in case.photos.values_list("content", flat=True)}
    if said["request"].strip() == case.request and all(bytes(photo.content) in known for photo in photos):
        transaction.set_rollback(True)  # the form was sent twice: its pictures are not kept twice
    else:
        add_words(case, said["request"], photos=photos, at=at)
    return case


def add_words(case: Case, text: str, *, photos: Sequence[Photo], at: datetime) -> None:
    """More that she tells of a case in a form: it joins the case, and is answered by mail; sent twice, it stands once.

    Where we know no mail address of hers it is to be answered by phone.
    """
    hers = ContactPoint.objects.filter(person__in=people_of(case.person)).order_by("pk")
    point = hers.filter(pk=case.contact_point_id or 0, kind="email").first() or hers.filter(kind="email").first()
    point = point or hers.first()
    if point is None:
        return
    once = hashlib.sha256(f"{case.pk} {text}".encode())
    for photo in photos:
        once.update(bytes(photo.content))
    said = Said(
        contact_channel=CHANNEL_OF.get(point.kind, point.kind),
        address=point.value,
        text=text,
        external_id=f"form:{once.hexdigest()}",
        said_at=at,
        photos=tuple(photo.pk for photo in photos),
        about=case.public_id,
    )
    try:
        receive(said, contact_point=point, journey=case.journey, at=at)
    except AlreadyKnown:
        transaction.set_rollback(True)
