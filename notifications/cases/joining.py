"""What is said about a case, in whatever conversation: it joins the case, and the clocks of its answers run by it."""

from datetime import datetime

from django.db.models import QuerySet

from commerce.customers.people import people_of
from commerce.timeline.actors import Actor
from notifications.models import Conversation, Turn
from orders.cases import working
from orders.cases.models import Case


def talked_of(conversation: Conversation) -> str:
    """Public id of the open case that a conversation is about, the one spoken of last in it; empty without one."""
    spoken_of = list(conversation.turns.exclude(about="").order_by("-pk").values_list("about", flat=True)[:20])
    if not spoken_of:
        return ""
    going_on = Case.objects.filter(public_id__in=spoken_of, status=Case.Status.OPEN)
    standing = set(going_on.values_list("public_id", flat=True))
    return next((about for about in spoken_of if about in standing), "")


def case_of(conversation: Conversation) -> Case | None:
    """The case that goes on and that a conversation is about, if she who talks is she whose case it is."""
    about = talked_of(conversation)
    hers = Case.objects.filter(public_id=about, person__in=people_of(conversation.person))
    return hers.first() if about else None


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
    """Let what we said stop that clock, where the conversation is about a case."""
    about = turn.about or talked_of(turn.conversation)
    if about and Case.objects.filter(public_id=about, status=Case.Status.OPEN).exists():
        Turn.objects.filter(pk=turn.pk).update(about=about)
        working.answered(
            Case.objects.get(public_id=about), by=actor(turn), channel=turn.conversation.contact_channel, at=at
        )


def actor(turn: Turn) -> Actor:
    """Who said it."""
    kind, _colon, number = turn.actor.partition(":")
    return Actor(kind, number)


def talks_about(case: Case) -> QuerySet[Conversation]:
    """The conversations in which a case was spoken of."""
    return Conversation.objects.filter(turns__about=case.public_id).distinct().order_by("pk")
