"""What disputes write on the timeline."""

from dataclasses import dataclass
from typing import ClassVar

from orders.paying_happenings import OfPayment


@dataclass(frozen=True)
class DisputeOpened(OfPayment):
    """A cardholder asked her bank for the money back; we may answer until `due_by`."""

    type: ClassVar[str] = "dispute.opened"
    dispute: str
    due_by: str | None


@dataclass(frozen=True)
class DisputeClosed(OfPayment):
    """The bank decided; `outcome` is Stripe's word."""

    type: ClassVar[str] = "dispute.closed"
    dispute: str
    outcome: str
