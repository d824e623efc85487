"""Mending a shelf that has less than is promised of it, because a till told late what it had sold.

The goods are gone. Who gives way is chosen by orders.repairs.policy; then what can be served from elsewhere is, what
was only held is let go, and for the rest somebody of the store gets the matter, with the promise's own time as its
deadline. The sale's journey and that of each promise tell of it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from commerce.carts.models import Cart
from commerce.timeline import tasks
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Task
from commerce.timeline.record import record
from inventory import holds, ledger, reservations, sourcing
from inventory.holds import OutOfStock, Want
from inventory.models import Allocation, Hold, Movement, Repair, Reservation, Stock
from orders import abandoning, moves, payments, promise_ledger, rerouting
from orders.happenings import PromiseAtRisk, PromiseRerouted, TillBrokePromises
from orders.lifecycle import IN_OUR_HANDS
from orders.models import Fulfillment, FulfillmentLine, Order, OrderLine, Todo
from orders.repairs.policy import Change, Cost, Promise, Victim, choose, replay
from orders.todos import open_todo

MEND = "orders.repairs.mending.mend"
SOON = timedelta(hours=4)
"""The deadline of a repair whose promise has no time in it."""
Way = Fulfillment.Status
BROKEN = Q(held__gt=0) | Q(allocated__gt=0)
LEASE = "lease:"
RESERVATION = "reservation:"


def look_after(shelves: Sequence[tuple[int, int]], *, at: datetime) -> int:
    """Plan a mending for those of these shelves (variant, location) that have less than is promised of them."""
    if not shelves:
        return 0
    broken = Stock.objects.filter(
        BROKEN,
        variant__in={variant for variant, _ in shelves},
        location__in={location for _, location in shelves},
        on_hand__lt=F("held") + F("allocated") + F("damaged"),
    )
    ids = list(broken.values_list("pk", flat=True))
    for pk in ids:
        tasks.schedule(MEND, key=str(pk), due_at=at, rings=True)
    return len(ids)


def sweep(*, at: datetime) -> int:
    """Plan a mending for every shelf with an open repair that nobody's task looks after; counts break promises, too."""
    broken = Repair.objects.filter(
        Q(stock__held__gt=0) | Q(stock__allocated__gt=0),
        closed_at__isnull=True,
        stock__on_hand__lt=F("stock__held") + F("stock__allocated") + F("stock__damaged"),
    )
    ids = list(broken.values_list("stock", flat=True)[:500])
    for pk in ids:
        tasks.schedule(MEND, key=str(pk), due_at=at)
    return len(ids)


def mend(task: Task, *, at: datetime) -> None:
    """Break the cheapest promises of a shelf, as far as it must be; what can be served elsewhere, is."""
    shelf = Stock.objects.select_related("location", "variant").get(pk=int(task.key))
    lock_with_carts({line.order_id for line in lines_of(*demands_on(shelf)).values()})
    ledger.lock([(shelf.variant_id, shelf.location_id)])
    shelf.refresh_from_db(fields=["on_hand", "held", "allocated", "damaged"])
    short = shelf.held + shelf.allocated + shelf.damaged - shelf.on_hand
    kept = promises_of(shelf, at=at)
    listed = on_the_list([one.promise.demand for one in kept], shelf)
    short -= sum(one.promise.quantity for one in kept if one.promise.demand in listed)
    promises = [one.promise for one in kept if one.promise.demand not in listed]
    if short <= 0:
        return
    victims = choose(promises, short=short, in_vain=replay(shelf.on_hand, changes_of(shelf, promises), promises))
    by_demand = {one.promise.demand: one for one in kept}
    outcomes = [give_way(by_demand[victim.promise.demand], victim, shelf=shelf, at=at) for victim in victims]
    tell_the_sale(shelf, [one for one in outcomes if one], at=at)


def lock_with_carts(orders: Collection[int]) -> None:
    """Lock orders after their carts, as everywhere."""
    carts = Cart.objects.filter(orders__in=orders).order_by("pk")
    list(carts.select_for_update(no_key=True).values_list("pk"))
    list(Order.objects.filter(pk__in=orders).order_by("pk").select_for_update(no_key=True).values_list("pk"))


@dataclass(frozen=True)
class Kept:
    """A promise of this shelf, with what stands behind it."""

    promise: Promise
    order: Order | None = None
    line: OrderLine | None = None
    fulfillment: Fulfillment | None = None
    elsewhere: int | None = None


def demands_on(shelf: Stock) -> tuple[Sequence[Hold], Sequence[Allocation]]:
    """What is held of a shelf, and what is allocated of it."""
    held = Hold.objects.filter(stock=shelf, status=Hold.Status.LIVE).order_by("pk")
    allocated = Allocation.objects.filter(stock=shelf, status=Allocation.Status.OPEN).order_by("pk")
    return list(held), list(allocated)


def lines_of(held: Sequence[Hold], allocated: Sequence[Allocation]) -> dict[str, OrderLine]:
    """The order lines among these demands, by demand."""
    demands = [row.demand for rows in (held, allocated) for row in rows]
    lines = OrderLine.objects.filter(public_id__in=demands).select_related("order__sales_channel", "order__deliver_to")
    return {line.public_id: line for line in lines}


def promises_of(shelf: Stock, *, at: datetime) -> list[Kept]:
    """All live promises of a shelf, each with what it costs to break it."""
    found = []
    held, allocated = demands_on(shelf)
    lines = lines_of(held, allocated)
    for hold in held:
        line = lines.get(hold.demand)
        cost = Cost.LEASE if hold.demand.startswith(LEASE) else Cost.UNPAID_HOLD
        promise = Promise(hold.demand, hold.quantity, hold.placed_at, cost)
        found.append(Kept(promise, line.order if line else None, line))
    parts = {
        row.order_line_id: row.fulfillment
        for row in FulfillmentLine.objects.filter(
            order_line__in=lines.values(), fulfillment__location=shelf.location_id, fulfillment__status__in=IN_OUR_HANDS
        ).select_related("fulfillment")
    }
    for row in allocated:
        line = lines.get(row.demand)
        part = parts.get(line.pk) if line else None
        if line is None or part is None:
            continue
        other = other_place(line, part, row.quantity, at=at) if part.kind == Fulfillment.Kind.SHIPMENT else None
        cost = cost_of(line.order, part, is_elsewhere=other is not None)
        found.append(Kept(Promise(row.demand, row.quantity, row.allocated_at, cost), line.order, line, part, other))
    return found


def cost_of(order: Order, part: Fulfillment, *, is_elsewhere: bool) -> Cost:
    """What it costs to break what a fulfillment was promised."""
    if part.status == Way.READY:
        return Cost.READY
    if part.status == Way.PICKING:
        return Cost.BEING_PICKED
    if order.payment_status not in (Order.PaymentStatus.CAPTURED, Order.PaymentStatus.AUTHORIZED):
        return Cost.UNPAID_ORDER
    if is_elsewhere:
        return Cost.PAID_SERVED_ELSEWHERE
    return Cost.PICKUP_NOT_STARTED if part.kind == Fulfillment.Kind.PICKUP else Cost.SHIPMENT_NOT_STARTED


def other_place(line: OrderLine, part: Fulfillment, quantity: int, *, at: datetime) -> int | None:
    """Another location that serves this channel and has so many units free; the first by the rules of sourcing."""
    if part.status != Way.ALLOCATED:
        return None
    wanted = [sourcing.Line(line.public_id, line.variant_id or 0, line.sku, quantity)]
    address = line.order.deliver_to
    try:
        plan = sourcing.plan_for(
            wanted,
            sales_channel=line.order.sales_channel,
            postal_code=address.postal_code if address else "",
            without=(part.location_id,),
            at=at,
        )
    except (OutOfStock, sourcing.CannotServe, sourcing.TooManyParcels):
        return None
    return plan.location_ids[0] if len(plan.location_ids) == 1 else None


def changes_of(shelf: Stock, promises: Sequence[Promise]) -> list[Change]:
    """How the shelf has changed since the first of these promises."""
    since = min((promise.made_at for promise in promises), default=None)
    rows = Movement.objects.filter(stock=shelf, occurred_at__gt=since) if since else Movement.objects.none()
    return [Change(*row) for row in rows.values_list("quantity", "occurred_at")]


def on_the_list(demands: Collection[str], shelf: Stock) -> set[str]:
    """Those of these promises that somebody has on the list already."""
    subjects = {subject_of(demand, shelf): demand for demand in demands}
    todos = Todo.objects.filter(kind=Todo.Kind.OVERSOLD, subject__in=subjects, closed_at__isnull=True)
    return {subjects[subject] for subject in todos.values_list("subject", flat=True)}


def subject_of(demand: str, shelf: Stock) -> str:
    """What a repair is about: the promise, at this shelf."""
    return f"{demand}@{shelf.pk}"


def give_way(kept: Kept, victim: Victim, *, shelf: Stock, at: datetime) -> tuple[str, str] | None:
    """Break one promise as gently as it can be; returns the order and how, for the sale's own story."""
    demand = victim.promise.demand
    if demand.startswith(RESERVATION):
        kept_for = Reservation.objects.select_related("stock").get(public_id=demand.removeprefix(RESERVATION))
        reservations.take_back(kept_for, at=at)
        return "", "reservation_released"
    if kept.order is None or kept.line is None:
        holds.release([demand], at=at)
        return "", "lease_recalled"
    if kept.fulfillment is None:
        return let_go_of_checkout(kept.order, shelf, victim, at=at)
    if kept.elsewhere and reroute(kept, victim, shelf=shelf, at=at):
        return kept.order.public_id, "rerouted"
    if resend(kept.order, kept.fulfillment, victim, shelf=shelf, at=at):
        return kept.order.public_id, "sent_to_store"
    put_on_the_list(kept, victim, shelf=shelf, at=at)
    return kept.order.public_id, "at_risk"


def let_go_of_checkout(order: Order, shelf: Stock, victim: Victim, *, at: datetime) -> tuple[str, str] | None:
    """Give up a checkout that is not paid; one that was paid this very moment keeps its hold: the sweep comes again."""
    told = PromiseAtRisk(order.public_id, "", shelf.variant_id, shelf.location_id, victim.units, victim.in_vain, None)
    try:
        with transaction.atomic():
            abandoning.give_up(order, before=[told], by=SYSTEM, channel=order.sales_channel.kind, at=at)
    except (payments.AlreadyPaid, moves.IllegalMove):
        return None
    return order.public_id, "hold_released"


def reroute(kept: Kept, victim: Victim, *, shelf: Stock, at: datetime) -> bool:
    """Serve a promise from another location, whole, under the same time; says whether it could be had there."""
    order, line, part = kept.order, kept.line, kept.fulfillment
    if order is None or line is None or part is None or kept.elsewhere is None:
        return False
    variant, units = line.variant_id or 0, victim.promise.quantity
    try:
        with transaction.atomic():
            ledger.lock([(variant, shelf.location_id), (variant, kept.elsewhere)])
            holds.release_at([line.public_id], location_id=shelf.location_id, at=at)
            holds.allocate_now([Want(variant, kept.elsewhere, units, line.public_id)], at=at)
    except OutOfStock:
        return False
    rest = part.lines.exclude(order_line=line)
    if rest.exists():
        after = Fulfillment.objects.create(
            order=order,
            kind=part.kind,
            location_id=kept.elsewhere,
            address_id=part.address_id,
            promised_for=part.promised_for,
            created_at=at,
        )
        part.lines.filter(order_line=line).update(fulfillment=after)
        promise_ledger.give_anew(order, [after], by=SYSTEM, channel=order.sales_channel.kind, at=at)
    else:
        after = part
        Fulfillment.objects.filter(pk=part.pk, status=Way.ALLOCATED).update(location_id=kept.elsewhere)
    told = PromiseRerouted(
        order.public_id, after.public_id, variant, shelf.location_id, kept.elsewhere, units, victim.in_vain
    )
    record(order.journey_id, told, by=SYSTEM, channel=order.sales_channel.kind, at=at)
    return True


def resend(order: Order, part: Fulfillment, victim: Victim, *, shelf: Stock, at: datetime) -> bool:
    """Let other places send to the store what is to be collected there, whole; says whether they can.

    She is promised a new time, and told before the old one breaks.
    """
    units = {victim.promise.demand: victim.promise.quantity}
    is_untouched = part.status == Way.ALLOCATED and part.comes_from_id is None
    if part.kind != Fulfillment.Kind.PICKUP or not is_untouched:
        return False
    try:
        plan = rerouting.elsewhere(part, units, without=shelf.location_id, at=at)
        with transaction.atomic():
            ledger.lock([(shelf.variant_id, place) for place in (shelf.location_id, *plan.location_ids)])
            holds.release_at(list(units), location_id=shelf.location_id, at=at)
            holds.allocate_now(plan.wants, at=at)
    except (OutOfStock, sourcing.CannotServe, sourcing.TooManyParcels):
        return False
    told, parts = rerouting.take_over(order, part, plan, at=at)
    channel = order.sales_channel.kind
    promise_ledger.give_anew(order, parts, by=SYSTEM, channel=channel, at=at)
    named = (order.public_id, part.public_id, shelf.variant_id, shelf.location_id)
    rerouted = [PromiseRerouted(*named, want.location_id, want.quantity, victim.in_vain) for want in plan.wants]
    record(order.journey_id, *rerouted, *told, by=SYSTEM, channel=channel, at=at)
    return True


def put_on_the_list(kept: Kept, victim: Victim, *, shelf: Stock, at: datetime) -> None:
    """Nobody else can serve it: the store must find the goods, or tell the shopper, before the promise breaks."""
    order, part = kept.order, kept.fulfillment
    if order is None or part is None:
        return
    due_at = part.promised_for or at + SOON
    open_todo(
        Todo.Kind.OVERSOLD,
        subject_of(victim.promise.demand, shelf),
        order=order,
        location_id=shelf.location_id,
        cause=f"{victim.units} × {shelf.variant} of order {order.number} were sold by a till that was offline",
        due_at=due_at,
        at=at,
    )
    told = PromiseAtRisk(
        order.public_id,
        part.public_id,
        shelf.variant_id,
        shelf.location_id,
        victim.units,
        victim.in_vain,
        due_at.isoformat(),
    )
    record(order.journey_id, told, by=SYSTEM, channel=order.sales_channel.kind, at=at)


def tell_the_sale(shelf: Stock, outcomes: Sequence[tuple[str, str]], *, at: datetime) -> None:
    """Tell it on the journey of the sale that we learned of last, too."""
    sold = Movement.objects.filter(stock=shelf, kind=Movement.Kind.SOLD).exclude(demand="").order_by("-pk").first()
    line = (
        OrderLine.objects.filter(public_id=sold.demand).select_related("order__sales_channel").first() if sold else None
    )
    if line and outcomes:
        order = line.order
        told = TillBrokePromises(
            order.public_id,
            shelf.variant_id,
            shelf.location_id,
            tuple(broken for broken, _ in outcomes if broken),
            tuple(how for _, how in outcomes),
        )
        record(order.journey_id, told, by=SYSTEM, channel=order.sales_channel.kind, at=at)
