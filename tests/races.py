"""Many sessions that do the same thing at the same moment, on connections of their own."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections


def at_once(sessions: int, work: Callable[[int], Any]) -> list[Any]:
    """Run `work(0)`, `work(1)`… all at once; returns what each returned or raised, in that order."""
    outcomes: list[Any] = [None] * sessions
    barrier = threading.Barrier(sessions)

    def run(number: int) -> None:
        try:
            connections["default"].ensure_connection()
            barrier.wait()
            outcomes[number] = work(number)
        except Exception as problem:
            outcomes[number] = problem
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
