"""What Celery may ring for here."""

from celery import shared_task

from commerce import clock
from commerce.carts import parity


@shared_task(name="carts.watch_parity")
def watch_parity() -> int:
    """Compare the channels' prices if something was published, or a day is over; returns how many differ."""
    run = parity.watch(at=clock.now())
    return len(run.differences) if run else 0
