"""Steps in the life of a return: its status is written here alone, by UPDATEs that name the status they saw."""

from typing import Any

from commerce.rest.problems import Problem
from orders import moves
from orders.models import Order
from orders.returns.lifecycle import RETURN
from orders.returns.models import Return


class ReturnGone(Problem):
    """There is no such return any more."""

    code = "not_found"
    status = 404


def lock(returned: Return) -> tuple[Return, Order | None]:
    """The return as it stands now, locked after its order as everywhere; raises ReturnGone."""
    order = moves.lock(returned.order) if returned.order else None
    locked = (
        Return.objects.select_for_update(no_key=True, of=("self",))
        .select_related("sales_channel", "location", "person", "replacement")
        .filter(pk=returned.pk)
        .first()
    )
    if locked is None:
        raise ReturnGone("there is no such return")
    locked.order = order
    return locked, order


def step(returned: Return, after: str, **facts: Any) -> None:
    """Take one step of a locked return; raises IllegalMove."""
    moves.guarded(RETURN, Return.objects.filter(pk=returned.pk), returned, "status", after, facts)


def named(returned: Return) -> tuple[str, str]:
    """The facts that every entry about a return begins with."""
    return returned.order.public_id if returned.order else "", returned.public_id
