"""What Celery may ring for here."""

from celery import shared_task

from commerce import clock
from commerce.inbox.retention import forget_bodies


@shared_task(name="inbox.forget_bodies")
def sweep() -> int:
    """Empty raw webhooks that have been kept long enough."""
    return forget_bodies(at=clock.now())
