"""Orders for what is not here yet: sold as the cap of a warehouse's shelf allows, in line from their payment on.

inventory.backorders knows the lines by demand (an order line's public id); here is whose they are.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.db import transaction

from commerce.carts.models import Cart
from commerce.carts.showing import wanted_in
from commerce.catalog.models import Variant
from commerce.channels.models import Location
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Task
from commerce.timeline.record import Happening, record
from commerce.timeline.tasks import entry_of
from inventory import backorders, ledger, sourcing
from inventory.backorders import Wait
from inventory.holds import OutOfStock, Want
from inventory.places import serving
from inventory.promise import hand_over_at
from inventory.sourcing import Plan
from orders import moves
from orders.delivery import calls
from orders.delivery.until import until
from orders.drafting import Draft, source
from orders.models import Fulfillment, Order, OrderLine
from orders.moves import Part
from orders.standing import balance_of

Way = Fulfillment.Status
Shelf = tuple[int, int]
"""Variant and location."""
NEVER = datetime.max.replace(tzinfo=UTC)


def source_or_wait(drafted: Draft, *, take: Callable[[Sequence[Want]], None], at: datetime) -> tuple[Plan, list[Wait]]:
    """Take what is there, and wait for the lines of which too little is, where she agreed to that.

    A line waits whole, at one place. Raises OutOfStock, CannotServe, BackordersFull.
    """
    if not drafted.may_wait:
        return source(drafted, take=take, at=at), []
    short: set[int | None] = set()
    while True:
        there = [line for line in drafted.lines if line.variant_id not in short]
        waits = places_to_wait([line for line in drafted.lines if line.variant_id in short], drafted.order, at=at)

        def take_in_order(wants: Sequence[Want], *, waits: Sequence[Wait] = waits) -> None:
            # All shelves at once and in their order, those that are waited for too.
            shelves = [(want.variant_id, want.location_id) for want in wants]
            ledger.lock([*shelves, *((wait.variant_id, wait.location_id) for wait in waits)])
            take(wants)
            backorders.join(waits, at=at)

        try:
            with transaction.atomic():
                return source(replace(drafted, lines=there), take=take_in_order, at=at), waits
        except OutOfStock as problem:
            missing = {line.variant_id for line in problem.lines}
            if missing <= short or not can_wait(missing, drafted.order):
                raise
            short |= missing


def can_wait(variants: Collection[int], order: Order) -> bool:
    """Whether all of these are sold before they are here."""
    return set(variants) <= {variant for variant, _ in room_for(order, variants)}


def room_for(order: Order, variants: Collection[int]) -> dict[Shelf, int]:
    """How many more units the places of an order's sales channel sell before they are here."""
    locations = serving(order.sales_channel).values_list("pk", flat=True)
    return backorders.room(variants, locations=list(locations))


def places_to_wait(lines: Sequence[OrderLine], order: Order, *, at: datetime) -> list[Wait]:
    """Where each line waits; raises BackordersFull."""
    if not lines:
        return []
    quantity = {line.variant_id or 0: line.quantity for line in lines}
    room = room_for(order, list(quantity))
    ahead = backorders.line_of(room)
    dates = backorders.expected({shelf: ahead[shelf].units + quantity[shelf[0]] for shelf in room}, at=at)
    waits = []
    for line in lines:
        shelf = best_shelf(line.variant_id or 0, line.quantity, room=room, dates=dates)
        if shelf is None:
            raise backorders.BackordersFull("no more of it is sold before it is here", sku=line.sku)
        waits.append(Wait(*shelf, line.quantity, line.public_id))
    return waits


@dataclass(frozen=True)
class Waiting:
    """What somebody would wait for, and her place in line; no place where it is not sold before it is here."""

    sku: str
    quantity: int
    position: int | None
    expected_at: datetime | None


def waits_for(cart: Cart, *, at: datetime) -> list[Waiting]:
    """What of a cart would have to be waited for if it were delivered."""
    wanted = {want.variant_id: want.quantity for want in wanted_in(cart)}
    places = sourcing.facts_for(cart.sales_channel, list(wanted), at=at).places
    short = [v for v, units in wanted.items() if sum(place.available.get(v, 0) for place in places) < units]
    if not short:
        return []
    room = backorders.room(short, locations=[place.location_id for place in places])
    line = backorders.line_of(room)
    dates = backorders.expected({shelf: line[shelf].units + wanted[shelf[0]] for shelf in room}, at=at)
    found = []
    for sku, variant in Variant.objects.filter(pk__in=short).order_by("pk").values_list("sku", "pk"):
        shelf = best_shelf(variant, wanted[variant], room=room, dates=dates)
        expected_at = dates[shelf] if shelf else None
        found.append(Waiting(sku, wanted[variant], line[shelf].people + 1 if shelf else None, expected_at))
    return found


def best_shelf(
    variant: int, units: int, *, room: Mapping[Shelf, int], dates: Mapping[Shelf, datetime | None]
) -> Shelf | None:
    """Where so many units are waited for: where there is room, and they are expected soonest; a date before none."""
    shelves = [shelf for shelf, left in room.items() if shelf[0] == variant and left >= units]
    return min(shelves, key=lambda shelf: (dates[shelf] is None, dates[shelf] or NEVER, shelf), default=None)


def in_line(fulfillments: Collection[str], *, at: datetime) -> dict[str, tuple[int, datetime | None]]:
    """The place in line of parts of orders, by public id, and when enough is expected."""
    demands: dict[str, list[str]] = {}
    lines = OrderLine.objects.filter(fulfillment_lines__fulfillment__public_id__in=fulfillments)
    for part, demand in lines.values_list("fulfillment_lines__fulfillment__public_id", "public_id"):
        demands.setdefault(part, []).append(demand)
    every = backorders.standing_of([demand for those in demands.values() for demand in those])
    found = {}
    for part, those in demands.items():
        places = [place for place in every if place.demand in those]
        found[part] = (position(places), backorders.expected_for(places, at=at))
    return found


def take_places(order: Order, demands: Sequence[str], *, at: datetime) -> list[Wait]:
    """Give the lines of an order that wait their places, if it is paid; returns what waits, or waited."""
    waits = backorders.waits_of(demands)
    if waits and balance_of(order).covered:
        backorders.paid(demands, at=at)
    return waits


def parts_of(order: Order, waits: Sequence[Wait], *, at: datetime) -> list[Part]:
    """The parts of an order that are not here yet, one for each place, with its place in line and its day."""
    if not waits:
        return []
    standing = {place.demand: place for place in backorders.standing_of([wait.demand for wait in waits])}
    of = Location.objects.in_bulk({wait.location_id for wait in waits})
    parts = []
    for location in dict.fromkeys(wait.location_id for wait in waits):
        here = [wait for wait in waits if wait.location_id == location]
        places = [standing[wait.demand] for wait in here if wait.demand in standing]
        expected_at = backorders.expected_for(places, at=at)
        promised_for = (
            until(order, comes_from=of[location], at=expected_at or at) if expected_at or not places else None
        )
        parts.append(Part(location, here, promised_for, waits=True, position=position(places), expected_at=expected_at))
    return parts


def leaves_at(wants: Sequence[Want], waits: Sequence[Wait], *, at: datetime) -> datetime | None:
    """When all of an order can be on its way, by what is expected; nothing where no day is known for some of it."""
    sources = {want.location_id for want in wants}
    of = Location.objects.in_bulk(sources | {wait.location_id for wait in waits})
    instants = [hand_over_at(of[place], at=at) for place in sources]
    for wait in waits:
        expected_at = backorders.expected_for(backorders.standing_of([wait.demand]), at=at)
        if expected_at is None:
            return None
        instants.append(hand_over_at(of[wait.location_id], at=expected_at))
    return max(instants, default=at)


def position(places: Sequence[backorders.Standing]) -> int:
    """The place in line that counts: that of the line that waits longest; 0 where nothing is waited for any more."""
    return max((place.position for place in places), default=0)


def take_up(task: Task, *, at: datetime) -> None:
    """A line has all its units: once its whole part of the order has, the part is allocated."""
    fulfillment = (
        Fulfillment.objects.filter(lines__order_line__public_id=task.key, status=Way.BACKORDERED)
        .select_related("order__sales_channel")
        .first()
    )
    if fulfillment is None:
        return
    order = moves.lock(fulfillment.order)
    fulfillment.refresh_from_db(fields=["status"])
    demands = list(fulfillment.lines.values_list("order_line__public_id", flat=True))
    if fulfillment.status != Way.BACKORDERED or backorders.standing_of(demands):
        return
    told: list[Happening] = [moves.step(fulfillment, Way.ALLOCATED)]
    if order.call_me and fulfillment.kind == Fulfillment.Kind.SHIPMENT:
        told.append(calls.wanted(order, fulfillment, at=at))
        calls.promise(order, fulfillment, by=SYSTEM, channel="system", at=at)
    record(order.journey_id, *told, by=SYSTEM, channel="system", at=at)


def pay(task: Task, *, at: datetime) -> None:
    """What was agreed is paid: from now on the order has its place in line."""
    order = moves.lock(Order.objects.get(public_id=entry_of(task).data["order"]))
    if order.status == Order.Status.PLACED:
        take_places(order, list(order.lines.values_list("public_id", flat=True)), at=at)
