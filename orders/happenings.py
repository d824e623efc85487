"""What happens to orders, as it stands on the timeline: ids and facts. Amounts are minor units."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class CheckoutStarted:
    """The cart's price was agreed, and its goods are kept for the shopper while she pays; where, and by which rules."""

    type: ClassVar[str] = "checkout.started"
    order: str
    cart: str
    version: int
    total: int
    currency: str
    served_by: tuple[dict[str, object], ...] = ()


@dataclass(frozen=True)
class CheckoutAbandoned:
    """The checkout came to nothing; goods and coupon are free again, and the cart is open."""

    type: ClassVar[str] = "checkout.abandoned"
    order: str
    cart: str


@dataclass(frozen=True)
class PaymentCaptured:
    """We have the money."""

    type: ClassVar[str] = "payment.captured"
    order: str
    payment: str
    tender: str
    amount: int
    currency: str


@dataclass(frozen=True)
class PaymentRefunded:
    """Money went back."""

    type: ClassVar[str] = "payment.refunded"
    order: str
    payment: str
    refund: str
    tender: str
    amount: int
    currency: str


@dataclass(frozen=True)
class OrderPlaced:
    """The promise was made."""

    type: ClassVar[str] = "order.placed"
    order: str
    number: str
    cart: str | None
    sales_channel: str
    total: int
    currency: str


@dataclass(frozen=True)
class OrderCompleted:
    """The shopper has everything."""

    type: ClassVar[str] = "order.completed"
    order: str
    number: str


@dataclass(frozen=True)
class OrderCanceled:
    """The promise was taken back before anything was prepared."""

    type: ClassVar[str] = "order.canceled"
    order: str
    number: str


@dataclass(frozen=True)
class OrderAskedAbout:
    """Somebody asked us by phone or at the counter; `told` is "ready_time", or "order" after a second proof."""

    type: ClassVar[str] = "order.asked_about"
    order: str
    told: str


@dataclass(frozen=True)
class FulfillmentPromised:
    """A part of an order will be ready, or delivered, by an instant."""

    type: ClassVar[str] = "fulfillment.promised"
    order: str
    fulfillment: str
    kind: str
    location: int
    promised_for: str


@dataclass(frozen=True)
class OfFulfillment:
    """What is told of every step of a fulfillment."""

    type: ClassVar[str]
    order: str
    fulfillment: str


@dataclass(frozen=True)
class FulfillmentWaiting(OfFulfillment):
    """Half of the time is over, and nobody has come for it."""

    type: ClassVar[str] = "fulfillment.waiting"


@dataclass(frozen=True)
class FulfillmentBackordered(OfFulfillment):
    """A part of an order was sold before it is here: its place in line, and when enough is expected, if we know."""

    type: ClassVar[str] = "fulfillment.backordered"
    location: int
    position: int
    expected_at: str | None


class FulfillmentAllocated(OfFulfillment):
    """All that was waited for is here, and set aside for the shopper."""

    type: ClassVar[str] = "fulfillment.allocated"


@dataclass(frozen=True)
class FulfillmentExpected(OfFulfillment):
    """The carrier has another estimate of the parcel's arrival."""

    type: ClassVar[str] = "fulfillment.expected"
    expected_at: str


class FulfillmentPicking(OfFulfillment):
    """Somebody is taking the goods from their shelves."""

    type: ClassVar[str] = "fulfillment.picking"


class FulfillmentInTransit(OfFulfillment):
    """Another place of ours has sent the goods to the store where they will be collected."""

    type: ClassVar[str] = "fulfillment.in_transit"


@dataclass(frozen=True)
class FulfillmentRerouted(OfFulfillment):
    """It could not be found where it was to be prepared; these parts take over, by these rules."""

    type: ClassVar[str] = "fulfillment.rerouted"
    to: tuple[str, ...]
    served_by: tuple[dict[str, object], ...]


@dataclass(frozen=True)
class FulfillmentUnserved(OfFulfillment):
    """It could not be found, and nobody else has it: she will not get these units."""

    type: ClassVar[str] = "fulfillment.unserved"
    units: int


@dataclass(frozen=True)
class FulfillmentParted(OfFulfillment):
    """She took a part of it; the rest is a part of its own."""

    type: ClassVar[str] = "fulfillment.parted"
    rest: str
    units: int


class FulfillmentReady(OfFulfillment):
    """The goods wait for the shopper, who collects them with a code."""

    type: ClassVar[str] = "fulfillment.ready"


class FulfillmentCollected(OfFulfillment):
    """The shopper has collected the goods."""

    type: ClassVar[str] = "fulfillment.collected"


class FulfillmentExpired(OfFulfillment):
    """Nobody came for the goods."""

    type: ClassVar[str] = "fulfillment.expired"


class FulfillmentHandedToCarrier(OfFulfillment):
    """The carrier has the parcel."""

    type: ClassVar[str] = "fulfillment.handed_to_carrier"


class FulfillmentOutForDelivery(OfFulfillment):
    """The parcel is on its last way."""

    type: ClassVar[str] = "fulfillment.out_for_delivery"


class FulfillmentDelivered(OfFulfillment):
    """The shopper has the parcel."""

    type: ClassVar[str] = "fulfillment.delivered"


class FulfillmentFailed(OfFulfillment):
    """The carrier could not deliver the parcel."""

    type: ClassVar[str] = "fulfillment.failed"


class FulfillmentReturnedToSender(OfFulfillment):
    """The parcel is on its way back to us."""

    type: ClassVar[str] = "fulfillment.returned_to_sender"


class FulfillmentCanceled(OfFulfillment):
    """Nothing of this will be prepared."""

    type: ClassVar[str] = "fulfillment.canceled"


@dataclass(frozen=True)
class TillSold:
    """A till sold; the customer has the goods."""

    type: ClassVar[str] = "till.sold"
    order: str
    number: str
    key: str
    location: int
    device: str
    lines: int
    total: int
    currency: str


@dataclass(frozen=True)
class TillReturned:
    """A till took goods back, or gave money back."""

    type: ClassVar[str] = "till.returned"
    returned: str
    key: str
    location: int
    device: str
    lines: int
    total: int
    currency: str


@dataclass(frozen=True)
class TillVoided:
    """A till undid a sale: all goods are back, all money was given back."""

    type: ClassVar[str] = "till.voided"
    order: str
    returned: str
    key: str
    total: int
    currency: str


@dataclass(frozen=True)
class TillBrokePromises:
    """A sale that we learned of late took what others were promised; how each of those was mended."""

    type: ClassVar[str] = "till.broke_promises"
    order: str
    variant: int
    location: int
    promises: tuple[str, ...]
    mended: tuple[str, ...]


@dataclass(frozen=True)
class PromiseRerouted:
    """A shelf had less than was promised of it, so another location serves this part of the order."""

    type: ClassVar[str] = "promise.rerouted"
    order: str
    fulfillment: str
    variant: int
    location: int
    serves: int
    units: int
    in_vain: bool
    cause: str


@dataclass(frozen=True)
class PromiseAtRisk:
    """A shelf has less than was promised of it, and nobody else can serve it; its store has until then, if it can."""

    type: ClassVar[str] = "promise.at_risk"
    order: str
    fulfillment: str
    variant: int
    location: int
    units: int
    in_vain: bool
    until: str | None
    cause: str


@dataclass(frozen=True)
class TillDiffered:
    """A till's sale differs from what we expected of it; it stands as it was sold."""

    type: ClassVar[str] = "till.differed"
    order: str
    kinds: tuple[str, ...]
    loss: int
    currency: str
