"""What speaks of a sale of before: its returns, its voids, and how its stored cards ended. Each may come before it.

A return is booked at once, whatever it speaks of. A void, and the end of a card, wait for the sale; they are settled by
whoever tells of it, or by the sweep where two tills spoke at the same moment. Only a till of the same store may undo a
sale: what waits for another store's, or for one that nobody has told of for long, is its store's matter.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from commerce.timeline.actors import SYSTEM, Actor
from inventory import ledger
from orders.journal import afterwards, given_back
from orders.journal.models import Fact
from orders.journal.reading import key_of, read
from orders.models import Order, OrderLine, Todo

Kind, Status = Fact.Kind, Fact.Status


def lock(sales: Collection[UUID], *, beside: Iterable[tuple[int, int]] = ()) -> None:
    """Lock the orders of these sales, then their shelves and others together, each in primary-key order."""
    orders = Order.objects.filter(till_key__in=[key_of(uuid) for uuid in sales]).order_by("pk")
    locked = list(orders.select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))
    lines = OrderLine.objects.filter(order__in=locked, variant__isnull=False)
    ledger.lock([*beside, *lines.values_list("variant", "order__location")])


def settle(spoken_of: Collection[UUID], *, agreed: Collection[UUID] = (), at: datetime) -> dict[UUID, str]:
    """Book what speaks of these sales, as far as they were told by now; returns what was waiting, with its order.

    The sales are locked, or new. `agreed` are facts of another store's till that a person has agreed to.
    """
    speaking = list(
        Fact.objects.filter(of__in=spoken_of, status__in=(Status.BOOKED, Status.WAITING)).select_related(
            "device__location"
        )
    )
    if not speaking:
        return {}
    sales = Fact.objects.filter(uuid__in=spoken_of, kind=Kind.SALE, order__isnull=False)
    orders = {sale.uuid: sale for sale in sales.select_related("order__sales_channel", "device")}
    booked, touched = {}, {}
    for fact in sorted(speaking, key=lambda fact: (fact.device_id, fact.sequence)):
        sale = orders.get(fact.of) if fact.of else None
        if sale is None or sale.order is None:
            continue
        by, channel = Actor("device", fact.device.public_id), sale.order.sales_channel.kind
        if fact.status == Status.WAITING:
            place = fact.device.location
            if place is None or (sale.device.location_id != place.pk and fact.uuid not in agreed):
                continue
            said = read(fact.said, zone=ZoneInfo(place.timezone))
            fact.status, fact.said, fact.order = Status.BOOKED, None, sale.order
            fact.save(update_fields=["status", "said", "order"])
            if fact.kind == Kind.PAYMENT:
                afterwards.settle(sale.order, said, fact, by=by, channel=channel, at=at)
            booked[fact.uuid] = sale.order.public_id
        touched[sale.order.pk] = (by, channel)
    told = [str(fact.uuid) for fact in speaking if fact.of in orders and fact.status == Status.BOOKED]
    Todo.objects.filter(kind=Todo.Kind.TILL_WAITING, subject__in=told, closed_at=None).update(
        closed_at=at, closed_by=str(SYSTEM)
    )
    for order, (by, channel) in sorted(touched.items()):
        given_back.settle([order], by=by, channel=channel, at=at)
    return booked
