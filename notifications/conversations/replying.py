"""What we answer in a conversation, with a personal code if one helps."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from commerce.card_numbers import hide
from commerce.customers.models import ContactPoint
from commerce.customers.people import people_of
from commerce.money import display
from commerce.promotions.models import Coupon, Promotion
from commerce.promotions.uses import issue_personal
from commerce.rest.problems import Problem
from commerce.timeline import record
from commerce.timeline.actors import Actor
from notifications import writing
from notifications.cases import joining
from notifications.conversations.receiving import open_conversation, send
from notifications.happenings import Replied
from notifications.models import Conversation, Message, Turn
from notifications.wording import day
from orders.cases.models import Case


@transaction.atomic
def reply(
    conversation: Conversation, *, text: str, about: str = "", by: Actor, at: datetime, coupon: Coupon | None = None
) -> Message:
    """Answer a person over the contact channel she wrote on; the text is kept as a turn and leaves as a message."""
    turn = Turn.objects.create(
        conversation=conversation,
        side=Turn.Side.HOUSE,
        text=hide(text),
        about=about,
        actor=str(by),
        said_at=at,
        recorded_at=at,
    )
    Conversation.objects.filter(pk=conversation.pk).update(last_turn_at=at)
    joining.answer(turn, at=at)
    (replied,) = record.record(
        conversation.journey_id,
        Replied(conversation=conversation.public_id, turn=turn.pk, coupon=coupon.pk if coupon else None),
        by=by,
        channel=conversation.contact_channel,
        at=at,
    )
    return send(turn, entry=replied.id, at=at)


class NoWayToAnswer(Problem):
    """She never wrote about it, and no mail can reach her."""

    code = "no_way_to_answer"


@transaction.atomic
def reply_about(case: Case, *, text: str, by: Actor, at: datetime) -> Message:
    """Answer in a case: where she spoke of it last, else by mail; she need not have written. Raises NoWayToAnswer."""
    hers = people_of(case.person)
    talks = joining.talks_about(case).filter(is_open=True, person__in=hers).select_related("person", "journey")
    talk = talks.order_by("-last_turn_at", "-pk").first()
    if talk is None:
        mails = ContactPoint.objects.filter(person__in=hers, kind=ContactPoint.Kind.EMAIL).order_by("pk")
        point = mails.filter(pk=case.contact_point_id or 0).first() or mails.filter(verified_at__isnull=False).first()
        if point is None:
            raise NoWayToAnswer("she has not written about it, and we know no mail address of hers")
        talk = open_conversation(point, contact_channel="email", journey=case.journey, at=at)
    return reply(talk, text=text, about=case.public_id, by=by, at=at)


@dataclass(frozen=True)
class Gift:
    """An answer that brought a code."""

    message: Message
    coupon: Coupon
    text: str


@transaction.atomic
def reply_with_code(
    conversation: Conversation, *, promotion: Promotion, text: str = "", by: Actor, at: datetime
) -> Gift:
    """Answer with a code that works once and for her alone, and the address where it does."""
    coupon = issue_personal(promotion, person=conversation.person, journey=conversation.journey, at=at)
    language = writing.language_of(conversation.person.language)
    ends_at = min((end for end in (coupon.ends_at, promotion.ends_at) if end), default=None)
    worded = writing.plain(
        f"messages/dm_code/{language}.txt",
        {
            "text": text.strip(),
            "code": coupon.code,
            "benefit": benefit_of(promotion, language=language),
            "until": day(ends_at, zone=conversation.person.timezone, language=language) if ends_at else "",
            "url": f"{settings.PUBLIC_URL}/?code={coupon.code}",
        },
    )
    return Gift(reply(conversation, text=worded, by=by, at=at, coupon=coupon), coupon, worded)


def benefit_of(promotion: Promotion, *, language: str) -> str:
    """What a promotion takes off, in few words: “−10 %”."""
    if promotion.kind == Promotion.Kind.AMOUNT:
        return f"−{display(promotion.value, promotion.currency, language)}"
    percent = f"{promotion.value / 100:g}"
    return f"−{percent.replace('.', ',')} %" if language == "es" else f"−{percent}%"
