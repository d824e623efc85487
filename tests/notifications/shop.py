"""Orders, parcels and carts for tests of messages, as short as they can be."""

from datetime import datetime, timedelta

from commerce.carts.models import Cart, CartLine
from commerce.catalog.models import Variant
from commerce.customers.models import Consent, Person, PostalAddress
from commerce.timeline.record import open_journey
from inventory.models import Stock
from orders.models import Fulfillment, Order, OrderLine
from tests.factories import LONG_AGO, MONDAY, location, numbers, sales_channel, stock, variant, warehouse


def order(
    person: Person, *, status: str = "placed", channel: str = "web", at: datetime = MONDAY, **fields: object
) -> Order:
    """An order of two mugs; placed unless told otherwise."""
    made = Order.objects.create(
        journey=fields.pop("journey", None) or open_journey(at=at),
        person=person,
        email=person.contact_points.filter(kind="email").first(),
        phone=person.contact_points.filter(kind="phone").first(),
        sales_channel=sales_channel(channel),
        currency="EUR",
        goods_total=2598,
        tax_total=451,
        total=2598,
        status=status,
        number=f"A-{next(numbers)}",
        created_at=at,
        placed_at=at,
        **fields,
    )
    bought = Variant.objects.first() or variant()
    OrderLine.objects.create(
        order=made,
        ordinal=1,
        variant=bought,
        sku=bought.sku,
        title="Taza «Albor» & plato",
        quantity=2,
        unit_price=1299,
        goods_total=2598,
        total=2598,
        tax=451,
        tax_basis_points=2100,
    )
    return made


def pickup(of: Order, *, status: str = "ready") -> Fulfillment:
    """The order, to be collected in the store in the center."""
    store = location(
        "tienda-centro", name="Casa Albor Centro", street="Calle Mayor 12", postal_code="28013", city="Madrid"
    )
    return Fulfillment.objects.create(
        order=of,
        kind="pickup",
        location=store,
        status=status,
        pickup_code="K7M2",
        promised_for=MONDAY + timedelta(hours=6),
        created_at=MONDAY,
    )


def parcel(of: Order, *, status: str = "handed_to_carrier") -> Fulfillment:
    """The order, in a parcel."""
    home = PostalAddress.objects.create(
        person=of.person,
        recipient="Lucía",
        street="Calle Luna 3",
        postal_code="28004",
        city="Madrid",
        entered_at=MONDAY,
        entered_in="web",
    )
    return Fulfillment.objects.create(
        order=of,
        kind="shipment",
        location=warehouse(),
        status=status,
        address=home,
        carrier="Correos",
        tracking_number=f"PK{next(numbers)}",
        expected_at=MONDAY + timedelta(hours=4),
        created_at=MONDAY,
    )


def agree(
    person: Person, purpose: str = "reminder", *, kind: str = "email", granted: bool = True, at: datetime = LONG_AGO
) -> None:
    """Her choice for one of her addresses."""
    point = person.contact_points.get(kind=kind)
    channel = {"phone": "sms"}.get(kind, kind)
    Consent.objects.create(
        contact_point=point,
        contact_channel=channel,
        purpose=purpose,
        granted=granted,
        chosen_at=at,
        wording="2026-11",
        method="test",
    )


def left_cart(person: Person | None, *, at: datetime = MONDAY, units: int = 5) -> Cart:
    """A web cart with one thing in it, of which there are so many units."""
    channel = sales_channel("web", locations=(warehouse(),))
    cart = Cart.objects.create(
        journey=open_journey(at=at),
        person=person,
        sales_channel=channel,
        currency="EUR",
        created_at=at,
        edited_at=at,
    )
    thing = variant(price=1299)
    stock(thing, warehouse(), on_hand=units)
    CartLine.objects.create(cart=cart, variant=thing, quantity=2, edited_at=at, edited_by="visitor")
    return cart


def sell_out(cart: Cart) -> None:
    """Nothing that lies in a cart can be had any more."""
    for line in cart.lines.all():
        Stock.objects.filter(variant=line.variant).update(damaged=5)
