"""The life of a transfer; inventory.floor.carrying takes the steps."""

from collections.abc import Mapping

from inventory.floor.models import Transfer

Status = Transfer.Status

# What is on the road cannot be called back: it arrives, all or part, or the rest is written off with a reason.
TRANSFER: Mapping[str, frozenset[str]] = {
    Status.DRAFT: frozenset({Status.IN_TRANSIT, Status.CANCELED}),
    Status.IN_TRANSIT: frozenset({Status.PARTLY_RECEIVED, Status.RECEIVED}),
    Status.PARTLY_RECEIVED: frozenset({Status.RECEIVED}),
    Status.RECEIVED: frozenset(),
    Status.CANCELED: frozenset(),
}
