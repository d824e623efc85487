"""What is told of an order that changes after it was placed: other units, another address, held back, let go, ended."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Max, QuerySet

from commerce.catalog.models import Variant
from commerce.money import display
from commerce.timeline.models import Entry, Task
from commerce.timeline.tasks import entry_of
from notifications import wording
from notifications.messages import tell_her, withhold
from notifications.models import Message
from orders import private_links
from orders.models import Fulfillment, Order, OrderHold, Refund

FACTS = ("units", "before", "total", "kind", "due_at")


def tell_of_change(task: Task, *, at: datetime) -> None:
    """An order has other units or another address, or is held back or let go: tell her, each change once."""
    entry = entry_of(task)
    order = Order.objects.select_related("person").get(public_id=entry.data["order"])
    if entry.type == "order.held" and not order.holds.filter(kind=entry.data["kind"], released_at=None).exists():
        withhold("order_changed", why="moved_on", journey=task.journey, entry=task.entry, at=at)
        return
    say("order_changed", order, entry, task, at=at)


def tell_of_end(task: Task, *, at: datetime) -> None:
    """An order was canceled: tell her, unless what it was canceled for is told her already."""
    entry = entry_of(task)
    order = Order.objects.select_related("person").get(public_id=entry.data["order"])
    if why := told_as(entry):
        withhold("order_canceled", why=why, journey=task.journey, entry=task.entry, at=at)
        return
    say("order_canceled", order, entry, task, at=at)


WHY_CANCELED = {
    "order.unpaid": "told_as_unpaid",
    "fulfillment.unserved": "told_as_unserved",
    "fulfillment.expired": "told_as_expired",
}
"""What an order is canceled for by itself; the letter about that says that it is canceled."""


def told_as(canceled: Entry) -> str:
    """By what that happened at the same instant she learns that an order is canceled; empty if by nothing."""
    order, journey = canceled.data["order"], canceled.journey_id
    cause = beside(order, WHY_CANCELED, journey=journey, at=canceled.occurred_at).last()
    return WHY_CANCELED[cause.type] if cause else ""


def beside(order: str, types: Collection[str], *, journey: int, at: datetime) -> QuerySet[Entry]:
    """What of these types happened to an order at one instant."""
    found = Entry.objects.filter(journey=journey, type__in=types, occurred_at=at)
    return found.filter(data__order=order).order_by("number")


def say(purpose: str, order: Order, entry: Entry, task: Task, *, at: datetime) -> None:
    """Plan a message about one change of an order."""
    said = {name: entry.data[name] for name in FACTS if name in entry.data}
    tell_her(
        order.person,
        purpose=purpose,
        subject=order.public_id,
        phase=str(entry.pk),
        facts={"what": entry.type.removeprefix("order.")} | said,
        task=task,
        at=at,
    )


def changed(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """What has changed, what the order costs now, and when she gets it."""
    order = Order.objects.select_related("deliver_to").get(public_id=message.subject)
    said, zone = message.facts, message.person.timezone
    before, total = said.get("before", order.total), said.get("total", order.total)
    standing = order.fulfillments.exclude(status=Fulfillment.Status.CANCELED)
    by_day = standing.aggregate(last=Max("promised_for"))["last"]
    return {
        "number": order.number,
        "what": said.get("what", "changed"),
        "lines": [(title, was, now) for title, was, now in units_of(order, said.get("units", {}))],
        "total": display(total, order.currency, language),
        "more": display(total - before, order.currency, language) if total > before else "",
        "less": display(before - total, order.currency, language) if total < before else "",
        "city": order.deliver_to.city if order.deliver_to else "",
        "checks": said.get("kind", OrderHold.Kind.FRAUD),
        "until": wording.moment(datetime.fromisoformat(said["due_at"]), zone=zone, language=language)
        if "due_at" in said
        else "",
        "promised": wording.day(by_day, zone=zone, language=language) if by_day else "",
        "order_url": wording.absolute("order-link", private_links.create(order, at=at)),
    }


def units_of(order: Order, units: dict[str, list[int]]) -> list[tuple[str, int, int]]:
    """SKUs with their units before and after, by what they are called."""
    known = dict(Variant.objects.filter(sku__in=units).values_list("sku", "product__title"))
    bought = dict(order.lines.filter(sku__in=units).values_list("sku", "title"))
    return [((known | bought).get(sku, sku), was, now) for sku, (was, now) in units.items()]


def canceled(message: Message, language: str, at: datetime) -> dict[str, Any]:
    """Which order, and what goes back."""
    order = Order.objects.get(public_id=message.subject)
    given = Refund.objects.filter(payment__order=order, reason=Refund.Reason.CANCELED)
    back = sum(given.values_list("amount", flat=True))
    return {"number": order.number, "back": display(back, order.currency, language) if back else ""}
