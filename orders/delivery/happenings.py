"""What happens to deliveries, as it stands on the timeline."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class SlotTaken:
    """A window of time was agreed, for a whole order or one part of it."""

    type: ClassVar[str] = "delivery.slot_taken"
    order: str
    fulfillment: str | None
    slot: str
    starts_at: str
    ends_at: str


@dataclass(frozen=True)
class CallWanted:
    """Somebody is to be called, to agree on a delivery; where we have no number, she is written to."""

    type: ClassVar[str] = "call.wanted"
    order: str
    fulfillment: str
    due_at: str
    has_phone: bool


@dataclass(frozen=True)
class CallTried:
    """Nobody answered."""

    type: ClassVar[str] = "call.tried"
    order: str
    fulfillment: str
    tries: int


@dataclass(frozen=True)
class ParcelBooked:
    """A carrier will take the parcel, and has made its label."""

    type: ClassVar[str] = "parcel.booked"
    order: str
    fulfillment: str
    booking: str
    carrier: str


@dataclass(frozen=True)
class ParcelRefused:
    """A carrier does not take the parcel."""

    type: ClassVar[str] = "parcel.refused"
    order: str
    fulfillment: str
    booking: str
    carrier: str
    error: str
