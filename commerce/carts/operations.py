"""Several hands in one cart: what their edits of one line mean together, in whatever order they arrive.

Three rules, and no other: units that were added all count; of quantities that were typed without sight of each other
the one that leaves more wins, with the units added that its author had not seen; and what was removed stays removed
for every edit whose author had not seen the removal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from commerce.carts.models import Cart, CartOperation
from commerce.rest.problems import Problem

Kind = CartOperation.Kind


class OperationReused(Problem):
    """The client's id of an edit was used before, for another edit."""

    code = "operation_reused"
    status = 422


@dataclass(frozen=True)
class Operation:
    """One edit of one line, with what its author had before her eyes."""

    kind: str
    quantity: int
    seen: int
    version: int
    hand: str = ""

    def saw(self, other: "Operation") -> bool:
        """Whether its author knew of another edit: she had seen it, or made it herself just before."""
        same_hand = bool(self.hand) and self.hand == other.hand
        return other.version <= self.seen or (same_hand and other.version < self.version)


def settled(operations: Sequence[Operation]) -> int:
    """How many units all edits of a line leave; the order in which they are given does not matter."""
    removals = [one for one in operations if one.kind == Kind.REMOVE]
    alive = [one for one in operations if one.kind != Kind.REMOVE and all(one.saw(removal) for removal in removals)]
    typed = [one for one in alive if one.kind == Kind.SET]
    added = [one for one in alive if one.kind == Kind.ADD]
    latest = [one for one in typed if not any(other.saw(one) for other in typed if other is not one)]
    if not latest:
        return sum(one.quantity for one in added)
    return max(one.quantity + sum(more.quantity for more in added if not one.saw(more)) for one in latest)


def known(cart: Cart, key: str, *, variant: int, kind: str, quantity: int) -> bool:
    """Whether this edit was done before; raises OperationReused where the id stands for another one."""
    done = list(cart.operations.filter(key=key).values_list("variant", "kind", "quantity"))
    if done and done != [(variant, kind, quantity)]:
        raise OperationReused("this id was used for another edit of the cart")
    return bool(done)


LOG = """
SELECT kind, quantity, seen, version, hand FROM carts_cartoperation
WHERE cart_id = %(cart)s AND variant_id = %(variant)s
      AND version > (SELECT base_version FROM carts_cartline WHERE cart_id = %(cart)s AND variant_id = %(variant)s)
ORDER BY version
"""


def history_of(cart: Cart, variant: int) -> list[Operation]:
    """The edits of a line since it was last written as a whole, that writing first. The cart is locked."""
    values: dict[str, Any] = {"cart": cart.pk, "variant": variant}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT base_version, base_quantity FROM carts_cartline"
            " WHERE cart_id = %(cart)s AND variant_id = %(variant)s",
            values,
        )
        version, quantity = cursor.fetchone() or (0, 0)
        cursor.execute(LOG, values)
        since = [Operation(*row) for row in cursor.fetchall()]
    if not version:
        return since
    kind = Kind.SET if quantity else Kind.REMOVE
    return [Operation(kind, quantity, version - 1, version), *since]
