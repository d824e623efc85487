"""What Celery may ring for here."""

from celery import shared_task

from commerce import clock
from commerce.promises.watching import watch


@shared_task(name="promises.watch")
def look() -> int:
    """See which promises will not hold, and which were broken."""
    return watch(at=clock.now())
