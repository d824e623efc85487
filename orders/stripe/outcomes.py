"""What each state at Stripe means for what is ours: every pair has its step. Drawn and tested from these tables."""

from collections.abc import Mapping
from enum import StrEnum

from orders.models import Order, Payment, Refund
from orders.stripe.gateway import State

Ours = Payment.Status


class Step(StrEnum):
    """What is done about a pair."""

    NOTHING = "nothing"
    WAIT = "wait"
    KEEP = "keep"
    TAKE = "take"
    END = "end"
    LOSE = "lose"
    ASK = "ask"


MEANING = {
    Step.NOTHING: "We know it already.",
    Step.WAIT: "The shopper has not paid yet; look again later.",
    Step.KEEP: "The bank keeps the money for us; the order can be placed.",
    Step.TAKE: "We have the money; the order can be placed. If it cannot any more, the money goes back.",
    Step.END: "Nobody will pay there any more; the checkout is given up.",
    Step.LOSE: "The bank has let the money go before we took it; the order is owed again.",
    Step.ASK: "This cannot be; a person must look.",
}

ENDED = {
    State.OPEN: Step.NOTHING,
    State.PROCESSING: Step.NOTHING,
    State.AUTHORIZED: Step.KEEP,
    State.CAPTURED: Step.TAKE,
    State.CLOSED: Step.NOTHING,
}
"""Of an attempt that we gave up: only money still matters, and it is never passed over."""

STEPS: Mapping[str, Mapping[State, Step]] = {
    Ours.PENDING: {
        State.OPEN: Step.WAIT,
        State.PROCESSING: Step.WAIT,
        State.AUTHORIZED: Step.KEEP,
        State.CAPTURED: Step.TAKE,
        State.CLOSED: Step.END,
    },
    Ours.AUTHORIZED: {
        State.OPEN: Step.ASK,
        State.PROCESSING: Step.ASK,
        State.AUTHORIZED: Step.NOTHING,
        State.CAPTURED: Step.TAKE,
        State.CLOSED: Step.LOSE,
    },
    Ours.CAPTURED: {
        State.OPEN: Step.ASK,
        State.PROCESSING: Step.ASK,
        State.AUTHORIZED: Step.ASK,
        State.CAPTURED: Step.NOTHING,
        State.CLOSED: Step.ASK,
    },
    Ours.FAILED: ENDED,
    Ours.CANCELED: ENDED,
}

FOR_ORDER: Mapping[str, str] = {
    Order.Status.DRAFT: "placed once all parts are there; where that cannot be any more, all of it goes back",
    Order.Status.PLACED: "paid what is owed; what is more goes back",
    Order.Status.COMPLETED: "paid what is owed; what is more goes back",
    Order.Status.CANCELED: "taken up again if the cart is as it was and the goods are there; else all of it goes back",
}
"""What money that came does to its order; orders.stripe.settling.SERVE does it."""


class RefundStep(StrEnum):
    """What is done about a refund's state."""

    NOTHING = "nothing"
    WAIT = "wait"
    SUCCEED = "succeed"
    FAIL = "fail"


REFUND_MEANING = {
    RefundStep.NOTHING: "We know it already, or it is older than what we know.",
    RefundStep.WAIT: "The bank takes its time; look again later.",
    RefundStep.SUCCEED: "The money is back with the shopper.",
    RefundStep.FAIL: "The money is with us again, and a person must find another way.",
}

RUNS, ENDS_WELL, ENDS_BADLY = ("pending", "requires_action"), ("succeeded",), ("failed", "canceled")
REFUND_STATES = (*RUNS, *ENDS_WELL, *ENDS_BADLY)
"""Stripe's statuses of a refund."""


def each(running: RefundStep, well: RefundStep, badly: RefundStep) -> dict[str, RefundStep]:
    """A row of the table below."""
    return dict.fromkeys(RUNS, running) | dict.fromkeys(ENDS_WELL, well) | dict.fromkeys(ENDS_BADLY, badly)


REFUNDS: Mapping[str, Mapping[str, RefundStep]] = {
    Refund.Status.PENDING: each(RefundStep.WAIT, RefundStep.SUCCEED, RefundStep.FAIL),
    Refund.Status.SUCCEEDED: each(RefundStep.NOTHING, RefundStep.NOTHING, RefundStep.FAIL),
    Refund.Status.FAILED: each(RefundStep.NOTHING, RefundStep.SUCCEED, RefundStep.NOTHING),
}

DISPUTES_OPEN = ("warning_needs_response", "warning_under_review", "needs_response", "under_review")
DISPUTES_CLOSED = ("won", "lost", "warning_closed", "prevented")
WITH_THE_BANK = ("needs_response", "under_review", "lost")
"""Disputes whose money we do not have; a warning has taken nothing yet."""

DISPUTES: Mapping[str, Mapping[str, str]] = {
    "new": dict.fromkeys(DISPUTES_OPEN, "put on the list") | dict.fromkeys(DISPUTES_CLOSED, "told"),
    "open": dict.fromkeys(DISPUTES_OPEN, "kept on the list") | dict.fromkeys(DISPUTES_CLOSED, "taken off the list"),
    "closed": dict.fromkeys((*DISPUTES_OPEN, *DISPUTES_CLOSED), "status noted"),
}
"""A dispute as we know it, and its status at Stripe; orders.stripe.disputes does it."""
