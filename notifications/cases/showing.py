"""A case as people read it, the same for all who open it: first what she asked, then the talk, then the state."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from commerce.photos.models import Photo
from commerce.timeline.models import Entry
from notifications.cases.joining import talks_about
from notifications.models import Turn
from orders.cases.models import Case, CaseStep


@dataclass(frozen=True)
class ShownStep:
    """A step in the reader's language."""

    step: CaseStep
    title: str
    is_next: bool


@dataclass(frozen=True)
class ShownCase:
    """Everything about a case; what only staff sees is left out for her."""

    case: Case
    turns: list[Turn]
    steps: list[ShownStep]
    entries: list[Entry]


AMONG_US = ("case.handed_over", "case.clock_missed")
"""What the story of a case tells those who work on it only; that it is late, she is written."""

SHE_SEES = ~Q(data__has_key="is_told") | Q(data__is_told=True)


def shown(case: Case, *, language: str, to_staff: bool) -> ShownCase:
    """Read a case with its talks, steps and story; the same number of queries however long they are."""
    steps = list(case.steps.all() if to_staff else case.steps.filter(is_told=True))
    upcoming = next((step for step in steps if step.status == CaseStep.Status.PENDING), None)
    turns = (
        Turn.objects.filter(conversation__in=talks_about(case))
        .select_related("conversation")
        .prefetch_related("photos")
        .order_by("recorded_at", "pk")
    )
    entries = Entry.objects.filter(journey=case.journey_id, data__case=case.public_id).order_by("number")
    return ShownCase(
        case=case,
        turns=list(turns if to_staff else turns.filter(about=case.public_id, is_proven=True)),
        steps=[
            ShownStep(step, step.title_es if language == "es" else step.title_en, is_next=step == upcoming)
            for step in steps
        ],
        entries=list(entries if to_staff else entries.filter(SHE_SEES).exclude(type__in=AMONG_US)),
    )


def pictures_of(case: Case) -> QuerySet[Photo]:
    """Every picture that she sees with her case: those of its first telling, and of what was said about it since."""
    return Photo.objects.filter(Q(cases=case) | Q(turns__about=case.public_id, turns__is_proven=True)).distinct()


def cases_showing(photo: Photo, cases: QuerySet[Case], *, to_staff: bool) -> QuerySet[Case]:
    """Those of some cases with which a picture is shown: told with it, or in a talk about it, as its page lists them.

    Staff is shown the whole of each talk in which a case was spoken of; she, what is about it and surely hers.
    """
    turns = photo.turns.all()
    if to_staff:
        turns = Turn.objects.filter(conversation__turns__photos=photo)
    else:
        turns = turns.filter(is_proven=True)
    return cases.filter(Q(photos=photo) | Q(public_id__in=turns.exclude(about="").values("about")))


READ_ALONG = ("person__root", "order__deliver_to", "journey", "location", "contact_point")
"""What a page reads along with a case."""
