"""Buyers who come at the same moment: threads, each with an HTTP connection of its own."""

import http.client
import json
import secrets
import threading
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.db import connections

from commerce.ids import digest
from orders.journal import signing


class Answer(NamedTuple):
    """What the service said."""

    status: int
    body: dict[str, Any]


class Client:
    """One kept connection from an address of its own; with a key it is a till or an agent, without one a visitor."""

    def __init__(self, url: str, *, key: str = "") -> None:
        parts = urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        address = str(IPv4Address(secrets.randbelow(2**24) + (10 << 24)))
        self.key = key
        self.headers = {"Content-Type": "application/json", "X-Forwarded-For": address}
        if key:
            self.headers["Authorization"] = f"Bearer {key}"

    def post(self, path: str, body: dict[str, Any], *, signed: bool = False) -> Answer:
        """One request; what a till tells is signed."""
        payload = json.dumps(body).encode()
        signature = {signing.HEADER: signing.signature(payload, digest(self.key))} if signed else {}
        self.connection.request("POST", path, payload, self.headers | signature)
        answer = self.connection.getresponse()
        text = answer.read()
        is_json = "json" in (answer.getheader("Content-Type") or "")
        return Answer(answer.status, json.loads(text) if is_json else {})

    def close(self) -> None:
        """Hang up."""
        self.connection.close()


Work = Callable[[threading.Barrier], None]


def at_once(works: Sequence[Work]) -> None:
    """Run each in a thread of its own; each gets ready, waits at the barrier, and goes on with the others.

    Raises what one of them met.
    """
    barrier = threading.Barrier(len(works))
    problems: list[Exception] = []

    def run(work: Work) -> None:
        try:
            work(barrier)
        except Exception as problem:
            problems.append(problem)
            barrier.abort()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    causes = [problem for problem in problems if not isinstance(problem, threading.BrokenBarrierError)]
    for problem in causes or problems:
        raise problem
