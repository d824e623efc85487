"""The web process as it runs in production, on a free port, against a database of the lab."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from commerce.service import ROOT
from orders.racelab.databases import url_of

GUARDED = "commerce.wsgi:application"
UNGUARDED = "orders.racelab.unguarded:application"
SESSIONS = 8
PATIENCE = 60.0


class NoServer(RuntimeError):
    """The web process did not come up."""


@contextmanager
def server(*, database: str, without: str = "") -> Iterator[str]:
    """Two processes with eight threads each, so sixteen real database sessions; gives the address.

    `without` names the guard that they do not have (orders.racelab.without_guards).
    """
    application = UNGUARDED if without else GUARDED
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "2", "--blocking-threads", str(SESSIONS), "--no-ws", "--log-level", "critical"]
    environment = os.environ | {"DATABASE_URL": url_of(database), "DJANGO_SETTINGS_MODULE": "commerce.settings"}
    environment["RACELAB_WITHOUT"] = without
    environment["TRUSTED_PROXIES"] = "1"  # each buyer says from where she comes: limits count by network address
    process = subprocess.Popen(
        [*command, application],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + PATIENCE
        while not answers(url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise NoServer(f"{application} did not come up")
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def answers(url: str) -> bool:
    """Whether the health page answers."""
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:  # noqa: S310 (an address of our own)
            return bool(answer.status == 200)
    except OSError:
        return False
