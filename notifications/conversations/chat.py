"""The chat on the web store: words and pictures, answered by a person, in the same conversation on every device."""

from datetime import datetime, timedelta

from django import forms
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from commerce import clock
from commerce.carts.visits import cart_of
from commerce.customers import disclosure
from commerce.customers.models import ContactPoint, Person
from commerce.customers.people import meet, people_of
from commerce.customers.sessions import CHAT, person_of
from commerce.ids import public_id
from commerce.pages import by_htmx, refusal
from commerce.photos.models import Photo
from commerce.photos.photos import NotAPhoto, PhotoTooLarge, take_in
from commerce.rest.access import role_of
from commerce.rest.authentication import actor_of
from commerce.rest.doors import AGENTS, FLOOR, STAFF
from commerce.rest.limits import Limit, network_address, spend
from notifications.cases.reach import cases_for, cases_of
from notifications.cases.showing import cases_showing
from notifications.conversations.chat_cases import offered
from notifications.conversations.receiving import AlreadyKnown, Said, receive
from notifications.models import Conversation, Turn
from notifications.pictures import Pictures, jpeg

SAID_PER_PLACE = Limit("chat turns", 120, within=timedelta(minutes=10))
PHOTOS_PER_PLACE = Limit("chat photos", 40, within=timedelta(hours=1))
LATEST = 200


class Words(forms.Form):
    """What she says. `once` is made by the page: a form that is sent twice says one thing."""

    text = forms.CharField(max_length=2000, required=False)
    once = forms.RegexField(r"^[0-9A-Za-z]{8,40}$")
    photos = Pictures(required=False)

    def clean(self) -> None:
        """Says nothing only with a picture."""
        super().clean()
        if not self.errors and not self.cleaned_data["text"] and not self.cleaned_data["photos"]:
            raise forms.ValidationError(_("There is nothing to send yet."))


@never_cache
def chat(request: HttpRequest) -> HttpResponse:
    """The talk so far and a line to say more; sent by htmx only the panel comes back."""
    form = Words()
    if request.method == "POST":
        spend(SAID_PER_PLACE, network_address(request))
        form = Words(request.POST, request.FILES)
        if form.is_valid() and said(request, form):
            if not by_htmx(request):
                return redirect("chat")
            form = Words()
    status = 422 if form.errors else 200
    turns = list(turns_of(request))
    mark_seen(turns)
    context = {"form": form, "once": public_id(), "errors": form.errors} | shown(turns)
    context |= offered(request, turns, at=clock.now())
    template = "notifications/chat_panel.html" if by_htmx(request) else "notifications/chat.html"
    return render(request, template, context, status=status)


def said(request: HttpRequest, form: Words) -> bool:
    """Whether it was taken in; if a picture was none, the form says so and keeps what she typed."""
    try:
        say(request, form, at=clock.now())
    except (NotAPhoto, PhotoTooLarge) as problem:
        form.add_error("photos", refusal(problem))
    return form.is_valid()


def say(request: HttpRequest, form: Words, *, at: datetime) -> None:
    """Take what was said into the talk; raises NotAPhoto, PhotoTooLarge, TooManyRequests."""
    files = form.cleaned_data["photos"]
    for _file in files:
        spend(PHOTOS_PER_PLACE, network_address(request))
    with transaction.atomic():
        photos = tuple(take_in(file, at=at).pk for file in files)
        point = address_of(request, at=at)
        cart = cart_of(request).first()
        words = Said(
            contact_channel="chat",
            address=point.value,
            text=form.cleaned_data["text"],
            external_id=f"{point.value}:{form.cleaned_data['once']}",
            said_at=at,
            photos=photos,
        )
        try:
            receive(words, journey=cart.journey if cart else None, at=at)
        except AlreadyKnown:
            transaction.set_rollback(True)
    request.session[CHAT] = point.value


def address_of(request: HttpRequest, *, at: datetime) -> ContactPoint:
    """Where answers to this browser go: the talk it has begun, the one she has on another device, or a new one."""
    if known := points_of(request).first():
        return known
    value = public_id().lower()
    if person := person_of(request):
        return ContactPoint.objects.create(
            person=person,
            kind=ContactPoint.Kind.CHAT,
            value=value,
            verified_at=at,
            verified_how="log-in",
            created_at=at,
        )
    meet(ContactPoint.Kind.CHAT, value, how="browser", language=request.LANGUAGE_CODE, at=at)
    return ContactPoint.objects.select_related("person__root").get(kind=ContactPoint.Kind.CHAT, value=value)


def points_of(request: HttpRequest) -> QuerySet[ContactPoint]:
    """The chat addresses of this visit: hers if she is logged in, else that of this browser."""
    points = ContactPoint.objects.filter(kind=ContactPoint.Kind.CHAT).select_related("person__root").order_by("-pk")
    if person := person_of(request):
        return points.filter(person__in=people_of(person))
    return points.filter(value=request.session.get(CHAT, ""))


def turns_of(request: HttpRequest, *, after: int = 0) -> QuerySet[Turn]:
    """What was said in the chats of this visit, in its order, the latest at the end."""
    talks = Conversation.objects.filter(contact_channel="chat", contact_point__in=points_of(request))
    latest = Turn.objects.filter(conversation__in=talks, pk__gt=after).order_by("-pk")[:LATEST]
    return Turn.objects.filter(pk__in=latest.values("pk")).prefetch_related("photos").order_by("pk")


def mark_seen(turns: list[Turn]) -> None:
    """Keep that she has had our answers before her, so that nothing is sent after her."""
    ours = {turn.conversation_id: turn.pk for turn in turns if turn.side == Turn.Side.HOUSE}
    for talk, last in ours.items():
        Conversation.objects.filter(pk=talk, seen_turn__lt=last).update(seen_turn=last)


def shown(turns: list[Turn]) -> dict[str, object]:
    """Context of the list of turns: them, and the last one that was shown."""
    return {"turns": turns, "last": turns[-1].pk if turns else 0}


@never_cache
def chat_news(request: HttpRequest, after: int) -> HttpResponse:
    """What was said since a turn; 204 if nothing was, so that waiting costs two queries and no bytes."""
    turns = list(turns_of(request, after=after)) if request.session.get(CHAT) or person_of(request) else []
    if not turns:
        return HttpResponse(status=204)
    mark_seen(turns)
    return render(request, "notifications/chat_turns.html", shown(turns))


@never_cache
def photo(request: HttpRequest, public_id: str) -> HttpResponse:
    """A picture that was sent, for who sent it and for those who deal with what it shows; raises Http404."""
    found = get_object_or_404(Photo, public_id=public_id)
    if not may_see(request, found):
        raise Http404
    if role_of(request) in STAFF:
        sent_by = Person.objects.filter(Q(conversations__turns__photos=found) | Q(cases__photos=found))
        people = list(sent_by.values_list("pk", flat=True))
        disclosure.note_each(people, what="picture", by=actor_of(request), at=clock.now())
    return jpeg(found)


def may_see(request: HttpRequest, photo: Photo) -> bool:
    """Whether a picture belongs to the talk of this visit or to a case of hers; agents see all, a store its cases."""
    role = role_of(request)
    if role in AGENTS:
        return True
    if role in FLOOR:
        return cases_showing(photo, cases_for(request), to_staff=True).exists()
    person = person_of(request)
    talks = Conversation.objects.filter(contact_channel="chat", contact_point__in=points_of(request))
    if Turn.objects.filter(conversation__in=talks, photos=photo).exists():
        return True
    return person is not None and cases_showing(photo, cases_of(person), to_staff=False).exists()
