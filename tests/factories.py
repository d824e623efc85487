"""The smallest believable retailer, made by plain functions; every test asks for just what it needs."""

from datetime import UTC, datetime, timedelta
from itertools import count

from django.contrib.auth.models import User

from commerce import clock
from commerce.catalog.models import Product, Variant
from commerce.channels.models import Location, SalesChannel, StaffMember
from commerce.customers.models import ContactPoint, Person, Serving
from commerce.ids import fold
from commerce.pricing.models import Price, PriceList, TaxRate
from commerce.promotions.models import Coupon, Promotion
from commerce.timeline.models import Journey
from inventory.models import Movement, Stock
from orders.models import Fulfillment, Order

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""A working Monday, 11:00 in Madrid; tests pass it as `at=`."""

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
numbers = count(1)


def location(code: str = "tienda-centro", **fields: object) -> Location:
    """A store in Madrid that offers pickup, unless told otherwise."""
    defaults = {
        "name": code,
        "kind": Location.Kind.STORE,
        "offers_pickup": True,
        "opening_hours": {day: [["10:00", "21:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat")},
    }
    return Location.objects.get_or_create(code=code, defaults=defaults | fields)[0]


def warehouse() -> Location:
    """The warehouse that web and call center are served from."""
    return location("almacen", kind=Location.Kind.WAREHOUSE, offers_pickup=False)


def sales_channel(kind: str = "web", *, locations: tuple[Location, ...] = ()) -> SalesChannel:
    """A sales channel in euros; served by the given locations."""
    channel, _ = SalesChannel.objects.get_or_create(code=kind, defaults={"kind": kind, "name": kind})
    channel.locations.add(*locations)
    return channel


def variant(
    *,
    price: int | None = 1000,
    compare_at: int | None = None,
    sku: str | None = None,
    tax_basis_points: int = 2100,
    **fields: object,
) -> Variant:
    """A product with one variant and its price in the list that all channels share."""
    number = next(numbers)
    product = Product.objects.create(handle=f"producto-{number}", title=f"Producto {number}")
    TaxRate.objects.get_or_create(
        country="ES", category="standard", starts_at=LONG_AGO, defaults={"basis_points": tax_basis_points}
    )
    made = Variant.objects.create(product=product, sku=sku or f"SKU-{number}", **fields)
    everywhere, _ = PriceList.objects.get_or_create(code="pvp", defaults={"currency": "EUR"})
    if price is not None:
        Price.objects.create(
            price_list=everywhere, variant=made, amount=price, compare_at=compare_at, starts_at=LONG_AGO
        )
    return made


def stock(of: Variant, at: Location, *, on_hand: int) -> Stock:
    """Units on the shelf, explained by the movement that brought them."""
    row = Stock.objects.create(variant=of, location=at, on_hand=on_hand)
    if on_hand:
        Movement.objects.create(
            stock=row,
            kind=Movement.Kind.RECEIVED,
            quantity=on_hand,
            cause="test",
            actor="system",
            occurred_at=LONG_AGO,
            recorded_at=LONG_AGO,
        )
    return row


def person(
    given_name: str = "Lucía", *, email: str | None = None, phone: str | None = None, **fields: object
) -> Person:
    """Somebody with verified addresses, who said just now that all of it holds."""
    made = Person.objects.create(given_name=given_name, **({"created_at": LONG_AGO, "named_at": clock.now()} | fields))
    for kind, value in (("email", email), ("phone", phone)):
        if value:
            ContactPoint.objects.create(
                person=made,
                kind=kind,
                value=value,
                verified_at=LONG_AGO,
                verified_how="test",
                given_at=clock.now(),
                created_at=LONG_AGO,
            )
    return made


def staff(role: str = "store", *locations: Location, username: str | None = None) -> User:
    """A log-in of the staff, bound to locations."""
    user = User.objects.create_user(username or f"{role}-{next(numbers)}", is_staff=role == "back_office")
    StaffMember.objects.create(user=user, role=role).locations.add(*locations)
    return user


def serving(user: User, whom: Person, *, proof: str = "number") -> Serving:
    """Leave for an agent to act for a person, as it is given at the gate of the desk."""
    return Serving.objects.create(
        person=whom,
        actor=f"staff:{user.staff_member.pk}",
        proof=proof,
        reason="question",
        began_at=LONG_AGO,
        ends_at=LONG_AGO + timedelta(days=36500),
    )


def promotion(*, kind: str = "percentage", value: int = 1000, **fields: object) -> Promotion:
    """Ten per cent off everything, for ever, without a code, unless told otherwise."""
    currency = "EUR" if kind == "amount" else ""
    defaults = {"name": f"Promoción {next(numbers)}", "currency": currency, "starts_at": LONG_AGO}
    return Promotion.objects.create(kind=kind, value=value, **(defaults | fields))


def coupon(code: str, *, promotion: Promotion | None = None, value: int = 1000, **fields: object) -> Coupon:
    """A code for a promotion: one of its own with so many basis points, unless one is given."""
    opened = promotion or Promotion.objects.create(
        name=code, kind=Promotion.Kind.PERCENTAGE, value=value, needs_coupon=True, starts_at=LONG_AGO
    )
    return Coupon.objects.create(promotion=opened, code=code, folded=fold(code), created_at=LONG_AGO, **fields)


def order(*, status: str = "placed", payment_status: str = "captured", total: int = 1000, **fields: object) -> Order:
    """An order as somebody placed it earlier, without lines."""
    placed = status in ("placed", "completed")
    defaults = {
        "journey": Journey.objects.create(opened_at=LONG_AGO),
        "number": str(next(numbers)) if placed else None,
        "placed_at": LONG_AGO if placed else None,
        "sales_channel": sales_channel(),
        "currency": "EUR",
        "goods_total": total,
        "tax_total": 0,
        "created_at": LONG_AGO,
    }
    return Order.objects.create(status=status, payment_status=payment_status, total=total, **(defaults | fields))


def fulfillment(*, kind: str = "pickup", status: str = "allocated", **fields: object) -> Fulfillment:
    """A part of an order, at a store or at the warehouse."""
    at = location() if kind == "pickup" else warehouse()
    defaults = {"order": fields.get("order") or order(), "location": at, "created_at": LONG_AGO}
    return Fulfillment.objects.create(kind=kind, status=status, **(defaults | fields))
