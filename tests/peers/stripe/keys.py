"""Idempotency keys, as Stripe keeps them: the first answer is given again, another request is refused."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.peers.stripe.errors import Refusal

LONGEST_KEY = 255


@dataclass
class Answer:
    """What was answered to the first request with a key; nothing while that request still runs."""

    request: tuple[str, str]
    status: int = 0
    body: Any = None


class Keys:
    """The keys seen so far."""

    def __init__(self) -> None:
        self._answers: dict[str, Answer] = {}
        self._lock = threading.Lock()

    def once(
        self, key: str, request: tuple[str, str], work: Callable[[], tuple[int, Any, bool]]
    ) -> tuple[int, Any, bool]:
        """Status, body and whether it is a replay; `work` says whether its answer is to be remembered.

        Raises Refusal for a key that is too long, in use at this moment, or used for another request.
        """
        if len(key) > LONGEST_KEY:
            raise Refusal(400, "invalid_request_error", "Idempotency keys have at most 255 characters.")
        with self._lock:
            first = self._answers.get(key)
            if first is None:
                self._answers[key] = Answer(request)
        if first is not None:
            return self._again(first, key, request)
        remembered = False
        try:
            status, body, remembered = work()
        finally:
            with self._lock:
                if remembered:
                    self._answers[key] = Answer(request, status, body)
                else:
                    del self._answers[key]
        return status, body, False

    def _again(self, first: Answer, key: str, request: tuple[str, str]) -> tuple[int, Any, bool]:
        if first.request != request:
            raise Refusal(
                400,
                "idempotency_error",
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{key}' if you meant to execute a different request.",
            )
        if not first.status:
            raise Refusal(
                409,
                "idempotency_error",
                "There is currently another in-progress request using this Idempotent Key.",
                "idempotency_key_in_use",
            )
        return first.status, first.body, True
