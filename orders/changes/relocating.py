"""Sending an order somewhere else with all that follows: what it costs to bring it there, the day and the window.

Looked at first, then done, as other changes are: the preview is the change itself, taken back.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from commerce.customers.models import PostalAddress
from commerce.timeline.actors import Actor
from commerce.timeline.record import record
from orders import moves
from orders.buying import ask_by_link
from orders.changes import editing
from orders.changes.addressing import change_address
from orders.delivery.slots import windows_of
from orders.drafting import PriceChanged
from orders.models import Fulfillment, Order
from orders.standing import balance_of
from orders.tenders import PAYMENT_LINK

Way = Fulfillment.Status


@dataclass(frozen=True)
class Relocation:
    """What another address does: the total before and after, the day then, and whether an agreed window is lost."""

    before: int
    total: int
    currency: str
    promised_for: datetime | None
    loses_window: bool

    @property
    def to_pay(self) -> int:
        """What is to be paid for it (negative: goes back)."""
        return self.total - self.before


class Look(Exception):
    """Ends a preview, so that nothing of it stays."""

    def __init__(self, seen: Relocation) -> None:
        self.seen = seen


def preview(order: Order, *, address: PostalAddress, by: Actor, channel: str, at: datetime) -> Relocation:
    """What another address would do; nothing of it stays. Raises what relocate() raises but TenderMissing."""
    try:
        with transaction.atomic():
            raise Look(apply(order, address=address, by=by, channel=channel, at=at)[1])
    except Look as look:
        address.pk = None if address.person_id is None else address.pk
        return look.seen


@transaction.atomic
def relocate(
    order: Order,
    *,
    address: PostalAddress,
    expected_total: int,
    tender: str = "",
    by: Actor,
    channel: str,
    at: datetime,
) -> Relocation:
    """Send it somewhere else, at the total that was shown; what is more is paid by `tender`.

    Raises TooLateToChange, IllegalMove for a pickup, OutsideZones, NotBroughtThus, PriceChanged, TenderMissing.
    """
    order, seen = apply(order, address=address, by=by, channel=channel, at=at)
    if seen.total != expected_total:
        raise PriceChanged("the price has changed; please look at the new total", total=seen.total)
    if told := editing.settle(order, tender=tender, by=by, channel=channel, at=at):
        record(order.journey_id, *told, by=by, channel=channel, at=at)
    if tender == PAYMENT_LINK and balance_of(order).left:
        ask_by_link(order, by=by, channel=channel, at=at)
    return seen


def apply(order: Order, *, address: PostalAddress, by: Actor, channel: str, at: datetime) -> tuple[Order, Relocation]:
    """Change the address and what it costs to bring it there; the money is settled by the caller."""
    order = moves.lock_with_cart(order)
    before, had_window = order.total, has_window(order)
    order = change_address(order, address=address, by=by, channel=channel, at=at)
    lines = {line.variant_id or 0: line for line in order.lines.filter(variant__isnull=False)}
    units = {variant: line.quantity for variant, line in lines.items()}
    editing.rewrite(order, lines, editing.requoted(order, units, at=at))
    loses_window = had_window and not has_window(order)
    return order, Relocation(before, order.total, order.currency, editing.promised(order), loses_window)


def has_window(order: Order) -> bool:
    """Whether a part of it is brought within a window that was agreed."""
    return bool(windows_of(order.fulfillments.exclude(status=Way.CANCELED)))
