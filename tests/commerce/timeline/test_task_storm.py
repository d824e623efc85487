"""Workers are killed and race each other; every task still has its effect exactly once."""

import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest
from django.db import connection, connections

from commerce.timeline import tasks
from commerce.timeline.models import Entry, Task
from commerce.timeline.record import open_journey
from tests.factories import MONDAY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]

WRITE = "tests.commerce.timeline.handlers.write"
WORKER = """
import sys, django
from datetime import datetime
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from commerce.timeline.tasks import run_due
while True:
    run_due(at=datetime.fromisoformat(sys.argv[2]))
"""


def plan(count):
    journeys = [open_journey(at=MONDAY) for _ in range(10)]
    Task.objects.bulk_create(
        Task(handler=WRITE, key=str(n), due_at=MONDAY, journey=journeys[n % 10]) for n in range(count)
    )


def start_worker():
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, connection.settings_dict["NAME"], MONDAY.isoformat()],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "commerce.settings"},
    )


@pytest.mark.kill
def test_killing_workers_at_random_loses_nothing_and_doubles_nothing():
    plan(600)
    chance = random.Random(20261122)
    workers = [start_worker(), start_worker()]

    for _ in range(6):
        time.sleep(chance.uniform(0.6, 1.4))
        victim = workers.pop(chance.randrange(2))
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        # What the victim had is taken over when its lease ends; the test does not wait two minutes for that.
        Task.objects.filter(lease__isnull=False).update(leased_until="2020-01-01T00:00:00Z")
        workers.append(start_worker())
    deadline = time.monotonic() + 60
    while Task.objects.filter(status="pending").exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    for worker in workers:
        worker.kill()
        worker.wait()

    assert Task.objects.filter(status="done").count() == 600
    keys = list(Entry.objects.values_list("data__key", flat=True))
    assert sorted(keys, key=int) == [str(n) for n in range(600)]


def race(workers=8):
    barrier = threading.Barrier(workers)

    def work():
        barrier.wait()
        try:
            while tasks.run_due(at=MONDAY):
                pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_eight_workers_that_start_at_once_run_each_task_once_and_in_its_lane():
    plan(200)

    race()

    entries = list(Entry.objects.order_by("journey", "number").values_list("journey", "data__key"))
    assert len(entries) == 200
    by_journey = {}
    for journey, key in entries:
        by_journey.setdefault(journey, []).append(int(key))
    assert all(keys == sorted(keys) for keys in by_journey.values())


def test_without_the_fence_the_same_race_doubles_effects(monkeypatch):
    """The positive control: claims that lock nothing and completions that check nothing."""
    plan(200)
    monkeypatch.setattr(tasks, "hold", lambda task: None)
    monkeypatch.setattr(tasks, "settle", lambda task, **changes: Task.objects.filter(pk=task.pk).update(**changes))

    def read_only_claim(*, at, batch):
        found = list(Task.objects.filter(status="pending", due_at__lte=at).order_by("pk")[:batch])
        time.sleep(0.005)
        return found

    monkeypatch.setattr(tasks, "claim", read_only_claim)

    race()

    assert Entry.objects.count() > 200
