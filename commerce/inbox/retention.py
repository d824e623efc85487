"""How long raw webhooks are kept: they may hold personal data. The row stays, so that a replay is still known."""

from datetime import datetime, timedelta

from commerce.inbox.models import InboundEvent

KEPT_FOR = timedelta(days=30)


def forget_bodies(*, at: datetime) -> int:
    """Empty the bodies of events that were dealt with and are older than we keep them; returns how many."""
    dealt_with = (InboundEvent.Status.HANDLED, InboundEvent.Status.IGNORED, InboundEvent.Status.FAILED)
    old = InboundEvent.objects.filter(status__in=dealt_with, received_at__lte=at - KEPT_FOR).exclude(body=b"")
    return old.update(body=b"")
