"""Refusals in the words and with the statuses of Stripe's API."""

from typing import Any


class Refusal(Exception):
    """An answer that is an error object; `stored` says whether the idempotency key remembers it."""

    def __init__(self, status: int, kind: str, message: str, code: str = "", **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.stored = kind == "card_error"
        self.body = {"error": {"type": kind, "message": message} | ({"code": code} if code else {}) | more}


def invalid(message: str, code: str = "", *, status: int = 400, **more: Any) -> Refusal:
    """The request asks for something that cannot be."""
    return Refusal(status, "invalid_request_error", message, code, **more)


def missing(kind: str, identifier: str) -> Refusal:
    """Nothing has this id."""
    return invalid(f"No such {kind}: '{identifier}'", "resource_missing", status=404, param="id")


def declined(code: str, intent: dict[str, Any] | None = None) -> Refusal:
    """The bank said no."""
    about = {"payment_intent": intent} if intent else {}
    return Refusal(402, "card_error", "Your card was declined.", "card_declined", decline_code=code, **about)
