"""The answer to the one question after a purchase, or after a case."""

from datetime import datetime

from django.db import transaction

from commerce.card_numbers import hide
from commerce.timeline import record
from commerce.timeline.actors import Actor
from notifications.happenings import SurveyAnswered
from notifications.models import Survey
from orders import moves
from orders.cases.models import Case, Kind
from orders.cases.opening import CaseIsOpen, open_case
from orders.models import Order

BAD = 6
"""A score up to this says that something went wrong."""


@transaction.atomic
def answer(survey: Survey, *, score: int, comment: str, at: datetime) -> Survey:
    """Keep what she says. While her link works she may say it anew; each answer that differs is on the timeline."""
    survey = (
        Survey.objects.select_for_update(no_key=True, of=("self",))
        .select_related("order", "case__order", "person", "journey")
        .get(pk=survey.pk)
    )
    comment = hide(comment.replace("\x00", "").strip())
    if (survey.score, survey.comment) == (score, comment):
        return survey
    is_news = survey.score != score
    survey.score, survey.comment, survey.answered_at = score, comment, at
    survey.save(update_fields=["score", "comment", "answered_at"])
    order = order_of(survey)
    if is_news and score <= BAD and order:
        moves.lock(order)  # before the journey's counter, as everybody who works on an order
    if is_news:
        answered = SurveyAnswered(survey=survey.public_id, order=order.public_id if order else "", score=score)
        by = Actor("person", survey.person.public_id)
        (entry,) = record.record(survey.journey_id, answered, by=by, channel="web", at=at)
        if score <= BAD:
            make_good(survey, cause=entry.id, by=by, at=at)
    return survey


def order_of(survey: Survey) -> Order | None:
    """The order that was asked about, by itself or with its case."""
    return survey.order or (survey.case.order if survey.case else None)


def make_good(survey: Survey, *, cause: int, by: Actor, at: datetime) -> None:
    """Open a case about what she was not happy with; if one goes on already, that one is enough."""
    order = order_of(survey)
    going_on = Case.objects.filter(journey=survey.journey, kind=Kind.COMPLAINT, status=Case.Status.OPEN)
    if order is None and going_on.exists():
        return
    try:
        with transaction.atomic():
            open_case(
                Kind.COMPLAINT,
                person=survey.person,
                order=order,
                journey=survey.journey,
                request=survey.comment,
                cause=cause,
                by=by,
                channel="web",
                at=at,
            )
    except CaseIsOpen:
        return
