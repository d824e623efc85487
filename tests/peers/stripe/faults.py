"""What goes wrong on request: answers that are lost after the work was done, errors, limits, slowness."""

import random
import threading
from dataclasses import dataclass

KINDS = ("lose_answer", "error", "error_after", "limit", "slow")
"""Lost after success; 500 before and after the work; 429; the answer takes `seconds`."""


@dataclass
class Fault:
    """One thing that will go wrong, so many times, at requests that fit."""

    kind: str
    method: str = "POST"
    path: str = "/v1/"
    times: int = 1
    seconds: float = 0.0
    chance: float = 1.0


class Faults:
    """The faults that wait for a request."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()
        self._random = random.Random(1)

    def add(self, fault: Fault) -> None:
        """Let something go wrong soon."""
        if fault.kind not in KINDS:
            raise ValueError(f"no such fault: {fault.kind}; there are {', '.join(KINDS)}")
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Let nothing more go wrong."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that befalls this request."""
        with self._lock:
            for fault in self._waiting:
                fits = fault.times > 0 and fault.method == method and path.startswith(fault.path)
                if fits and self._random.random() < fault.chance:
                    fault.times -= 1
                    return fault
        return None
