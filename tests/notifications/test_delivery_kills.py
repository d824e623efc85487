"""Workers are killed while they send: nobody gets a mail twice, none is lost, and what nobody can know is shown."""

import email
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from django.db import connection

from commerce.timeline.models import Entry, Task
from notifications.audit import RULES
from notifications.messages import tell
from notifications.models import Attempt, Message
from tests.factories import MONDAY, person
from tests.notifications.shop import order
from tests.notifications.test_smtp import free_port

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]

MESSAGES, KILLS = 80, 4
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


class Sink:
    """Counts the mails that arrive, by recipient."""

    def __init__(self) -> None:
        self.arrived: Counter[str] = Counter()

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        mail = email.message_from_bytes(envelope.content, policy=default)
        self.arrived[str(mail["To"])] += 1
        return "250 OK"


def start_worker(port: int) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, connection.settings_dict["NAME"], MONDAY.isoformat()],
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "commerce.settings",
            "EMAIL_TRANSPORT": "smtp",
            "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        },
    )


def test_no_mail_is_doubled_and_none_is_lost_when_its_sender_is_killed():
    for n in range(MESSAGES):
        bought = order(person(email=f"p{n}@example.com"))
        tell(bought.person, purpose="order_confirmation", subject=bought.public_id, journey=bought.journey, at=MONDAY)
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    chance = random.Random(20261122)
    workers = [start_worker(controller.port), start_worker(controller.port)]

    for _ in range(KILLS):
        seen = sum(sink.arrived.values())
        deadline = time.monotonic() + 20
        while sum(sink.arrived.values()) < min(seen + 8, MESSAGES - 8) and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.03))
        victim = workers.pop(chance.randrange(2))
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        # What the victim had is taken over when its lease ends; the test does not wait two minutes for that.
        Task.objects.filter(lease__isnull=False).update(leased_until="2020-01-01T00:00:00Z")
        workers.append(start_worker(controller.port))
    deadline = time.monotonic() + 60
    while Message.objects.filter(status="waiting").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    for worker in workers:
        worker.kill()
        worker.wait()
    controller.stop()

    assert max(sink.arrived.values()) == 1
    states = Counter(Message.objects.values_list("status", flat=True))
    assert set(states) <= {"sent", "unknown"}
    # The other worker's leases were ended with the victim's, so that what it was sending became unknown, too.
    assert states["unknown"] <= 2 * KILLS
    sent = set(Attempt.objects.filter(status="accepted").values_list("contact_point__value", flat=True))
    assert len(sent) == states["sent"]
    assert sent <= set(sink.arrived)
    assert Entry.objects.filter(type="message.unknown").count() == states["unknown"]
    with connection.cursor() as cursor:
        for rule in RULES:
            cursor.execute(rule.violations)
            assert cursor.fetchall() == [], rule.name
    print(f"{states['sent']} sent, {states['unknown']} unknown, {sum(sink.arrived.values())} arrived, {KILLS} kills")
