"""What Celery may ring for here."""

from celery import shared_task

from commerce import clock
from commerce.rest.retention import forget


@shared_task(name="rest.forget")
def sweep() -> int:
    """Delete what has been kept long enough."""
    return forget(at=clock.now())
