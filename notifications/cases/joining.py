"""What is said about a case, in whatever conversation: it joins the case, and the clocks of its answers run by it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from commerce.customers.models import Person
from commerce.customers.people import people_of
from commerce.photos.models import Photo
from commerce.timeline.actors import Actor
from notifications.models import Conversation, Message, Turn
from orders.cases import working
from orders.cases.models import Case
from orders.cases.opening import open_case
from orders.models import Order

TOLD_SINCE = timedelta(hours=24)
"""What she said so long before a case was opened, about nothing else, is what happened to her."""

ANSWERED_SINCE = timedelta(days=7)
"""What she wrote in answer to what we told her of the order counts longer: a mail may wait over a weekend."""


def talked_of(conversation: Conversation) -> str:
    """Public id of the open case that a conversation is about, the one spoken of last in it; empty without one."""
    spoken_of = list(conversation.turns.exclude(about="").order_by("-pk").values_list("about", flat=True)[:20])
    if not spoken_of:
        return ""
    going_on = Case.objects.filter(public_id__in=spoken_of, status=Case.Status.OPEN)
    standing = set(going_on.values_list("public_id", flat=True))
    return next((about for about in spoken_of if about in standing), "")


def case_of(conversation: Conversation, *, about: str = "") -> Case | None:
    """The case that goes on and that a conversation is about, if she who talks is she whose case it is."""
    about = about or talked_of(conversation)
    hers = Case.objects.filter(public_id=about, status=Case.Status.OPEN, person__in=people_of(conversation.person))
    return hers.first() if about else None


def told_lately(person: Person, *, order: Order | None = None, at: datetime) -> QuerySet[Turn]:
    """What she said of late that belongs to no case yet: in answer to what we told her of an order, or of nothing."""
    hers = Turn.objects.filter(
        conversation__person__in=people_of(person),
        side=Turn.Side.PERSON,
        is_proven=True,
    )
    answered = Message.objects.filter(journey=order.journey_id).values("subject") if order else ()
    about = Q(about="", recorded_at__gte=at - TOLD_SINCE)
    about |= Q(about__in=answered, recorded_at__gte=at - ANSWERED_SINCE)
    return hers.filter(about).exclude(about__in=Case.objects.values("public_id")).order_by("pk")


def photos_of(turns: Iterable[Turn]) -> list[int]:
    """The pictures that were sent with what was said."""
    return list(Photo.objects.filter(turns__in=turns).distinct().order_by("pk").values_list("pk", flat=True))


def belong(turns: Iterable[Turn], case: Case) -> None:
    """From now on this was said about a case: who has the case in hand reads it, and what is said next joins it."""
    Turn.objects.filter(pk__in=[turn.pk for turn in turns]).update(about=case.public_id)


@transaction.atomic
def open_with_talk(
    kind: str,
    *,
    person: Person,
    order: Order | None,
    request: str,
    anyway: bool,
    by: Actor,
    channel: str,
    at: datetime,
) -> Case:
    """Open a case with what she told us of late, and its pictures; raises what open_case() raises."""
    told = list(told_lately(person, order=order, at=at))
    case = open_case(
        kind,
        person=person,
        order=order,
        request=request,
        photos=photos_of(told),
        anyway=anyway,
        by=by,
        channel=channel,
        at=at,
    )
    belong(told, case)
    return case


def spoken_of_in(message: Message) -> str:
    """What an answer to a message of ours is about: the case of hers that goes on about the same order, if any."""
    about = message.subject
    if "turn" in message.facts:  # of an answer that we gave in a talk, what that one was about
        about = Turn.objects.values_list("about", flat=True).get(pk=message.facts["turn"])
    if Case.objects.filter(public_id=about).exists():
        return about
    hers = Case.objects.filter(journey=message.journey_id, person__in=people_of(message.person))
    case = hers.filter(status=Case.Status.OPEN).order_by("-pk").first()
    return case.public_id if case else about


def hold(about: str) -> Case | None:
    """Lock the case that is spoken of, before the counter of its journey is: who works on it does so, too."""
    return Case.objects.select_for_update(no_key=True).filter(public_id=about).first() if about else None


def join(turn: Turn, case: Case, *, at: datetime) -> None:
    """Let what she said start the clock of our next answer; a case that was closed goes on by what she writes.

    Somebody who may be another person is heard, too, but opens nothing again.
    """
    if case.status == Case.Status.CLOSED:
        if not turn.is_proven:
            return
        case = working.reopen(case, by=actor(turn), channel=turn.conversation.contact_channel, at=at)
    working.heard(case, at=at)


def answer(turn: Turn, *, at: datetime) -> None:
    """Let what we said stop that clock, where the conversation is about a case and she whose case it is has it.

    What we say to a stranger who wrote about it is no answer to her, and is not hers to read.
    """
    case = case_of(turn.conversation, about=turn.about)
    if case is not None:
        Turn.objects.filter(pk=turn.pk).update(about=case.public_id)
        working.answered(case, by=actor(turn), channel=turn.conversation.contact_channel, at=at)


def actor(turn: Turn) -> Actor:
    """Who said it."""
    kind, _colon, number = turn.actor.partition(":")
    return Actor(kind, number)


def talks_about(case: Case) -> QuerySet[Conversation]:
    """The conversations in which a case was spoken of."""
    return Conversation.objects.filter(turns__about=case.public_id).distinct().order_by("pk")
