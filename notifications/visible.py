"""Every change that a person can see, and how she hears of it: no stage is silent, as random lives and the audit ask.

TOLD: type of entry → the purpose of its one message. Where no message is planned, `message.withheld` says why; where
one is planned and does not leave, its verdict does. WITH_ANOTHER: what she sees on her page but is told as a part of
something else, and of what. WHY: every reason that may stand there; what nobody foresaw is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

TOLD: Mapping[str, str] = {
    "order.placed": "order_confirmation",
    "order.changed": "order_changed",
    "order.address_changed": "order_changed",
    "order.held": "order_changed",
    "order.released": "order_changed",
    "order.canceled": "order_canceled",
    "payment.refunded": "refunded",
    "fulfillment.allocated": "arrived",
    "fulfillment.ready": "pickup_ready",
    "fulfillment.expired": "pickup_expired",
    "fulfillment.handed_to_carrier": "shipped",
    "fulfillment.out_for_delivery": "out_for_delivery",
    "fulfillment.delivered": "delivered",
    "fulfillment.failed": "delivery_failed",
    "fulfillment.returned_to_sender": "returned_to_sender",
    "fulfillment.unserved": "unserved",
    "promise.endangered": "promise_endangered",
    "promise.broken": "promise_endangered",
    "promise.dated": "promise_dated",
    "return.requested": "return_requested",
    "return.canceled": "return_canceled",
    "return.received": "return_received",
    "return.inspected": "return_inspected",
    "return.unreceived": "return_corrected",
    "return.reopened": "return_corrected",
    "return.settled": "return_settled",
    "case.opened": "case_opened",
    "case.reopened": "case_opened",
    "case.step_done": "case_step",
    "case.step_moved": "case_step",
    "case.swap_agreed": "case_swap",
    "case.clock_missed": "case_late",
    "case.closed": "case_closed",
}


@dataclass(frozen=True)
class Within:
    """A change that is told as a part of something else: by messages of which purposes, and why that is enough."""

    purposes: frozenset[str]
    why: str


def within(why: str, *purposes: str) -> Within:
    """A change that is told with messages of these purposes, one of which there must be on the same journey."""
    return Within(frozenset(purposes), why)


AGREED = ("order_confirmation", "order_changed", "return_settled")
"""What says how and when she gets an order."""

WITH_ANOTHER: Mapping[str, Within] = {
    "order.completed": within("its last part is told as delivered, or she collected it", "delivered", "pickup_ready"),
    "payment.captured": within("she pays it herself, and gets the confirmation and the receipt", *AGREED),
    "fulfillment.promised": within("stands in the confirmation of the order, or of its change", *AGREED),
    "fulfillment.backordered": within("stands in the confirmation of the order, or of its change", *AGREED),
    "fulfillment.expected": within("told half an hour before, with one correction at most", "shipped", "arriving"),
    "fulfillment.picking": within("a step within what was promised; she is told when it is ready, or sent", *AGREED),
    "fulfillment.collected": within("she collects it herself, told that it is ready", "pickup_ready", *AGREED),
    "fulfillment.canceled": within(
        "told as the end or the change of its order, or as goods that are not to be had",
        *("order_canceled", "order_changed", "order_unpaid", "unserved", "pickup_expired"),
    ),
    "promise.moved": within(
        "written when the message that says so left, which it names",
        "promise_endangered",
        "promise_dated",
        "delivery_failed",
    ),
    "delivery.slot_taken": within("agreed with herself, and stands in the confirmation", *AGREED),
    "case.answered": within("it is the answer itself, which she gets where she asked", "dm_reply", "chat_unread"),
}

WHY = frozenset(
    {
        "nobody_known",
        "told_before",
        "told_by_case",
        "told_as_failed",
        "told_as_unpaid",
        "told_as_canceled",
        "told_as_changed",
        "told_as_returned",
        "told_as_unserved",
        "told_as_expired",
        "not_told_yet",
        "asked_with_case",
        "moved_on",
    }
)
