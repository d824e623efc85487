"""The lives of orders, payments and fulfillments, each a table of what may come next; orders.moves takes the steps."""

from collections.abc import Mapping, Sequence

from orders.models import Fulfillment, Order

Table = Mapping[str, frozenset[str]]

Status = Order.Status
Paid = Order.PaymentStatus
Way = Fulfillment.Status


def table(steps: dict[str, set[str]], *, ends: Sequence[str]) -> Table:
    """A table in which every status has its row; the ends have an empty one."""
    return {before: frozenset(after) for before, after in steps.items()} | {end: frozenset() for end in ends}


# A checkout that was given up is taken up again when its payment comes after all. What was placed and canceled is not.
ORDER = table(
    {
        Status.DRAFT: {Status.PLACED, Status.CANCELED},
        Status.PLACED: {Status.COMPLETED, Status.CANCELED},
        Status.CANCELED: {Status.DRAFT},
    },
    ends=[Status.COMPLETED],
)

# An order's payment status is worked out from its payments (orders.standing). A refund that a bank sends back is ours
# again; money that comes when all was given back goes back as well. What is put into a paid order is due. A sale paid
# partly by a card that waits for its end may give back the rest meanwhile.
PAYMENT = table(
    {
        Paid.NONE: {Paid.DUE, Paid.AUTHORIZED, Paid.CAPTURED, Paid.FAILED},
        Paid.DUE: {Paid.AUTHORIZED, Paid.CAPTURED, Paid.PARTLY_REFUNDED, Paid.REFUNDED, Paid.FAILED},
        Paid.AUTHORIZED: {Paid.DUE, Paid.CAPTURED, Paid.PARTLY_REFUNDED, Paid.REFUNDED, Paid.FAILED},
        Paid.FAILED: {Paid.DUE, Paid.AUTHORIZED, Paid.CAPTURED},
        Paid.CAPTURED: {Paid.DUE, Paid.PARTLY_REFUNDED, Paid.REFUNDED},
        Paid.PARTLY_REFUNDED: {Paid.DUE, Paid.AUTHORIZED, Paid.CAPTURED, Paid.REFUNDED},
        Paid.REFUNDED: {Paid.DUE, Paid.AUTHORIZED, Paid.PARTLY_REFUNDED, Paid.CAPTURED},
    },
    ends=[],
)

# `collected` is always by the shopper, `handed_to_carrier` by the carrier.
PICKUP = table(
    {
        Way.ALLOCATED: {Way.PICKING, Way.CANCELED},
        Way.PICKING: {Way.READY, Way.IN_TRANSIT, Way.CANCELED},
        Way.IN_TRANSIT: {Way.READY},
        Way.READY: {Way.COLLECTED, Way.EXPIRED, Way.CANCELED},
    },
    ends=[Way.COLLECTED, Way.EXPIRED, Way.CANCELED],
)

# What was sold before it is here waits in a fair queue (inventory.backorders) until it is allocated, whole.
# Carriers lose news: a parcel may turn out to be delivered though nobody said that it was out for delivery.
SHIPMENT = table(
    {
        Way.BACKORDERED: {Way.ALLOCATED, Way.CANCELED},
        Way.ALLOCATED: {Way.PICKING, Way.CANCELED},
        Way.PICKING: {Way.HANDED_TO_CARRIER, Way.CANCELED},
        Way.HANDED_TO_CARRIER: {Way.OUT_FOR_DELIVERY, Way.DELIVERED, Way.FAILED, Way.RETURNED_TO_SENDER},
        Way.OUT_FOR_DELIVERY: {Way.DELIVERED, Way.FAILED, Way.RETURNED_TO_SENDER},
        Way.FAILED: {Way.OUT_FOR_DELIVERY, Way.DELIVERED, Way.RETURNED_TO_SENDER},
        Way.RETURNED_TO_SENDER: {Way.DELIVERED},
    },
    ends=[Way.DELIVERED, Way.CANCELED],
)

LIFECYCLES: dict[str, Table] = {"order": ORDER, "payment": PAYMENT, "pickup": PICKUP, "shipment": SHIPMENT}

TO_PICK = frozenset({Way.ALLOCATED, Way.PICKING})
"""While a fulfillment is in one of these, it lies where it is to be prepared, and nobody has made it ready."""

IN_OUR_HANDS = frozenset({Way.ALLOCATED, Way.PICKING, Way.IN_TRANSIT, Way.READY})
"""While a fulfillment is in one of these, its units are allocated."""

ARRIVED = frozenset({Way.COLLECTED, Way.DELIVERED})
"""The shopper has the goods."""


BEGINS = frozenset({Way.ALLOCATED})
"""What begins here too, though it can be reached: a part of an order that is there at once."""


def mermaid(steps: Table) -> str:
    """A table as a Mermaid state diagram."""
    first = next(iter(steps))
    lines = ["stateDiagram-v2"]
    lines += [f"    [*] --> {status}" for status in steps if status == first or status in BEGINS]
    lines += [f"    {before} --> {after}" for before, afters in steps.items() for after in steps if after in afters]
    lines += [f"    {end} --> [*]" for end, afters in steps.items() if not afters]
    return "\n".join(lines)
