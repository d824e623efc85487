"""Work that is left lying raises alarm: for a monitor, and on the first page of the back office."""

from datetime import timedelta

import pytest
from django.test import Client

from commerce import clock
from commerce.inbox.receiving import receive
from commerce.timeline.backlog import DEEP
from commerce.timeline.models import Task
from commerce.timeline.tasks import schedule
from tests.factories import staff

pytestmark = pytest.mark.django_db


def seen(client: Client) -> tuple[int, dict]:
    answer = client.get("/healthz/work")
    return answer.status_code, answer.json()


def test_what_has_just_come_or_is_not_due_is_no_alarm(client: Client):
    schedule("tests.nowhere.at_all", key="soon", due_at=clock.now() + timedelta(days=1))
    receive("stripe", "evt_1", b"{}", at=clock.now())

    status, told = seen(client)

    assert (status, told["alarm"], told["webhooks"]["waiting"], told["tasks"]["waiting"]) == (200, False, 1, 0)


@pytest.mark.parametrize("kind", ["webhooks", "tasks"])
def test_what_waits_too_long_is_an_alarm_that_says_what_it_is(kind, client: Client):
    long_ago = clock.now() - timedelta(minutes=11)
    if kind == "webhooks":
        receive("stripe", "evt_1", b"{}", at=long_ago)
    else:
        schedule("tests.nowhere.at_all", key="late", due_at=long_ago)

    status, told = seen(client)

    assert (status, told["alarm"], told[kind]["waiting"]) == (503, True, 1)
    assert told[kind]["oldest_seconds"] >= 660
    client.force_login(staff("back_office"))
    assert f"1 {kind} are due and not done, the oldest for 11 minutes" in client.get("/admin/").content.decode()


def test_too_much_at_once_is_an_alarm_before_it_is_late(client: Client):
    Task.objects.bulk_create(Task(handler="x.y", key=str(n), due_at=clock.now()) for n in range(DEEP + 1))

    assert seen(client)[0] == 503


def test_the_back_office_is_quiet_while_work_is_done(client: Client):
    client.force_login(staff("back_office"))

    assert "left lying" not in client.get("/admin/").content.decode()
