"""What happens to a wish to be told, as it stands on the timeline."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class OfAlert:
    """What all of these say: which one, of what, and at which store (none where it is brought home)."""

    alert: str
    variant: int
    location: int | None


@dataclass(frozen=True)
class AlertAsked(OfAlert):
    """Somebody wants to be told when it is back."""

    type: ClassVar[str] = "alert.asked"


@dataclass(frozen=True)
class AlertOffered(OfAlert):
    """It is back, and one unit is kept for her until then."""

    type: ClassVar[str] = "alert.offered"
    reservation: str
    until: str


@dataclass(frozen=True)
class AlertWithdrawn(OfAlert):
    """She does not want to know any more."""

    type: ClassVar[str] = "alert.withdrawn"
