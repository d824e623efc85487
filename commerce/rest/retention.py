"""What is kept for a while only: it may hold personal data, and nobody needs it any longer."""

from datetime import datetime, timedelta

from django.contrib.sessions.backends.db import SessionStore
from django.db.models.functions import Now

from commerce.rest.models import IdempotentAnswer, LimitCount

ANSWERS_LAST = timedelta(days=2)
"""So long a request with an Idempotency-Key may be repeated."""


def forget(*, at: datetime) -> int:
    """Delete stored answers, counts and sessions whose time is over; returns how many answers there were."""
    forgotten, _ = IdempotentAnswer.objects.filter(created_at__lt=at - ANSWERS_LAST).delete()
    LimitCount.objects.filter(ends_at__lt=Now()).delete()
    SessionStore.clear_expired()
    return forgotten
