"""The answer to the one question after a purchase, or after a case."""

from datetime import datetime

from django.db import transaction

from commerce.timeline import record
from commerce.timeline.actors import Actor
from notifications.happenings import SurveyAnswered
from notifications.models import Survey
from orders import moves
from orders.cases.models import Case, Kind
from orders.cases.opening import CaseIsOpen, open_case

BAD = 6
"""A score up to this says that something went wrong."""


@transaction.atomic
def answer(survey: Survey, *, score: int, comment: str, at: datetime) -> Survey:
    """Keep what she says. While her link works she may say it anew; each answer that differs is on the timeline."""
    survey = (
        Survey.objects.select_for_update(no_key=True, of=("self",))
        .select_related("order", "person", "journey")
        .get(pk=survey.pk)
    )
    comment = comment.replace("\x00", "").strip()
    if (survey.score, survey.comment) == (score, comment):
        return survey
    is_news = survey.score != score
    survey.score, survey.comment, survey.answered_at = score, comment, at
    survey.save(update_fields=["score", "comment", "answered_at"])
    if is_news and score <= BAD and survey.order:
        moves.lock(survey.order)  # before the journey's counter, as everybody who works on an order
    if is_news:
        answered = SurveyAnswered(
            survey=survey.public_id, order=survey.order.public_id if survey.order else "", score=score
        )
        by = Actor("person", survey.person.public_id)
        (entry,) = record.record(survey.journey_id, answered, by=by, channel="web", at=at)
        if score <= BAD:
            make_good(survey, cause=entry.id, by=by, at=at)
    return survey


def make_good(survey: Survey, *, cause: int, by: Actor, at: datetime) -> None:
    """Open a case about what she was not happy with; if one goes on already, that one is enough."""
    going_on = Case.objects.filter(journey=survey.journey, kind=Kind.COMPLAINT, status=Case.Status.OPEN)
    if survey.order is None and going_on.exists():
        return
    try:
        with transaction.atomic():
            open_case(
                Kind.COMPLAINT,
                person=survey.person,
                order=survey.order,
                journey=survey.journey,
                request=survey.comment,
                cause=cause,
                by=by,
                channel="web",
                at=at,
            )
    except CaseIsOpen:
        return
