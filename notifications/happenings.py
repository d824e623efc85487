"""What talking with people writes on the timeline: ids and facts, no word of what was said."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class MessageSent:
    """A transport took a message."""

    type: ClassVar[str] = "message.sent"
    message: str
    purpose: str
    contact_channel: str
    attempt: str


@dataclass(frozen=True)
class MessageDelivered:
    """The network says that a message arrived, or was read."""

    type: ClassVar[str] = "message.delivered"
    message: str
    purpose: str
    contact_channel: str
    attempt: str
    status: str


@dataclass(frozen=True)
class MessageDropped:
    """A message had become pointless or was not allowed; the reasons are codes of notifications.verdict."""

    type: ClassVar[str] = "message.dropped"
    message: str
    purpose: str
    reasons: list[str]


@dataclass(frozen=True)
class MessageWithheld:
    """Something happened, its cause, of which she is not told by a message of its own, and why."""

    type: ClassVar[str] = "message.withheld"
    purpose: str
    why: str


@dataclass(frozen=True)
class MessageFailed:
    """No address of hers takes a message."""

    type: ClassVar[str] = "message.failed"
    message: str
    purpose: str
    reasons: list[str]


@dataclass(frozen=True)
class MessageUnknown:
    """A message may have left or not: whoever sent it died, or the network did not answer. Not sent again."""

    type: ClassVar[str] = "message.unknown"
    message: str
    purpose: str
    attempt: str


@dataclass(frozen=True)
class MessageReceived:
    """A person said something to us."""

    type: ClassVar[str] = "conversation.message_received"
    conversation: str
    turn: int


@dataclass(frozen=True)
class Replied:
    """We answered in a conversation; `coupon` is the id of the code that the answer brings, if any."""

    type: ClassVar[str] = "conversation.replied"
    conversation: str
    turn: int
    coupon: int | None = None


@dataclass(frozen=True)
class SurveyAnswered:
    """A person said how it was; her words stay in the survey."""

    type: ClassVar[str] = "survey.answered"
    survey: str
    order: str
    score: int


@dataclass(frozen=True)
class ErasureAsked:
    """A person is to be forgotten, once nothing with her is open any more."""

    type: ClassVar[str] = "erasure.asked"
    person: str
    request: str


@dataclass(frozen=True)
class ErasureWithdrawn:
    """She stays."""

    type: ClassVar[str] = "erasure.withdrawn"
    person: str
    request: str


@dataclass(frozen=True)
class PersonErased:
    """Nothing that tells who she is is left."""

    type: ClassVar[str] = "person.erased"
    person: str
    request: str


@dataclass(frozen=True)
class DataExported:
    """Everything that is held about a person was given out, to herself or by the back office."""

    type: ClassVar[str] = "person.exported"
    person: str
