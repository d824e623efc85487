"""What happens to cases, as it stands on the timeline: ids and facts, no word of what was said."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class OfCase:
    """What is told of everything about a case."""

    type: ClassVar[str]
    case: str
    key: str


@dataclass(frozen=True)
class CaseOpened(OfCase):
    """Somebody told us that something went wrong."""

    type: ClassVar[str] = "case.opened"
    kind: str
    order: str


@dataclass(frozen=True)
class CaseStepDone(OfCase):
    """A step was taken, or turned out not to be needed; `is_told`: she sees it."""

    type: ClassVar[str] = "case.step_done"
    step: int
    status: str
    is_told: bool


@dataclass(frozen=True)
class CaseStepMoved(OfCase):
    """A step will be done at another time than was said."""

    type: ClassVar[str] = "case.step_moved"
    step: int
    was_due_at: str
    due_at: str
    is_told: bool


@dataclass(frozen=True)
class CaseHandedOver(OfCase):
    """Another team has it in hand now; why, in their words, stands in the hand-over of this id."""

    type: ClassVar[str] = "case.handed_over"
    from_team: str
    to_team: str
    handover: int
    location: str


@dataclass(frozen=True)
class CaseAnswered(OfCase):
    """We answered what she said last."""

    type: ClassVar[str] = "case.answered"


@dataclass(frozen=True)
class CaseClockMissed(OfCase):
    """An answer or the solution is later than it should be."""

    type: ClassVar[str] = "case.clock_missed"
    clock: str
    due_at: str


@dataclass(frozen=True)
class CaseSwapAgreed(OfCase):
    """A replacement is kept for her; the carrier brings it and takes the other along."""

    type: ClassVar[str] = "case.swap_agreed"
    returned: str
    replacement: str


@dataclass(frozen=True)
class CaseClosed(OfCase):
    """Nothing is left to do."""

    type: ClassVar[str] = "case.closed"
    outcome: str


@dataclass(frozen=True)
class CaseReopened(OfCase):
    """It was not over after all: it has new times, all of which she is told."""

    type: ClassVar[str] = "case.reopened"
    resolve_due: str
    reply_due: str
    was_resolve_due: str
    was_reply_due: str
