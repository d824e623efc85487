"""What disputes and kept cards write on the timeline."""

from dataclasses import dataclass
from typing import ClassVar

from orders.paying_happenings import OfPayment


@dataclass(frozen=True)
class DisputeOpened(OfPayment):
    """A cardholder asked her bank for the money back; we may answer until `due_by`."""

    type: ClassVar[str] = "dispute.opened"
    dispute: str
    due_by: str | None


@dataclass(frozen=True)
class DisputeClosed(OfPayment):
    """The bank decided; `outcome` is Stripe's word."""

    type: ClassVar[str] = "dispute.closed"
    dispute: str
    outcome: str


@dataclass(frozen=True)
class OfCard:
    """What is told of every card that is kept; what she tells it by is not."""

    person: str
    card: str


@dataclass(frozen=True)
class CardPageAsked:
    """She wants a card to be kept without paying now; `page` is ours."""

    type: ClassVar[str] = "card.asked"
    person: str
    page: str


class CardKept(OfCard):
    """A card is kept at Stripe, because she asked for it."""

    type: ClassVar[str] = "card.kept"


class CardRemoved(OfCard):
    """A card is kept no more."""

    type: ClassVar[str] = "card.removed"
