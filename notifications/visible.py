"""Every change that a person can see, and how she hears of it: no stage is silent, as random lives and the audit ask.

TOLD: type of entry → the purpose of its one message. Where no message is planned, `message.withheld` says why; where
one is planned and does not leave, its verdict does. WITH_ANOTHER: what she sees on her page but is told as a part of
something else, and of what.
"""

from collections.abc import Mapping

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
    "case.clock_missed": "case_late",
    "case.closed": "case_closed",
}

WITH_ANOTHER: Mapping[str, str] = {
    "order.completed": "its last part is told as collected by herself or as delivered",
    "payment.captured": "she pays it herself, and gets the confirmation and the receipt",
    "fulfillment.promised": "stands in the confirmation of the order, or of its change",
    "fulfillment.backordered": "stands in the confirmation of the order",
    "fulfillment.expected": "told half an hour before, with one correction at most (notifications.arriving)",
    "fulfillment.picking": "a step within what was promised; she is told when it is ready, or on its way",
    "fulfillment.collected": "she collects it herself",
    "fulfillment.canceled": "told as the end or the change of its order, or as goods that are not to be had",
    "delivery.slot_taken": "agreed with herself",
}
