"""What approvals write on the timeline."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class OfApproval:
    """Something that takes two people."""

    type: ClassVar[str]
    approval: str
    kind: str
    subject: str
    amount: int
    currency: str
    reason: str


@dataclass(frozen=True)
class ApprovalAsked(OfApproval):
    """Somebody asked for more than she may do alone."""

    type: ClassVar[str] = "approval.asked"


@dataclass(frozen=True)
class ApprovalGranted(OfApproval):
    """A second person agreed, and it was done."""

    type: ClassVar[str] = "approval.granted"


@dataclass(frozen=True)
class ApprovalRefused(OfApproval):
    """A second person did not agree."""

    type: ClassVar[str] = "approval.refused"
