"""Why an erasure waits, in words for the person herself."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from notifications import wording
from notifications.privacy.obstacles import Why

SENTENCES: dict[Why, Promise] = {
    Why.CHECKOUT_OPEN: _("a purchase is being paid"),
    Why.ORDER_OPEN: _("an order is on its way to you"),
    Why.MONEY_OPEN: _("money is on its way to you, or to us"),
    Why.GOODS_KEPT: _("something is kept for you in a store"),
    Why.LOOKED_AT: _("somebody here is still looking after one of your orders"),
    Why.RETURNS_OPEN: _("you may still give back what you bought"),
    Why.LEGAL_HOLD: _("the law obliges us to keep it"),
}


def told(reasons: Iterable[dict[str, Any]], *, zone: str, language: str) -> list[str]:
    """The reasons of a request, in the active language, with the day on which each ends if it is known."""
    return [sentence_of(reason, zone=zone, language=language) for reason in reasons]


def sentence_of(reason: dict[str, Any], *, zone: str, language: str) -> str:
    """One reason."""
    words = str(SENTENCES[Why(reason["why"])])
    if "until" not in reason:
        return words
    day = wording.day(datetime.fromisoformat(reason["until"]), zone=zone, language=language)
    return _now("%(reason)s, until %(day)s") % {"reason": words, "day": day}
