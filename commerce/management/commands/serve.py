"""`manage.py serve`: the whole service on one machine."""

import os
import signal
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from commerce import embedded, stand_ins
from commerce.service import Service, ServiceError, require_free_port


class Command(BaseCommand):
    help = "Bring the database up to date and run web, worker, beat and relay until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
        parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets other machines in (default: %(default)s)")

    def handle(self, *, port: int, host: str, **_: Any) -> None:
        try:
            service = prepare(port=port, host=host, say=self._say)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, lambda *_: service.stop())
            service.run()
        except ServiceError as error:
            raise CommandError(str(error)) from error

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def prepare(*, port: int, say: Callable[[str], None], host: str = "127.0.0.1", stands_in: bool = False) -> Service:
    """Bring database and static files up to date, and return the service, not yet started.

    `stands_in` starts a stand-in for Stripe besides, where no key is set.

    `with prepare(port=8000, say=print) as service: service.wait_until_healthy()` runs it in the background.
    """
    require_free_port(host, port)
    call_command("migrate", interactive=False, verbosity=0)
    connections.close_all()  # the supervisor needs none from here on
    say("database is up to date")
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    if settings.PRODUCTION:
        call_command("collectstatic", interactive=False, verbosity=0)
    broker = os.environ.get("CELERY_BROKER_URL") or embedded.broker_url()
    environment = {**os.environ, "CELERY_BROKER_URL": broker, "PORT": str(port)}
    besides = []
    if stands_in and not settings.STRIPE_API_KEY:
        stripe, connected = stand_ins.stripe(shop_url=f"http://127.0.0.1:{port}", clock=settings.MOVABLE_CLOCK)
        environment |= connected
        besides.append(stripe)
    return Service(port=port, host=host, say=say, var=settings.VAR_DIR, environment=environment, besides=besides)
