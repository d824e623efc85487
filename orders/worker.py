"""What Beat asks of this package now and then."""

from celery import shared_task

from commerce import clock
from orders.pickup_load import refresh


@shared_task(name="orders.refresh_pickup_load")
def refresh_pickup_load() -> int:
    """Bring the stores' pickup load up to date."""
    return refresh(at=clock.now())
