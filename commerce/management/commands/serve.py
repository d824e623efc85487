"""`manage.py serve`: the whole service on one machine."""

import os
import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from commerce.service import Service, ServiceError


class Command(BaseCommand):
    help = "Bring the database up to date and run web, worker, beat and relay until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
        parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets other machines in (default: %(default)s)")

    def handle(self, *, port: int, host: str, **_: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        connections.close_all()  # the supervisor needs none from here on
        self.stdout.write("database is up to date")
        service = Service(port=port, host=host, say=self._say)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: service.stop())
        try:
            service.run()
        except ServiceError as error:
            raise CommandError(str(error)) from error

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
