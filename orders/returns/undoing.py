"""Undoing the last step of a return, as long as nobody has been given anything."""

from collections.abc import Callable, Mapping
from datetime import datetime

from commerce.timeline.actors import Actor
from orders import moves
from orders.returns import receiving, starting
from orders.returns.models import Return

Status = Return.Status
UNDO: Mapping[str, Callable[..., Return]] = {
    Status.STARTED: starting.cancel,
    Status.REQUESTED: starting.cancel,
    Status.RECEIVED: receiving.unreceive,
    Status.INSPECTED: receiving.reopen,
}


def undo(returned: Return, *, by: Actor, channel: str, at: datetime) -> Return:
    """Take the last step back; raises IllegalMove where she has what was due, or nothing is left to undo."""
    if returned.status not in UNDO:
        raise moves.IllegalMove(f"a return that is {returned.status} cannot be undone", before=returned.status)
    return UNDO[returned.status](returned, by=by, channel=channel, at=at)
