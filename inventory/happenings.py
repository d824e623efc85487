"""What happens to what somebody asked us to keep, as it stands on the timeline."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class OfReservation:
    """What all of these say: which one, of what, where."""

    reservation: str
    variant: int
    location: int
    quantity: int


@dataclass(frozen=True)
class ReservationMade(OfReservation):
    """Units are kept in a store until then."""

    type: ClassVar[str] = "reservation.made"
    until: str


@dataclass(frozen=True)
class ReservationInLine(OfReservation):
    """Somebody stands in line for the last units, and was told when they may come free."""

    type: ClassVar[str] = "reservation.in_line"
    position: int
    expected_at: str | None


@dataclass(frozen=True)
class ReservationOffered(OfReservation):
    """Others let go: the units are kept for her until then."""

    type: ClassVar[str] = "reservation.offered"
    until: str


@dataclass(frozen=True)
class ReservationEnding(OfReservation):
    """The time is nearly over, and she has not come."""

    type: ClassVar[str] = "reservation.ending"
    until: str


@dataclass(frozen=True)
class ReservationTaken(OfReservation):
    """She took what was kept for her."""

    type: ClassVar[str] = "reservation.taken"


@dataclass(frozen=True)
class ReservationReleased(OfReservation):
    """She does not want it any more."""

    type: ClassVar[str] = "reservation.released"


@dataclass(frozen=True)
class ReservationTakenBack(OfReservation):
    """The units are gone, though we said that we keep them."""

    type: ClassVar[str] = "reservation.taken_back"
    cause: str


@dataclass(frozen=True)
class ReservationExpired(OfReservation):
    """The time is over; the units are free again."""

    type: ClassVar[str] = "reservation.expired"
