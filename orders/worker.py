"""What Beat asks of this package now and then."""

from celery import shared_task

from commerce import clock
from orders.delivery import tracking
from orders.journal import deciding, files
from orders.journal.exposure import refresh_buffers
from orders.pickup_load import refresh
from orders.repairs import mending


@shared_task(name="orders.refresh_pickup_load")
def refresh_pickup_load() -> int:
    """Bring the stores' pickup load up to date."""
    return refresh(at=clock.now())


@shared_task(name="orders.mend_shelves")
def mend_shelves() -> int:
    """Look after every shelf that has less than is promised of it, whatever broke it."""
    return mending.sweep(at=clock.now())


@shared_task(name="orders.refresh_buffers")
def reckon_buffers() -> int:
    """Bring the buffers up to date, where they are reckoned."""
    return refresh_buffers(at=clock.now())


@shared_task(name="orders.settle_tills")
def settle_tills() -> int:
    """Book what tills told and what can be booked by now, and tell of what waits for too long."""
    return deciding.sweep(at=clock.now())


@shared_task(name="orders.forget_till_files")
def forget_till_files() -> int:
    """Let go of files of tills that nobody could read for a month."""
    return files.forget(at=clock.now())


@shared_task(name="orders.ask_about_silent_parcels")
def ask_about_silent_parcels() -> int:
    """Ask carriers about parcels of which nothing was heard for long."""
    return tracking.look(at=clock.now())
