"""What happens to carts, as it stands on the timeline."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class CartOpened:
    """Somebody began to put things together."""

    type: ClassVar[str] = "cart.opened"
    cart: str
    sales_channel: str


@dataclass(frozen=True)
class CartEdited:
    """A line now has this quantity; 0 means that it was removed."""

    type: ClassVar[str] = "cart.edited"
    cart: str
    version: int
    variant: int
    sku: str
    quantity: int


@dataclass(frozen=True)
class CartCouponApplied:
    """A code was put on the cart; whether it takes anything off is the quote's business."""

    type: ClassVar[str] = "cart.coupon_applied"
    cart: str
    version: int
    coupon: int
    promotion: int


@dataclass(frozen=True)
class CartCouponRemoved:
    """The code was taken off the cart."""

    type: ClassVar[str] = "cart.coupon_removed"
    cart: str
    version: int


@dataclass(frozen=True)
class CartClaimed:
    """A person is known to be behind the cart; `taken_in` is the cart that was merged into hers, if she had one."""

    type: ClassVar[str] = "cart.claimed"
    cart: str
    version: int
    person: str
    taken_in: str | None = None


@dataclass(frozen=True)
class CartMerged:
    """The cart ended in another one of the same person."""

    type: ClassVar[str] = "cart.merged"
    cart: str
    into: str
    strategy: str = "latest"


@dataclass(frozen=True)
class CartRestored:
    """A link brought the cart back; on a device whose owner is not known, as a copy of its own."""

    type: ClassVar[str] = "cart.restored"
    cart: str
    version: int
    copy_of: str | None = None


@dataclass(frozen=True)
class CartQuoteApplied:
    """The cart has the price of a signed quote, for as long as it holds exactly its goods."""

    type: ClassVar[str] = "cart.quote_applied"
    cart: str
    version: int
    quote: str


@dataclass(frozen=True)
class CartQuoteRemoved:
    """The cart is priced as things are, again."""

    type: ClassVar[str] = "cart.quote_removed"
    cart: str
    version: int


@dataclass(frozen=True)
class DiscountGiven:
    """Somebody of the staff takes something off by hand; beyond her limit it waits for a second person."""

    type: ClassVar[str] = "cart.discount_given"
    cart: str
    version: int
    discount: str
    amount: int
    currency: str
    reason: str
    waits: bool


@dataclass(frozen=True)
class DiscountRemoved:
    """Nothing is taken off by hand any more."""

    type: ClassVar[str] = "cart.discount_removed"
    cart: str
    version: int
    discount: str


@dataclass(frozen=True)
class CartHandedOff:
    """A code was made with which another device or a clerk can take the cart up."""

    type: ClassVar[str] = "cart.handed_off"
    cart: str
    hand_off: str
    scope: str


@dataclass(frozen=True)
class CartTakenUp:
    """Somebody entered the code, or opened its QR."""

    type: ClassVar[str] = "cart.taken_up"
    cart: str
    version: int
    hand_off: str
    scope: str


@dataclass(frozen=True)
class CartUnmerged:
    """A merge was taken back: the cart is on its own again, and so is the other."""

    type: ClassVar[str] = "cart.unmerged"
    cart: str
    version: int
    other: str
