"""A webhook is stored once with its task; what its handler says of it is kept with what it did."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from commerce import wiring
from commerce.inbox.models import ExternalId, InboundEvent
from commerce.inbox.receiving import BodyForgotten, CannotHandle, Ignored, handle_again, receive
from commerce.inbox.retention import forget_bodies
from commerce.timeline.models import Task
from commerce.timeline.tasks import run_due
from tests.factories import MONDAY

HERE = "tests.commerce.inbox.test_receiving"


class Says:
    """What the handler does next."""

    problem: Exception | None = None


def handler(event: InboundEvent, *, at) -> None:
    ExternalId.objects.create(system="test", kind="event", external_id=event.external_id, ours=str(event.pk))
    if Says.problem:
        raise Says.problem


@pytest.fixture(autouse=True)
def wired(monkeypatch):
    monkeypatch.setitem(wiring.INBOX, "test", (f"{HERE}.verify", f"{HERE}.handler"))
    monkeypatch.setattr(Says, "problem", None)


def state() -> tuple[str, str, int]:
    event = InboundEvent.objects.get()
    return event.status, event.reason, ExternalId.objects.count()


@pytest.mark.django_db
def test_it_is_stored_once_with_one_task_in_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert receive("test", "e-1", b"{}", at=MONDAY) is True
    assert receive("test", "e-1", b"{}", at=MONDAY) is False

    assert (InboundEvent.objects.count(), Task.objects.count()) == (1, 1)
    run_due(at=MONDAY)
    assert state() == ("handled", "", 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("problem", "status"), [(Ignored("not ours"), "ignored"), (CannotHandle("no such parcel"), "failed")]
)
def test_what_it_means_nothing_or_cannot_be_handled_is_kept_with_the_reason_and_without_effect(problem, status):
    Says.problem = problem
    receive("test", "e-1", b"{}", at=MONDAY)

    run_due(at=MONDAY)

    assert state() == (status, str(problem), 0)


@pytest.mark.django_db
def test_a_handler_that_breaks_is_tried_again_and_was_never_seen_as_done():
    Says.problem = KeyError("broken")
    receive("test", "e-1", b"{}", at=MONDAY)
    run_due(at=MONDAY)
    assert state() == ("received", "", 0)

    Says.problem = None
    Task.objects.update(retry_at=None)
    run_due(at=MONDAY)

    assert state() == ("handled", "", 1)


@pytest.mark.django_db
def test_what_failed_can_be_handled_again_once_it_makes_sense():
    Says.problem = CannotHandle("no such parcel")
    receive("test", "e-1", b"{}", at=MONDAY)
    run_due(at=MONDAY)

    Says.problem = None
    event = InboundEvent.objects.get()
    handle_again(event, at=MONDAY)
    handle_again(event, at=MONDAY)
    run_due(at=MONDAY)

    assert state() == ("handled", "", 1)


@pytest.mark.django_db
def test_bodies_are_forgotten_after_a_month_and_a_replay_is_still_known():
    Says.problem = CannotHandle("no such parcel")
    receive("test", "e-1", b'{"name": "Lucia"}', at=MONDAY)
    run_due(at=MONDAY)

    assert forget_bodies(at=MONDAY + timedelta(days=29)) == 0
    assert forget_bodies(at=MONDAY + timedelta(days=30)) == 1
    assert forget_bodies(at=MONDAY + timedelta(days=31)) == 0
    assert receive("test", "e-1", b'{"name": "Lucia"}', at=MONDAY + timedelta(days=31)) is False
    with pytest.raises(BodyForgotten):
        handle_again(InboundEvent.objects.get(), at=MONDAY)


@pytest.mark.django_db
def test_what_was_not_handled_yet_is_never_forgotten():
    receive("test", "e-1", b"{}", at=MONDAY)

    assert forget_bodies(at=MONDAY + timedelta(days=365)) == 0


@pytest.mark.django_db(transaction=True)
def test_ten_deliveries_of_one_event_at_the_same_moment_are_one():
    start = threading.Barrier(10)
    news = []

    def deliver() -> None:
        try:
            start.wait()
            news.append(receive("test", "e-1", b"{}", at=MONDAY))
        finally:
            connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(news) == [False] * 9 + [True]
    assert (InboundEvent.objects.count(), Task.objects.count()) == (1, 1)
