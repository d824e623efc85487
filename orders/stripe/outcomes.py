"""What each state at Stripe means for a payment of ours: every pair has its step. Drawn and tested from this table."""

from collections.abc import Mapping
from enum import StrEnum

from orders.models import Payment
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
