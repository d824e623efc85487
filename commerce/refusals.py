"""Refusals in the reader's language: stable code → sentence. Facts of the refusal may stand in it by name."""

from typing import Any

from django.utils.translation import gettext_lazy as _

REFUSALS = {
    "not_open": _("The web store is not open yet."),
    "busy": _("Others are changing the same thing. Please try again."),
}


def sentence(code: str, detail: str, facts: dict[str, Any]) -> str:
    """A refusal as a shopper or clerk reads it; the use case's own words where the table has none."""
    words = REFUSALS.get(code)
    try:
        return str(words) % facts if words else detail
    except (KeyError, TypeError):
        return detail
