"""The bell: after a commit, tell the relay that something is due. Losing a ring costs a second, never a task."""

from django.db import connection, transaction

CHANNEL = "mostrador_tasks"


def ring_on_commit() -> None:
    """Ring once this transaction has committed.

    NOTIFY stands outside the transaction on purpose: inside, PostgreSQL would serialize all committing sessions.
    """
    if not any(planned[1] is ring for planned in connection.run_on_commit):
        transaction.on_commit(ring, robust=True)


def ring() -> None:
    """Ring now."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")
