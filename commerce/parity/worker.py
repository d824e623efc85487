"""What Celery may ring for here."""

from celery import shared_task

from commerce import clock
from commerce.parity import comparing


@shared_task(name="parity.watch")
def watch() -> int:
    """Compare the channels' prices if something was published; returns how many differ."""
    done = comparing.watch(at=clock.now())
    return len(done.differences) if done else 0


@shared_task(name="parity.compare")
def compare() -> int:
    """Compare the channels' prices whatever happened, as every night; returns how many differ."""
    return len(comparing.run(at=clock.now()).differences)
