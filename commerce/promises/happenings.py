"""What becomes of promises, as it stands on the timeline. That one was kept is told by what kept it."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class OfPromise:
    """What all of these say."""

    promise: str
    kind: str
    subject: str
    due_at: str


@dataclass(frozen=True)
class PromiseEndangered(OfPromise):
    """It will not hold, and why; she is told now, and when it will be instead, if we know."""

    type: ClassVar[str] = "promise.endangered"
    danger: str
    expected_at: str | None


@dataclass(frozen=True)
class PromiseDated(OfPromise):
    """No day was named, and now there is one; she is told."""

    type: ClassVar[str] = "promise.dated"
    expected_at: str


@dataclass(frozen=True)
class PromiseMoved(OfPromise):
    """She was told of another time, by a message: that is promised from now on; no time where we know none."""

    type: ClassVar[str] = "promise.moved"
    until: str | None
    message: str


@dataclass(frozen=True)
class PromiseBroken(OfPromise):
    """Its time is over, and it was not kept; "unforeseen" where nothing had told us."""

    type: ClassVar[str] = "promise.broken"
    danger: str
