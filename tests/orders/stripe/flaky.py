"""A handler of Stripe's webhook that fails now and then, named by the chaos test in place of the real one."""

import random
from datetime import datetime

from commerce.inbox.models import InboundEvent
from orders.stripe import hooks

chance = random.Random(20261122)
SHARE = 0.05
failed = 0


def handle(event: InboundEvent, *, at: datetime) -> None:
    """Fail one time in twenty, after the work was done, so that a half-kept effect would be seen."""
    global failed
    hooks.handle(event, at=at)
    if chance.random() < SHARE:
        failed += 1
        raise RuntimeError("flaky")
