"""A refusal that a caller can act on, as RFC 9457 problem details with a stable code."""

from http import HTTPStatus
from typing import Any

MACHINES = ("/api/", "/hooks/")
"""Where errors are told to machines; everywhere else a person reads them."""


class Problem(Exception):
    """A refusal that a caller can act on. Rooms raise subclasses, with a sentence that a person may read.

    `code` is stable; `status` is what HTTP calls it; `facts` are further members of the answer (such as a new total).
    A fact `retry_after` is told in the header of that name, too.
    """

    code = "refused"
    status = 409

    def __init__(self, detail: str, **facts: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts


def details(status: int, code: str, detail: str, **facts: Any) -> dict[str, Any]:
    """The body of every error."""
    named = {"title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail}
    return {"type": f"about:blank#{code}"} | named | facts
