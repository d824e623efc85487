"""Who did it, as it stands on the timeline: a kind and an id, never a name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """Somebody or something that acts: person, staff, device, provider or the system itself."""

    kind: str
    id: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}" if self.id else self.kind


SYSTEM = Actor("system")
"""The worker, doing what follows from an entry."""

VISITOR = Actor("visitor")
"""A shopper who has not said who she is."""
