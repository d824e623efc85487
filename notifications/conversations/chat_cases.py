"""From the chat to a case: her orders are offered, one press opens it, and its key stands in the chat at once."""

from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from commerce import clock
from commerce.customers.models import Person
from commerce.customers.people import people_of
from commerce.customers.sessions import person_of
from commerce.naming import named
from commerce.rest.authentication import actor_of
from notifications.cases import joining
from notifications.cases.offering import guess, offers
from notifications.models import Conversation, Turn
from orders.cases.models import Case, Kind
from orders.cases.opening import CaseIsOpen, open_case
from orders.models import Order


class Chosen(forms.Form):
    """Which order, and what is wrong."""

    order = forms.CharField(max_length=22)
    kind = forms.ChoiceField(choices=Kind.choices)


def offered(request: HttpRequest, turns: list[Turn], *, at: datetime) -> dict[str, Any]:
    """Context of the chat: her orders, and what seems to be wrong; nothing before she has said something.

    While one case goes on she may speak of another order: only where each has its case nothing is offered.
    """
    person = person_of(request)
    said = [turn for turn in turns if turn.side == Turn.Side.PERSON]
    if person is None or not said:
        return {"offers": [], "may_log_in": person is None and bool(said)}
    kind = next((found for turn in reversed(said) if (found := guess(turn.text))), None)
    orders = offers(person, at=at)
    return {
        "offers": orders if any(offer.case is None for offer in orders) else [],
        "kind": kind,
        "kinds": [(value, named(value)) for value in Kind.values],
    }


def chat_case(request: HttpRequest) -> HttpResponse:
    """Open the case; told twice, the first one goes on."""
    person, form, at = person_of(request), Chosen(request.POST), clock.now()
    if person is None or not form.is_valid():
        return redirect("chat")
    order = get_object_or_404(Order, public_id=form.cleaned_data["order"], person__in=people_of(person))
    talk = talk_of(person)
    with transaction.atomic():
        told = told_in(talk, order, at=at)
        case = opened(request, form.cleaned_data["kind"], order, person, talk, told, at=at)
        joining.belong(told, case)
        if talk:
            text = _("Your case is %(key)s. You need not tell it again, wherever you ask for it.") % {"key": case.key}
            Turn.objects.create(
                conversation=talk,
                side=Turn.Side.HOUSE,
                text=text,
                about=case.public_id,
                actor="system",
                said_at=at,
                recorded_at=at,
            )
    return redirect("chat")


def opened(
    request: HttpRequest,
    kind: str,
    order: Order,
    person: Person,
    talk: Conversation | None,
    told: list[Turn],
    *,
    at: datetime,
) -> Case:
    """A new case with what she said and sent; or the one that stands already."""
    try:
        with transaction.atomic():
            return open_case(
                kind,
                person=person,
                order=order,
                request="\n".join(turn.text for turn in told if turn.text),
                photos=joining.photos_of(told),
                contact_point=order.email or (talk.contact_point if talk else None),
                by=actor_of(request),
                channel="chat",
                at=at,
            )
    except CaseIsOpen as standing:
        return Case.objects.get(public_id=standing.facts["case"])


def talk_of(person: Person) -> Conversation | None:
    """Her chat that is going on."""
    talks = Conversation.objects.filter(person__in=people_of(person), contact_channel="chat", is_open=True)
    return talks.order_by("-last_turn_at", "-pk").first()


def told_in(talk: Conversation | None, order: Order, *, at: datetime) -> list[Turn]:
    """What she told in the chat: of late, for no case yet; and since our last word, even if it joined another case."""
    if talk is None:
        return []
    said = talk.turns.order_by("-pk")
    ours = said.filter(side=Turn.Side.HOUSE).values_list("pk", flat=True).first() or 0
    free = joining.told_lately(talk.person, order=order, at=at).values("pk")
    return list(said.filter(Q(pk__in=free) | Q(pk__gt=ours, side=Turn.Side.PERSON)).order_by("pk"))
