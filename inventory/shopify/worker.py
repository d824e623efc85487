"""What Beat asks of Shopify's stock."""

from celery import shared_task

from commerce import clock
from inventory.shopify.pushing import plan


@shared_task(name="inventory.shopify.plan")
def plan_pushes() -> int:
    """Plan to tell Shopify what has changed."""
    return plan(at=clock.now())
