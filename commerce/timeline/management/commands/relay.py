"""Listens for the bell that commits ring, and wakes a worker; does the work itself when the broker is gone."""

import logging
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import OperationalError, connection
from kombu.exceptions import OperationalError as BrokerGone

from commerce import clock
from commerce.timeline import bell, worker
from commerce.timeline.models import Task
from commerce.timeline.tasks import run_due

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
"""How often due tasks are looked for when nothing rings: delayed ones, and rings that got lost."""


class Command(BaseCommand):
    help = "Wakes a worker when a task is due; the tasks run here if the broker cannot be reached."

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            try:
                self.listen()
            except OperationalError:
                logger.warning("the database cannot be reached; trying again")
                connection.close()
                time.sleep(SWEEP_SECONDS)

    def listen(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {bell.CHANNEL}")
        listening = connection.connection
        while True:
            if Task.objects.filter(status=Task.Status.PENDING, due_at__lte=clock.now()).exists():
                wake()
            for _ in listening.notifies(timeout=SWEEP_SECONDS, stop_after=1):
                pass


def wake() -> None:
    """Ask Celery to run what is due, without waiting for a broker that does not answer."""
    try:
        worker.ring.apply_async(retry=False, expires=10)
    except (BrokerGone, OSError):
        logger.warning("the broker cannot be reached; running what is due here")
        run_due(at=clock.now(), limit=100)
