"""Exchanges: what she wants instead is kept for her from the moment she says so, as a draft order of its own.

The draft is paid with what was paid for the goods that come back. The same thing again costs what it cost then;
anything else its price of today.
"""

from datetime import datetime, timedelta

from commerce.catalog.models import Variant
from commerce.channels.models import Location
from commerce.customers.models import PostalAddress
from commerce.money import tax_within
from commerce.quotes.quote import quote
from commerce.quotes.reckoning import Wanted
from commerce.timeline.record import Happening
from inventory import holds, sourcing
from inventory.rules import Line
from orders import moves
from orders.drafting import as_ordered
from orders.happenings import CheckoutAbandoned
from orders.models import Order, OrderLine
from orders.returns.models import Return, ReturnLine

KEPT = timedelta(days=14)
"""How long the replacement is kept for goods that are on their way; after that it is taken again if there is some."""


def reserve(returned: Return, order: Order, *, at: datetime) -> Order:
    """Draft the order that replaces a return, and keep its goods; raises OutOfStock, CannotServe, NotForSale."""
    lines = wanted_lines(returned, order, at=at)
    pickup_at, deliver_to = way_to_her(returned, order)
    goods = sum(line.total for line in lines)
    draft = Order.objects.create(
        journey_id=order.journey_id,
        person_id=order.person_id,
        email_id=order.email_id,
        phone_id=order.phone_id,
        sales_channel=returned.sales_channel,
        pickup_at=pickup_at,
        deliver_to=deliver_to,
        currency=order.currency,
        goods_total=goods,
        tax_total=sum(line.tax for line in lines),
        total=goods,
        created_at=at,
    )
    for line in lines:
        line.order = draft
    OrderLine.objects.bulk_create(lines)
    wanted = [Line(line.public_id, line.variant_id or 0, line.sku, line.quantity) for line in lines]
    plan = sourcing.plan_for(wanted, sales_channel=draft.sales_channel, pickup_at=pickup_at, at=at)
    holds.place(plan.wants, expires_at=at + KEPT, at=at)
    returned.replacement = draft
    returned.save(update_fields=["replacement"])
    return draft


def wanted_lines(returned: Return, order: Order, *, at: datetime) -> list[OrderLine]:
    """What she wants for what she brings, unit for unit; not saved yet. Raises NotForSale."""
    back = list(returned.lines.select_related("variant", "wants", "order_line").filter(variant__isnull=False))
    others = [Wanted(line.wants.pk, line.quantity) for line in back if line.wants and line.wants_id != line.variant_id]
    today = quote(others, sales_channel=returned.sales_channel, at=at, person=order.person) if others else None
    lines = [same_again(line) for line in back if line.wants_id in (None, line.variant_id)]
    lines += [  # the sums of this order know no discount
        OrderLine(**as_ordered(line) | {"goods_total": line.total, "discount": 0})
        for line in (today.lines if today else ())
    ]
    for ordinal, line in enumerate(lines, start=1):
        line.ordinal = ordinal
    return lines


def same_again(line: ReturnLine) -> OrderLine:
    """The same thing, for what was paid for it."""
    bought = line.order_line
    variant: Variant | None = line.variant
    rate = bought.tax_basis_points if bought else 0
    return OrderLine(
        variant=variant,
        sku=line.sku,
        title=bought.title if bought else line.sku,
        quantity=line.quantity,
        unit_price=line.total // line.quantity,
        goods_total=line.total,
        total=line.total,
        tax=tax_within(line.total, rate),
        tax_basis_points=rate,
    )


def way_to_her(returned: Return, order: Order) -> tuple[Location | None, PostalAddress | None]:
    """Where the replacement goes: to the store she comes to, else where the order went, else where it was bought."""
    if returned.way == Return.Way.STORE and returned.location:
        return returned.location, None
    if order.deliver_to:
        return None, order.deliver_to
    return order.pickup_at or order.location, None


def let_go(returned: Return, *, at: datetime) -> list[Happening]:
    """Give back what was kept for somebody who does not exchange after all; returns what to record."""
    if returned.replacement is None:
        return []
    draft = moves.lock(returned.replacement)
    if draft.status != Order.Status.DRAFT:
        return []
    moves.step_order(draft, Order.Status.CANCELED)
    holds.release(list(draft.lines.values_list("public_id", flat=True)), at=at)
    return [CheckoutAbandoned(draft.public_id, "")]
