"""Two that tell of the same sale at the same moment: the second looks again, once the first is done.

A fact's own key makes it happen once. Who comes second finds it in the books; who comes at the very same moment is
stopped by the database, and must not hear of a fault but what the second one hears.
"""

from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError
from psycopg.errors import DeadlockDetected, UniqueViolation

T = TypeVar("T")
TRIES = 4
KEYS = (
    "journal_fact_uuid",
    "orders_order_till_key",
    "orders_return_till_key",
    "returns_return_till_key",
    "inventory_movement_key",
)
"""How the constraints begin that make facts happen once."""


def insist(book: Callable[[], T]) -> T:
    """Book facts (in a transaction of the function's own), again where somebody else has just booked one of them."""
    for _ in range(TRIES - 1):
        try:
            return book()
        except DatabaseError as problem:
            if not is_told_elsewhere(problem):
                raise
    return book()


def is_told_elsewhere(problem: DatabaseError) -> bool:
    """Whether a fact's own key stopped it, or two waited for each other's facts."""
    match problem.__cause__:
        case UniqueViolation() as cause:
            return str(cause.diag.constraint_name).startswith(KEYS)
        case DeadlockDetected():
            return True
        case _:
            return False
