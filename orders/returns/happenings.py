"""What happens to returns, as it stands on the timeline: ids and facts. Amounts are minor units."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class OfReturn:
    """What is told of every step of a return; `order` is empty where nobody could say which it was."""

    type: ClassVar[str]
    order: str
    returned: str


@dataclass(frozen=True)
class ReturnStarted(OfReturn):
    """Somebody began to say what is to come back; another channel can go on with it."""

    type: ClassVar[str] = "return.started"
    lines: int


@dataclass(frozen=True)
class ReturnRequested(OfReturn):
    """It was said what comes back, why, how, and for what."""

    type: ClassVar[str] = "return.requested"
    way: str
    outcome: str
    policy: str
    units: int


class ReturnCanceled(OfReturn):
    """It does not come back after all."""

    type: ClassVar[str] = "return.canceled"


@dataclass(frozen=True)
class ReturnReceived(OfReturn):
    """The goods are at a place of ours."""

    type: ClassVar[str] = "return.received"
    location: int


class ReturnUnreceived(OfReturn):
    """That was a slip: the goods are not here."""

    type: ClassVar[str] = "return.unreceived"


@dataclass(frozen=True)
class ReturnInspected(OfReturn):
    """Somebody looked at the goods; `conditions` are units by condition."""

    type: ClassVar[str] = "return.inspected"
    conditions: dict[str, int]
    total: int
    fee: int
    currency: str


class ReturnReopened(OfReturn):
    """The goods are looked at once more."""

    type: ClassVar[str] = "return.reopened"


@dataclass(frozen=True)
class ReturnSettled(OfReturn):
    """She has what is due to her."""

    type: ClassVar[str] = "return.settled"
    outcome: str
    total: int
    currency: str
    replacement: str
