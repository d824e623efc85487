"""A shop that is open: one store and one warehouse on all channels, goods with stock, and orders placed in it."""

from dataclasses import dataclass
from datetime import datetime

from commerce.carts import edits
from commerce.carts.models import Cart
from commerce.catalog.models import Variant
from commerce.channels.models import Location, SalesChannel
from commerce.customers.models import Person, PostalAddress
from commerce.promotions.models import Coupon
from commerce.timeline.actors import VISITOR
from orders import checkout
from orders.drafting import Terms
from orders.models import Fulfillment, Order
from tests.factories import MONDAY, location, sales_channel, stock, variant, warehouse


@dataclass
class Shop:
    """What every test of orders asks for."""

    store: Location
    warehouse: Location
    web: SalesChannel
    mug: Variant

    def cart(self, quantity: int = 1, *, person: Person | None = None, coupon: Coupon | None = None) -> Cart:
        """A cart with mugs."""
        lines = [(self.mug, quantity)]
        return edits.open_cart(sales_channel=self.web, person=person, coupon=coupon, lines=lines, by=VISITOR, at=MONDAY)

    def order(
        self, quantity: int = 1, *, person: Person | None = None, delivered: bool = False, at: datetime = MONDAY
    ) -> Order:
        """Mugs that were bought: for pickup at the store, or sent from the warehouse."""
        terms = Terms(
            expected_total=1250 * quantity,
            pickup_at=None if delivered else self.store,
            deliver_to=home() if delivered else None,
            email="" if person else "eva@example.com",
            name="Eva Sanz Gómez",
        )
        cart = self.cart(quantity, person=person)
        return checkout.buy(cart, terms=terms, tender="manual", by=VISITOR, channel="web", at=at)

    def pickup(self, quantity: int = 1, **fields) -> Fulfillment:
        """The only part of a new order for pickup."""
        return fresh(self.order(quantity, **fields))

    def parcel(self, quantity: int = 1, **fields) -> Fulfillment:
        """The only part of a new order for delivery."""
        return fresh(self.order(quantity, delivered=True, **fields))


def fresh(order: Order) -> Fulfillment:
    """The only part of an order, as it stands now."""
    return Fulfillment.objects.select_related("order__person", "location").get(order=order)


def home() -> PostalAddress:
    """Where Eva lives; not saved yet."""
    return PostalAddress(recipient="Eva Sanz", street="Calle Mayor, 1", postal_code="28013", city="Madrid")


def open_shop() -> Shop:
    """A shop with five mugs in the store and five in the warehouse."""
    places = (location("centro"), warehouse())
    for kind in ("store", "call_center"):
        sales_channel(kind, locations=places)
    mug = variant(sku="TAZA", price=1250)
    for place in places:
        stock(mug, place, on_hand=5)
    return Shop(*places, sales_channel("web", locations=places), mug)
