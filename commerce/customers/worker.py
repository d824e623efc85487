"""What Beat asks of this room now and then."""

from celery import shared_task

from commerce import clock
from commerce.customers.matching import look_for_others


@shared_task(name="customers.look_for_others")
def weigh_new_addresses() -> int:
    """Look who else gave the addresses that came in."""
    return look_for_others(at=clock.now())
