"""The Celery side of the bell: a ring is an empty message, and everything that is due is found in PostgreSQL."""

from celery import shared_task

from commerce import clock
from commerce.timeline.tasks import run_due


@shared_task(name="timeline.run_due")
def ring() -> int:
    """Run what is due now; ringing twice, late or not at all does no harm."""
    return run_due(at=clock.now())
