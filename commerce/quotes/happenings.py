"""What happens to signed quotes, as it stands on the timeline."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class QuoteSigned:
    """A price was promised for some goods until an instant."""

    type: ClassVar[str] = "quote.signed"
    quote: str
    total: int
    currency: str
    until: str
    is_bound: bool


@dataclass(frozen=True)
class QuoteHonored:
    """An order was made at the price of a signed quote; `variance` is what was asked beyond it."""

    type: ClassVar[str] = "quote.honored"
    quote: str
    order: str
    total: int
    currency: str
    variance: int = 0
