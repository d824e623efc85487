"""What documents write on the timeline."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class DocumentIssued:
    """A receipt, an invoice or a credit note has its number."""

    type: ClassVar[str] = "document.issued"
    order: str
    document: str
    kind: str
    number: str
    total: int
    currency: str
