"""A web process that kills itself: as a request comes in, before or after a commit, or before its answer leaves.

Run as a program: database, port, file of deaths, how many, seed. A parent holds the listening socket and lives; each
child serves the whole application with connections of its own until it dies by SIGKILL, and the next takes over.
"""

import os
import random
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper

from commerce.wsgi import application
from tests.orders.stripe.mortal_worker import load_everything


class Deaths:
    """When the child dies; each death is written down before, so that the next child knows of it."""

    def __init__(self, file: Path, *, most: int, seed: int) -> None:
        self.file = file
        self.told = file.read_text().splitlines() if file.exists() else []
        self.left = most - len(self.told)
        self.chance = random.Random(f"{seed} {self.left}")
        self.request = ""

    def perhaps(self, where: str) -> None:
        """Die here, at times; sooner where no child has died yet."""
        here = f"{where} {self.request}"
        if self.left > 0 and self.request and self.chance.random() < (0.04 if here in self.told else 0.25):
            with self.file.open("a") as told:
                told.write(f"{here}\n")
            os.kill(os.getpid(), signal.SIGKILL)


class Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def serve(database: str, port: int, file: Path, most: int, seed: int) -> None:
    """Fork one child after the other."""
    connection.settings_dict["NAME"] = database
    deaths: list[Deaths] = []
    commit = DatabaseWrapper._commit

    def mortal_commit(self: DatabaseWrapper) -> None:
        deaths[0].perhaps("before the commit of")
        commit(self)
        deaths[0].perhaps("after the commit of")

    def mortal(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        kind = environ["PATH_INFO"].strip("/").split("/")
        deaths[0].request = f"{environ['REQUEST_METHOD']} {kind[0]} {kind[-1]}"
        deaths[0].perhaps("as it came:")
        answer = application(environ, start)
        deaths[0].perhaps("before the answer to")
        return answer

    load_everything()
    DatabaseWrapper._commit = mortal_commit  # type: ignore[method-assign]
    server = make_server("127.0.0.1", port, mortal, handler_class=Quiet)
    while True:
        if not (child := os.fork()):
            deaths.append(Deaths(file, most=most, seed=seed))
            server.serve_forever(poll_interval=0.05)
        os.waitpid(child, 0)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
