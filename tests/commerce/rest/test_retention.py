"""What is kept for a while is gone afterwards."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from commerce.rest.models import IdempotentAnswer, LimitCount
from commerce.rest.retention import forget
from commerce.rest.worker import sweep
from tests.factories import LONG_AGO, MONDAY

pytestmark = pytest.mark.django_db


def test_answers_counts_and_sessions_are_forgotten_when_their_time_is_over() -> None:
    for age, key in ((timedelta(days=3), "old"), (timedelta(hours=1), "new")):
        IdempotentAnswer.objects.create(caller="visitor", key=key, request_digest="", created_at=MONDAY - age)
        LimitCount.objects.create(
            name=key, subject="", count=1, ends_at=LONG_AGO if key == "old" else "2100-01-01T00:00Z"
        )
        Session.objects.create(
            session_key=key, session_data="", expire_date=LONG_AGO if key == "old" else "2100-01-01T00:00Z"
        )

    forgotten = forget(at=MONDAY)

    assert forgotten == 1
    assert [IdempotentAnswer.objects.get().key, LimitCount.objects.get().name, Session.objects.get().pk] == ["new"] * 3


def test_the_bell_rings_for_it() -> None:
    assert sweep() == 0
