"""What the tests of returns begin with: something bought through each channel, in the shopper's hands."""

from datetime import datetime, timedelta

from commerce.channels.models import Location, SalesChannel
from commerce.customers.models import Person
from commerce.timeline.actors import VISITOR, Actor
from inventory.models import Stock
from orders import checkout, pickups, shipments
from orders.drafting import Terms
from orders.models import Order
from orders.returns import receiving, settling, starting
from orders.returns.models import Return
from orders.returns.starting import Back
from orders.till_facts import TillFact, TillLine
from orders.tills import record_sales
from tests.factories import MONDAY
from tests.orders.shop import Shop, fresh, home

CLERK = Actor("staff", "7")
STAMP = {"by": CLERK, "channel": "store", "at": MONDAY + timedelta(days=3)}
AUDITS = (
    "orders.returns.audit.RULES",
    "orders.audit.RULES",
    "orders.money_audit.RULES",
    "inventory.audit.RULES",
    "commerce.timeline.audit.RULES",
)


def bought(shop: Shop, through: str, *, quantity: int = 2, person: Person | None = None) -> Order:
    """Mugs at 12.50 that she has: by parcel from the web, over the counter, or ordered by phone and collected."""
    match through:
        case "web":
            return in_her_hands(shop.order(quantity, person=person, delivered=True))
        case "store":
            line = TillLine(1, shop.mug.pk, "TAZA", "Taza", quantity, 1250, 0, 1250 * quantity)
            sale = TillFact(
                key="till-1",
                kind="sale",
                occurred_at=MONDAY,
                location=shop.store.pk,
                lines=(line,),
                person=person.pk if person else None,
                tender="cash",
            )
            record_sales([sale], sales_channel=SalesChannel.objects.get(code="store"), by=CLERK, at=MONDAY)
            return Order.objects.get(till_key="till-1")
    cart = shop.cart(quantity, person=person)
    terms = Terms(
        expected_total=1250 * quantity,
        pickup_at=shop.store,
        email="" if person else "eva@example.com",
        sold_in=SalesChannel.objects.get(code="call_center"),
    )
    return in_her_hands(checkout.buy(cart, terms=terms, tender="manual", by=CLERK, channel="call_center", at=MONDAY))


def in_her_hands(order: Order, *, at: datetime = MONDAY) -> Order:
    """An order of one part, collected or delivered at an instant."""
    part = fresh(order)
    stamp = {"by": VISITOR, "channel": "web", "at": at}
    if part.kind == "pickup":
        pickups.mark_ready(part, **stamp)
        pickups.collect(part, code=fresh(order).pickup_code, **stamp)
    else:
        shipments.hand_over(part, carrier="seur", tracking_number=f"T{order.pk}", **stamp)
        shipments.carrier_event(f"T{order.pk}", "delivered", occurred_at=at, by=VISITOR, at=at)
    return Order.objects.get(pk=order.pk)


def back(order: Order, quantity: int = 1, *, reason: str = "unwanted", **fields: object) -> list[Back]:
    """So many of the first line."""
    return [Back(order.lines.get(ordinal=1).public_id, quantity, reason, **fields)]


def announced(
    order: Order, quantity: int = 1, *, way: str = "store", outcome: str = "refund", reason: str = "unwanted", **fields
) -> Return:
    """A return that was said, all steps at once."""
    channel = SalesChannel.objects.get(code="web")
    wants = fields.pop("wants", None)
    return starting.announce(
        order,
        back=back(order, quantity, reason=reason, wants=wants),
        way=way,
        outcome=outcome,
        sales_channel=channel,
        **(STAMP | fields),
    )


def looked_at(returned: Return, place: Location, *, condition: str = "sellable") -> Return:
    """Received at a place, and all of it found in one condition."""
    receiving.receive(returned, location=place, **STAMP)
    found = [receiving.Found(line.ordinal, line.quantity, condition) for line in returned.lines.all()]
    return receiving.inspect(returned, found=found, **STAMP)


def done(returned: Return, place: Location, *, condition: str = "sellable", **fields) -> Return:
    """Received, looked at and settled."""
    return settling.settle(looked_at(returned, place, condition=condition), **(STAMP | fields))


def shelf(shop: Shop, place: Location) -> tuple[int, int, int, int]:
    """On hand, held, allocated and damaged mugs at a place."""
    counters = ("on_hand", "held", "allocated", "damaged")
    return Stock.objects.values_list(*counters).get(variant=shop.mug, location=place)


def address() -> object:
    """Where Eva lives."""
    return home()
