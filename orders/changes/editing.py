"""Changing what was ordered, before anybody prepares it: looked at first, then done.

The order costs what it would have cost had it been placed so: one quote for all of it, at the instant of its placement,
so that thresholds and coupons count as they did. The preview is the change itself, taken back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from commerce.channels.models import Location, SalesChannel
from commerce.pricing.tax_places import tax_place
from commerce.promotions import uses
from commerce.promotions.models import Coupon
from commerce.quotes.quote import quote
from commerce.quotes.reckoning import Quote, Wanted
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.record import Happening, record
from inventory import holds, sourcing
from inventory.holds import Want
from inventory.rules import Line
from orders import moves, payments, promise_ledger, refunds
from orders.buying import ask_by_link
from orders.changes import waiting
from orders.changes.happenings import OrderChanged
from orders.checkout import TenderMissing
from orders.delivery import slots
from orders.delivery.rates import brought
from orders.delivery.until import until
from orders.drafting import PriceChanged, as_ordered
from orders.models import Fulfillment, FulfillmentLine, Order, OrderLine, Payment, Refund
from orders.moves import Part
from orders.receivables import agreements
from orders.standing import balance_of, restate
from orders.tenders import COUNTED_BY_STAFF, PAYMENT_LINK

Way = Fulfillment.Status
CHANGEABLE = (Way.ALLOCATED, Way.BACKORDERED)
"""What nobody prepares yet: it lies there, or waits in line for what is not here."""


class TooLateToChange(Problem):
    """Somebody prepares it already, or it has left, or is over."""

    code = "too_late_to_change"


class NothingLeft(Problem):
    """Nothing would be left of the order: then it is canceled."""

    code = "nothing_left_of_order"
    status = 422


class PaymentWaits(Problem):
    """A payment of this order is still on its way; its amount cannot be changed meanwhile."""

    code = "payment_waits"


@dataclass(frozen=True)
class Change:
    """What a change does: units of each SKU before and after, money, and from where the goods come now.

    `turns` are the places in line of what is not here yet; `promised_for`: when all of the rest is there.
    """

    units: Mapping[str, tuple[int, int]]
    before: int
    total: int
    currency: str
    locations: Sequence[str]
    turns: Sequence[waiting.Turn] = ()
    promised_for: datetime | None = None

    @property
    def to_pay(self) -> int:
        """What is to be paid for it (negative: goes back)."""
        return self.total - self.before


class Look(Exception):
    """Ends a preview, so that nothing of it stays."""

    def __init__(self, change: Change) -> None:
        self.change = change


def preview(order: Order, units: Mapping[int, int], *, by: Actor, channel: str, at: datetime) -> Change:
    """What a change would do, to price and stock; nothing stays of it. Raises what edit() raises but TenderMissing."""
    try:
        with transaction.atomic():
            raise Look(apply(order, units, by=by, at=at)[1])
    except Look as seen:
        return seen.change


@transaction.atomic
def edit(
    order: Order,
    units: Mapping[int, int],
    *,
    expected_total: int,
    tender: str = "",
    by: Actor,
    channel: str,
    at: datetime,
) -> Change:
    """Change how many units of variants an order has; those that are not named stay. What is more is paid by `tender`.

    Raises TooLateToChange, PaymentWaits, NothingLeft, NotForSale, OutOfStock, PriceChanged, TenderMissing.
    """
    order, change, told = apply(order, units, by=by, at=at)
    if change.total != expected_total:
        raise PriceChanged("the price has changed; please look at the new total", total=change.total)
    waiting.promise_anew(order, by=by, channel=channel, at=at)
    slots.end_unneeded(order, at=at)
    told += settle(order, tender=tender, by=by, channel=channel, at=at)
    named = {sku: list(pair) for sku, pair in change.units.items()}
    told.append(OrderChanged(order.public_id, str(order.number), named, change.before, change.total, change.currency))
    record(order.journey_id, *told, by=by, channel=channel, at=at)
    if tender == PAYMENT_LINK and balance_of(order).left:
        ask_by_link(order, by=by, channel=channel, at=at)
    return change


def apply(order: Order, units: Mapping[int, int], *, by: Actor, at: datetime) -> tuple[Order, Change, list[Happening]]:
    """Write other units, their price and where they come from; the money is settled by the caller."""
    order = moves.lock_with_cart(order)
    parts = changeable(order)
    lines = {line.variant_id or 0: line for line in order.lines.filter(variant__isnull=False)}
    now = {variant: line.quantity for variant, line in lines.items()}
    after = {variant: wanted for variant, wanted in (now | dict(units)).items() if wanted}
    if not after:
        raise NothingLeft("nothing would be left; cancel the order instead")
    before, stood = order.total, waiting.places(order)
    priced = requoted(order, after, at=at)
    kept = rewrite(order, lines, priced)
    moved = {variant for variant in now.keys() | after.keys() if now.get(variant, 0) != after.get(variant, 0)}
    waits = waiting.waiting_of(parts)
    waiting.change(waits, kept, moved=moved, at=at)
    there = [part for part in parts if part.status == Way.ALLOCATED]
    told = resource(order, there, lines, kept, moved - waits.keys(), by=by, at=at)
    told += drop_empty(parts)
    gone = [line.pk for variant, line in lines.items() if variant not in kept]
    OrderLine.objects.filter(pk__in=gone).delete()
    skus = {variant: line.sku for variant, line in {**lines, **kept}.items()}
    pairs = {skus[variant]: (now.get(variant, 0), after.get(variant, 0)) for variant in sorted(moved)}
    standing = order.fulfillments.exclude(status=Way.CANCELED).order_by("pk")
    locations = list(standing.values_list("location__code", flat=True))
    turns = waiting.turns(order, before=stood, at=at)
    return order, Change(pairs, before, order.total, order.currency, locations, turns, promised(order)), told


def promised(order: Order) -> datetime | None:
    """The instant by which all of an order is promised."""
    standing = order.fulfillments.exclude(status=Way.CANCELED)
    return standing.aggregate(last=Max("promised_for"))["last"]


def is_changeable(order: Order, parts: Iterable[Fulfillment]) -> bool:
    """Whether nobody prepares anything of an order yet; what was canceled of it does not count."""
    standing = [part for part in parts if part.status != Way.CANCELED]
    return order.status == Order.Status.PLACED and bool(standing) and all(p.status in CHANGEABLE for p in standing)


def changeable(order: Order) -> list[Fulfillment]:
    """The parts of an order that nobody prepares yet; raises TooLateToChange, PaymentWaits."""
    parts = list(order.fulfillments.exclude(status=Way.CANCELED).select_related("order", "location").order_by("pk"))
    if not is_changeable(order, parts):
        raise TooLateToChange("this order is being prepared already, or is over")
    waiting = order.payments.filter(status__in=[Payment.Status.PENDING, Payment.Status.AUTHORIZED]).exists()
    if waiting or agreements.standing(order).exists():
        raise PaymentWaits("a payment of this order is still on its way")
    return parts


def requoted(order: Order, after: Mapping[int, int], *, at: datetime) -> Quote:
    """What the order costs with these units, as if it had been placed so; its coupon counts as its own.

    The coupon's use is given back for the quote and taken again if the coupon still takes something off.
    """
    coupon = coupon_of(order)
    if coupon:
        uses.release(order.public_id, at=at)
        coupon.refresh_from_db()
    placed_at = order.placed_at or at
    wanted = [Wanted(variant, units) for variant, units in after.items()]
    source = order.cart.sales_channel if order.cart else order.sales_channel
    priced = quote(
        wanted, sales_channel=source, at=placed_at, coupon=coupon, person=order.person, tax_place=taxed_at(order)
    )
    order.quote = {"delivery": order.quote.get("delivery", {})}
    if order.deliver_to:
        priced, offer = brought(
            priced,
            sales_channel=source,
            postal_code=order.deliver_to.postal_code,
            country=order.deliver_to.country or "ES",
            method=order.quote["delivery"].get("method", ""),
            at=placed_at,
        )
        order.quote["delivery"] |= offer.as_dict() if offer else {}
    if coupon and priced.spends(coupon.code):
        uses.hold(coupon, demand=order.public_id, person=order.person, at=at, expires_at=None)
        uses.redeem(order.public_id, at=at)
    return priced


def taxed_at(order: Order) -> str:
    """Whose taxes apply: those of the place where the goods end up."""
    place = order.pickup_at or order.deliver_to
    return tax_place((place and place.country) or order.sales_channel.country, place.postal_code if place else "")


def coupon_of(order: Order) -> Coupon | None:
    """The coupon that takes something off an order."""
    coupon = order.cart.coupon if order.cart else None
    codes = {applied["coupon"] for applied in order.quote.get("applied", ())}
    return coupon if coupon and coupon.code in codes else None


def rewrite(order: Order, lines: Mapping[int, OrderLine], priced: Quote) -> dict[int, OrderLine]:
    """Write the lines and sums of a quote into the order; returns the lines by variant, new ones too."""
    kept: dict[int, OrderLine] = {}
    ordinal = max((line.ordinal for line in lines.values()), default=0)
    for quoted in priced.lines:
        line = lines.get(quoted.variant_id)
        if line is None:
            ordinal += 1
            line = OrderLine(order=order, ordinal=ordinal)
        for name, value in as_ordered(quoted).items():
            setattr(line, name, value)
        line.save()
        kept[quoted.variant_id] = line
    order.goods_total, order.discount_total = priced.goods_total, priced.discount_total
    order.delivery_total, order.tax_total, order.total = priced.delivery_total, priced.tax_total, priced.total
    order.quote = priced.as_dict() | {
        name: facts for name, facts in order.quote.items() if name == "delivery" and facts
    }
    order.save(update_fields=["goods_total", "discount_total", "delivery_total", "tax_total", "total", "quote"])
    return kept


def resource(
    order: Order,
    parts: Sequence[Fulfillment],
    lines: Mapping[int, OrderLine],
    kept: Mapping[int, OrderLine],
    moved: set[int],
    *,
    by: Actor,
    at: datetime,
) -> list[Happening]:
    """Promise the changed lines what they want now, first from where the order is served already.

    Returns what to record. Raises OutOfStock.
    """
    goes = FulfillmentLine.objects.filter(fulfillment__in=parts, order_line__variant__in=moved)
    here: dict[int, dict[int, int]] = {}
    for row in goes.order_by("fulfillment").select_related("order_line", "fulfillment"):
        at_places = here.setdefault(row.order_line.variant_id or 0, {})
        at_places[source_of(row.fulfillment)] = at_places.get(source_of(row.fulfillment), 0) + row.quantity
    extra: list[Line] = []
    for variant in sorted(moved):
        wanted = kept[variant].quantity if variant in kept else 0
        at_places = here.setdefault(variant, {})
        for location in reversed(list(at_places)):  # what is less leaves the last part first
            surplus = max(sum(at_places.values()) - wanted, 0)
            at_places[location] -= min(surplus, at_places[location])
        if more := wanted - sum(at_places.values()):
            extra.append(Line(kept[variant].public_id, variant, kept[variant].sku, more))
    for want in sourced(order, extra, parts, at=at):
        at_places = here[want.variant_id]
        at_places[want.location_id] = at_places.get(want.location_id, 0) + want.quantity
    wants = [
        Want(variant, location, units, kept[variant].public_id)
        for variant, at_places in here.items()
        for location, units in at_places.items()
        if units
    ]
    demands = [line.public_id for variant, line in {**lines, **kept}.items() if variant in moved]
    holds.reallocate(demands, wants, at=at)
    goes.delete()
    return put_into_parts(order, parts, wants, by=by, at=at)


def source_of(part: Fulfillment) -> int:
    """The location from whose shelf a part is taken, wherever it is collected."""
    return part.comes_from_id or part.location_id


def sourced(order: Order, extra: Sequence[Line], parts: Sequence[Fulfillment], *, at: datetime) -> Sequence[Want]:
    """Who serves the additional units: those who serve the order already, else whoever can; raises OutOfStock."""
    if not extra:
        return ()
    facts = sourcing.facts_for(order.sales_channel, [line.variant_id for line in extra], at=at)
    serving = {source_of(part) for part in parts}
    near = [place for place in facts.places if place.location_id in serving]
    try:
        return sourcing.plan(extra, facts=replace(facts, places=near), pickup_at=order.pickup_at_id).wants
    except (holds.OutOfStock, sourcing.CannotServe, sourcing.TooManyParcels):
        address = order.deliver_to.postal_code if order.deliver_to else ""
        return sourcing.plan_for(
            extra, sales_channel=order.sales_channel, pickup_at=order.pickup_at, postal_code=address, at=at
        ).wants


def put_into_parts(
    order: Order, parts: Sequence[Fulfillment], wants: Sequence[Want], *, by: Actor, at: datetime
) -> list[Happening]:
    """Put units into the parts of their locations, new parts where there is none."""
    of_source = {source_of(part): part for part in parts}
    line_of = dict(order.lines.values_list("public_id", "pk"))
    told: list[Happening] = []
    for want in wants:
        if want.location_id not in of_source:
            of_source[want.location_id], happened = new_part(order, want, by=by, at=at)
            told += happened
        FulfillmentLine.objects.create(
            fulfillment=of_source[want.location_id], order_line_id=line_of[want.demand], quantity=want.quantity
        )
    return told


def drop_empty(parts: Sequence[Fulfillment]) -> list[Happening]:
    """Cancel the parts of which nothing is left; returns what to record."""
    return [moves.step(part, Way.CANCELED) for part in parts if not part.lines.exists()]


def new_part(order: Order, want: Want, *, by: Actor, at: datetime) -> tuple[Fulfillment, list[Happening]]:
    """A part of the order from a location that did not serve it before, with its promise."""
    place = Location.objects.get(pk=want.location_id)
    promised_for = until(order, comes_from=place, at=at)
    goes_to = order.pickup_at or place
    part = Part(goes_to.pk, [want], promised_for)
    kind = Fulfillment.Kind.PICKUP if order.pickup_at_id else Fulfillment.Kind.SHIPMENT
    made = Fulfillment.objects.create(
        public_id=part.name,
        order=order,
        kind=kind,
        location=goes_to,
        comes_from=place if place != goes_to else None,
        address_id=order.deliver_to_id,
        promised_for=promised_for,
        created_at=at,
    )
    promise_ledger.give(order, [part], by=by, channel=order.sales_channel.kind, at=at)
    return made, moves.tell_part(order, part, kind.value)


def settle(order: Order, *, tender: str, by: Actor, channel: str, at: datetime) -> list[Happening]:
    """Take what is owed now, or give back what is too much; returns what to record. Raises TenderMissing."""
    balance = restate(order)
    if balance.surplus:
        reason, at_counter = Refund.Reason.CHANGED, channel == SalesChannel.Kind.STORE
        return refunds.give_part_back(order, balance.surplus, reason=reason, at_counter=at_counter, by=by, at=at)[1]
    if not balance.left:
        return []
    if tender in COUNTED_BY_STAFF:
        told = payments.keep(order, tender=tender, amount=balance.left, at=at)[1]
        restate(order)
        return [told]
    if tender != PAYMENT_LINK:
        raise TenderMissing("please say how the rest is paid", owed=balance.left)
    return []
