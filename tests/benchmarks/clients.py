"""Sixteen shoppers at once: threads with one kept connection each, and what they were answered."""

import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


class Unexpected(Exception):
    """An answer that the measurement does not count on."""


class Client:
    """One shopper's kept connection."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)

    def send(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        expect: int = 200,
        headers: dict[str, str] | None = None,
    ) -> Any:
        """One request; raises Unexpected unless the status is the expected one."""
        payload = json.dumps(body) if body is not None else None
        typed = {"Content-Type": "application/json"} if payload else {}
        self.connection.request(method, path, payload, typed | (headers or {}))
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != expect:
            raise Unexpected(f"{method} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text) if text.startswith((b"{", b"[")) else text


@dataclass
class Load:
    """What a load did: how many operations, how long each took, how long all."""

    seconds: float = 0.0
    milliseconds: list[float] = field(default_factory=list)

    @property
    def operations(self) -> int:
        """How many were done."""
        return len(self.milliseconds)

    def percentile(self, share: float) -> float:
        """The time below which this share of the operations stayed, in milliseconds."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def run(
    url: str,
    operation: Callable[[Client, int], None],
    *,
    clients: int = 16,
    each: int = 25,
    per_second: float | None = None,
) -> Load:
    """Let `clients` shoppers do the operation `each` times, all starting together; raises what one of them met.

    With `per_second`, all of them together keep to that pace, and an operation that starts late counts its wait.
    """
    load = Load()
    barrier = threading.Barrier(clients + 1)
    problems: list[Exception] = []
    begun = [0.0]

    def shop(first: int) -> None:
        client = Client(url)
        barrier.wait()
        try:
            for number in range(first, first + each):
                started = time.perf_counter()
                if per_second:  # the turns of all clients, one after the other
                    turn = (number - first) * clients + first // each
                    started = begun[0] + turn / per_second
                    time.sleep(max(started - time.perf_counter(), 0))
                operation(client, number)
                load.milliseconds.append((time.perf_counter() - started) * 1000)
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=shop, args=(n * each,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    begun[0] = time.perf_counter()
    barrier.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    load.seconds = time.perf_counter() - started
    if problems:
        raise problems[0]
    return load
