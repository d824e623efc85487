"""What a person must look at: opened by whoever noticed, once; closed by a person, or when it settled itself."""

from datetime import datetime

from commerce.timeline.actors import Actor
from orders.models import Order, Todo


def open_todo(
    kind: str,
    subject: str,
    *,
    order: Order | None,
    cause: str,
    location_id: int | None = None,
    due_at: datetime | None = None,
    at: datetime,
) -> Todo:
    """Put a matter on the list, or say more about it if it stands there already."""
    todo, is_new = Todo.objects.get_or_create(
        kind=kind,
        subject=subject,
        closed_at=None,
        defaults={
            "order": order,
            "location_id": location_id,
            "cause": cause[:200],
            "due_at": due_at,
            "opened_at": at,
        },
    )
    if not is_new and (todo.cause, todo.due_at) != (cause[:200], due_at or todo.due_at):
        todo.cause, todo.due_at = cause[:200], due_at or todo.due_at
        todo.save(update_fields=["cause", "due_at"])
    return todo


def close_todo(kind: str, subject: str, *, by: Actor, at: datetime) -> bool:
    """Take a matter off the list; says whether it stood there."""
    standing = Todo.objects.filter(kind=kind, subject=subject, closed_at=None)
    return bool(standing.update(closed_at=at, closed_by=str(by)[:60]))
