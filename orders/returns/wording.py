"""Reasons, outcomes, ways, conditions and statuses of returns as people read them."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.returns.deciding import Offer
from orders.returns.models import Return, ReturnLine

Reason = ReturnLine.Reason
Condition = ReturnLine.Condition

REASONS: dict[str, Promise] = {
    Reason.UNWANTED: gettext_lazy("I do not want it"),
    Reason.TOO_SMALL: gettext_lazy("it is too small"),
    Reason.TOO_LARGE: gettext_lazy("it is too large"),
    Reason.DAMAGED: gettext_lazy("it came damaged"),
    Reason.WRONG: gettext_lazy("it is not what I ordered"),
    Reason.FAULTY: gettext_lazy("it does not work"),
}

OUTCOMES: dict[str, Promise] = {
    Return.Outcome.REFUND: gettext_lazy("my money back, the way I paid"),
    Return.Outcome.CREDIT: gettext_lazy("store credit"),
    Return.Outcome.EXCHANGE: gettext_lazy("an exchange"),
}

WAYS: dict[str, Promise] = {
    Return.Way.STORE: gettext_lazy("I bring it to a store"),
    Return.Way.POST: gettext_lazy("I send it by post"),
}

CONDITIONS: dict[str, Promise] = {
    Condition.SELLABLE: gettext_lazy("as new"),
    Condition.OPENED: gettext_lazy("opened, can be sold"),
    Condition.DAMAGED: gettext_lazy("damaged"),
    Condition.TO_SUPPLIER: gettext_lazy("goes to the supplier"),
    Condition.REFUSED: gettext_lazy("not taken"),
}

STATUSES: dict[str, Promise] = {
    Return.Status.STARTED: gettext_lazy("begun"),
    Return.Status.REQUESTED: gettext_lazy("we wait for it"),
    Return.Status.RECEIVED: gettext_lazy("it is here and will be looked at"),
    Return.Status.INSPECTED: gettext_lazy("it was looked at"),
    Return.Status.SETTLED: gettext_lazy("done"),
    Return.Status.CANCELED: gettext_lazy("it does not come back"),
}


QUESTIONS: dict[str, Promise] = {
    "outcome": gettext_lazy("what is wanted for it"),
    "way": gettext_lazy("how it comes back"),
    "confirm": gettext_lazy("announce it"),
}
"""What is still to be answered of a return that was begun."""


def why_not(offer: Offer) -> list[str]:
    """Why a line, or a part of it, cannot come back."""
    return [reason(why) for why in offer.why]


def reason(why: str) -> str:
    """One reason of orders.returns.deciding in words."""
    code, _sep, kind = why.partition(": ")
    return {
        "not_arrived": _("it has not arrived yet"),
        "returned_already": _("it came back, or is on its way"),
        "window_over": _("the time for it is over"),
        "exempt": _("%(kind)s: only if something is wrong with it") % {"kind": kind},
    }.get(code, why)
