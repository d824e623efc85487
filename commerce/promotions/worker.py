"""What Celery may ring for here."""

from celery import shared_task

from commerce import clock
from commerce.promotions.uses import release_expired


@shared_task(name="promotions.release_expired")
def sweep() -> int:
    """Give back the uses of coupons whose checkout's time is over."""
    return release_expired(at=clock.now())
