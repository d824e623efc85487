"""A store cannot find what it was to prepare: its shelf is counted, and others take over, or she is told."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Coalesce

from commerce.channels.models import Location
from commerce.timeline.actors import Actor
from commerce.timeline.models import Entry
from commerce.timeline.record import Happening, record
from inventory import holds, ledger, sourcing
from inventory.holds import OutOfStock
from inventory.models import Movement, Stock
from inventory.rules import Line
from inventory.sourcing import CannotServe, Plan, TooManyParcels
from orders import happenings, moves, promise_ledger, unholding
from orders.delivery import calls, slots
from orders.delivery.until import brought_by, until
from orders.freeing import free
from orders.lifecycle import TO_PICK
from orders.models import Fulfillment, Order, Refund
from orders.parts import lines_of, part, units_named
from orders.receivables import agreements
from orders.stripe.settling import return_money
from orders.unserved import pay_back

Way = Fulfillment.Status
NOT_FOUND = "not found when it was picked"


@transaction.atomic
def cannot_find(
    fulfillment: Fulfillment, *, missing: Mapping[str, int] | None = None, by: Actor, channel: str, at: datetime
) -> list[Fulfillment]:
    """These units (SKU → units; all, if none are named) are not on their shelf: find them elsewhere.

    The shelf's books are put right by them, and it stands as to be counted. Returns the parts that take over; none
    where nobody has the units: then they are canceled, paid back, and she is told. Raises IllegalMove, NotInPart.
    """
    order = moves.lock(fulfillment.order)
    fulfillment = Fulfillment.objects.select_related("order__sales_channel", "location").get(pk=fulfillment.pk)
    if fulfillment.status not in TO_PICK:
        raise moves.IllegalMove(f"nobody is picking {fulfillment}", before=fulfillment.status)
    units = units_named(fulfillment, missing)
    source = fulfillment.comes_from_id or fulfillment.location_id
    flag(fulfillment, units, location_id=source, by=by, at=at)
    try:
        plan = elsewhere(fulfillment, units, without=source, at=at)
        with transaction.atomic():
            holds.allocate_now(plan.wants, at=at)
    except (OutOfStock, CannotServe, TooManyParcels):
        record(order.journey_id, *give_up(order, fulfillment, units, by=by, at=at), by=by, channel=channel, at=at)
        return []
    told, parts = take_over(order, fulfillment, plan, by=by, channel=channel, at=at)
    record(order.journey_id, *told, by=by, channel=channel, at=at)
    promise_ledger.look_at(parts, at=at)
    return parts


def flag(fulfillment: Fulfillment, units: Mapping[str, int], *, location_id: int, by: Actor, at: datetime) -> None:
    """The units are not where the books say: the promise there ends, and the shelf is to be counted."""
    adjusted = Movement.Kind.ADJUSTED
    holds.consume(units, location_id=location_id, kind=adjusted, reason=NOT_FOUND, by=by, at=at)
    variants = [row.order_line.variant_id for demand, row in lines_of(fulfillment).items() if demand in units]
    shelves = Stock.objects.filter(variant__in=variants, location=location_id).order_by("pk")
    ledger.to_be_counted(shelves.values_list("pk", flat=True), at=at)


def elsewhere(fulfillment: Fulfillment, units: Mapping[str, int], *, without: int, at: datetime) -> Plan:
    """Who else could serve, but for who was asked before; for a pickup only where things are sent to that store.

    Raises OutOfStock, CannotServe, TooManyParcels.
    """
    is_pickup = fulfillment.kind == Fulfillment.Kind.PICKUP
    if is_pickup and fulfillment.location.transfer_days is None:
        raise CannotServe("nothing is sent to this store")
    rows = lines_of(fulfillment)
    lines = [
        Line(demand, rows[demand].order_line.variant_id or 0, rows[demand].order_line.sku, quantity)
        for demand, quantity in units.items()
    ]
    address = fulfillment.order.deliver_to
    return sourcing.plan_for(
        lines,
        sales_channel=fulfillment.order.sales_channel,
        postal_code=address.postal_code if address else "",
        without={without, *asked_before(fulfillment)},
        at=at,
    )


def asked_before(fulfillment: Fulfillment) -> set[int]:
    """The places that could not find these units already: those whose part this one took over, and so on back."""
    told = Entry.objects.filter(journey=fulfillment.order.journey_id, type=happenings.FulfillmentRerouted.type)
    before = {to: data["fulfillment"] for data in told.values_list("data", flat=True) for to in data["to"]}
    parts, part_of = [], before.get(fulfillment.public_id)
    while part_of:
        parts.append(part_of)
        part_of = before.get(part_of)
    earlier = Fulfillment.objects.filter(public_id__in=parts).annotate(source=Coalesce("comes_from", "location"))
    return set(earlier.values_list("source", flat=True))


def take_over(
    order: Order, fulfillment: Fulfillment, plan: Plan, *, by: Actor, channel: str, at: datetime
) -> tuple[list[Happening], list[Fulfillment]]:
    """The parts that take over what she was told, with its window and the call that we owe; returns what to record.

    Record it, then let promise_ledger.look_at see what of it cannot be kept, so that she hears of it before.
    """
    parts: list[Fulfillment] = []
    is_pickup = fulfillment.kind == Fulfillment.Kind.PICKUP
    window = slots.windows_of([fulfillment]).get(fulfillment.pk)
    for place in Location.objects.filter(pk__in=plan.location_ids).order_by("pk"):
        promised_for = until(order, comes_from=place, window=window, at=at)
        where = (fulfillment.location, place) if is_pickup and place != fulfillment.location else (place, None)
        made = part(
            fulfillment,
            {want.demand: want.quantity for want in plan.wants if want.location_id == place.pk},
            location=where[0],
            comes_from=where[1],
            status=Way.ALLOCATED,
            promised_for=promised_for,
            at=at,
        )
        parts.append(made)
    told: list[Happening] = [
        happenings.FulfillmentRerouted(
            order.public_id,
            fulfillment.public_id,
            tuple(made.public_id for made in parts),
            tuple(choice.as_fact() for choice in plan.choices),
        )
    ]
    if not fulfillment.lines.exists():
        told.append(moves.step(fulfillment, Way.CANCELED))
        calls.passed_on(fulfillment.public_id, parts[0].public_id)
    if window:
        in_window = [made for made in parts if made.promised_for == window.ends_at]
        left_out = slots.take_over(fulfillment, in_window, window, by=by, at=at)
        for made in in_window:
            if made.pk in left_out:
                made.promised_for = brought_by(order, comes_from=made.location, at=at)
    promise_ledger.pass_on(order, fulfillment, parts, by=by, channel=channel, at=at)
    slots.end_unneeded(order, at=at)
    told += [
        happenings.FulfillmentPromised(
            order.public_id, made.public_id, made.kind, made.location_id, made.promised_for.isoformat()
        )
        for made in parts
        if made.promised_for
    ]
    return told, parts


def give_up(
    order: Order, fulfillment: Fulfillment, units: Mapping[str, int], *, by: Actor, at: datetime
) -> Sequence[Happening]:
    """Nobody has the units: they are canceled and paid back; what follows tells her. Returns what to record."""
    lines = lines_of(fulfillment)
    is_whole = units == {demand: row.quantity for demand, row in lines.items()}
    gone = fulfillment if is_whole else part(fulfillment, units, status=fulfillment.status, at=at)
    gone.order = order
    told: list[Happening] = [
        moves.step(gone, Way.CANCELED),
        happenings.FulfillmentUnserved(order.public_id, gone.public_id, sum(units.values())),
    ]
    calls.dropped(gone.public_id, by=by, at=at)
    slots.end_unneeded(order, at=at)
    if not order.fulfillments.exclude(status__in=moves.paid_back()).exists():
        moves.step_order(order, Order.Status.CANCELED)
        free(order, at=at)
        told += return_money(order, reason=Refund.Reason.UNSERVED, at=at)
        unholding.end_all(order, by=by, at=at)
        told += agreements.end_open(order, at=at)
        told.append(happenings.OrderCanceled(order.public_id, str(order.number)))
        return told
    told += pay_back(order, gone, by=by, at=at)
    return [*told, *moves.complete(order)]
