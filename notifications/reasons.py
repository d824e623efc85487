"""The reasons of verdicts in words, for staff."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commerce.naming import named
from notifications.verdict import Why

SENTENCES: dict[Why, Promise] = {
    Why.ERASED: _("the person was erased"),
    Why.SUBJECT_GONE: _("what it is about does not exist any more"),
    Why.SUBJECT_MOVED_ON: _("what it says is no longer so"),
    Why.BOUGHT_MEANWHILE: _("she has bought meanwhile"),
    Why.CART_EMPTY: _("the cart is empty"),
    Why.NOTHING_AVAILABLE: _("nothing in the cart can be had now"),
    Why.TOO_LATE: _("it comes too late to be of use"),
    Why.ANSWERED: _("she has answered already"),
    Why.NO_ADDRESS: _("we know no address of hers for it"),
    Why.ADDRESSES_FAILED: _("every address we know has failed"),
    Why.NO_CONSENT: _("she has not agreed to it"),
    Why.OPTED_OUT: _("she has said no to it"),
    Why.CHECKING_OUT: _("she is checking out at this moment"),
    Why.TALKING: _("she is talking with us at this moment"),
    Why.CASE_OPEN: _("a case of hers is being worked on"),
    Why.LAW_HOURS: _("the law of her place does not allow it at this hour"),
    Why.LAW_CAP: _("the law of her place does not allow more contacts now"),
    Why.HOUSE_HOURS: _("outside the hours in which we let phones ring"),
    Why.HER_HOURS: _("outside the hours she prefers"),
    Why.HER_HOURS_IMPOSSIBLE: _("her preferred hours come too late for it, or lie outside the law's"),
    Why.NO_TIME_LEFT: _("no allowed hour is left while it is of use"),
    Why.ASKED_FOR: _("she asked for it or is waiting for it"),
    Why.CONSENTED: _("she agreed to it"),
    Why.NOT_OPPOSED: _("neither she nor the law of her place says no"),
    Why.PREFERRED: _("by the contact channel she prefers"),
    Why.FALLBACK: _("over the next contact channel, as another failed"),
}


TOLD = ("law", "order", "channel", "contact_channel", "state")
"""The particulars of a reason that are told with it."""


def sentences(reasons: list[dict[str, str]]) -> list[str]:
    """Stored reasons in words, with the law or order that they name."""
    return [sentence(reason) for reason in reasons]


def sentence(reason: dict[str, Any]) -> str:
    """One stored reason in words."""
    words = str(SENTENCES.get(reason["why"], reason["why"]))
    particulars = ", ".join(named(reason[name]) for name in TOLD if name in reason)
    return f"{words} ({particulars})" if particulars else words
