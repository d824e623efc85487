"""Mending a shelf that has less than is promised of it, because a till told late what it had sold.

The goods are gone. Who gives way is chosen by orders.repairs.policy, one promise after the other, each time by what
the world looks like then: what another place could have served it cannot serve twice. What can be served from elsewhere
is, what was only held is let go, and for the rest somebody of the store gets the matter, with the promise's own time as
its deadline, and is rid of it when the shelf has enough again. The journey of each promise tells of it and why
(orders.repairs.causes), and so does that of every sale that broke one.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from commerce.carts.models import Cart
from commerce.channels.models import Location
from commerce.timeline import tasks
from commerce.timeline.actors import SYSTEM
from commerce.timeline.models import Task
from commerce.timeline.record import record
from inventory import holds, ledger, reservations
from inventory.holds import OutOfStock, Want
from inventory.models import Allocation, Hold, Repair, Reservation, Stock
from inventory.taking_out import take_out
from orders import abandoning, moves, payments, promise_ledger, rerouting
from orders.delivery import slots
from orders.delivery.until import until
from orders.happenings import PromiseAtRisk, PromiseRerouted
from orders.models import Fulfillment, Order, OrderLine, Todo
from orders.repairs.causes import Broken, blame, causes_of, matter, tell_the_sales, units_said, why_of
from orders.repairs.policy import Victim, choose, replay
from orders.repairs.promised import Kept, changes_of, demands_on, lines_of, promises_of, sent_from
from orders.todos import close_todo, open_todo

MEND = "orders.repairs.mending.mend"
SWEEP = 500
SOON = timedelta(hours=4)
"""The deadline of a repair whose promise has no time in it."""
Way = Fulfillment.Status
BROKEN = Q(held__gt=0) | Q(allocated__gt=0)
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
    """Plan a mending for every shelf with an open repair that nobody's task looks after; counts break promises, too.

    Those on the list are looked at again: what has come meanwhile may have settled a matter.
    """
    broken = Repair.objects.filter(
        Q(stock__held__gt=0) | Q(stock__allocated__gt=0),
        closed_at__isnull=True,
        stock__on_hand__lt=F("stock__held") + F("stock__allocated") + F("stock__damaged"),
    )
    listed = Todo.objects.filter(kind=Todo.Kind.OVERSOLD, closed_at=None).order_by("opened_at")
    subjects = listed.values_list("subject", flat=True)[:SWEEP]
    ids = {*broken.order_by("opened_at").values_list("stock", flat=True)[:SWEEP]}
    ids |= {int(subject.rpartition("@")[2]) for subject in subjects}
    for pk in sorted(ids):
        tasks.schedule(MEND, key=str(pk), due_at=at)
    return len(ids)


def mend(task: Task, *, at: datetime) -> None:
    """Break the cheapest promises of a shelf, as far as it must be; what can be served elsewhere, is."""
    shelf = Stock.objects.select_related("location", "variant").get(pk=int(task.key))
    lock_all(shelf, {line.order_id for line in lines_of(*demands_on(shelf)).values()})
    short, kept, listed = shortage(shelf), promises_of(shelf, at=at), on_the_list(shelf)
    promises = [one.promise for one in kept.values()]
    in_vain = replay(shelf.on_hand, changes_of(shelf, promises), promises)
    causes = causes_of(shelf, short=short - sum(listed[demand] for demand in listed.keys() & kept.keys()))
    looked_at: set[str] = set()
    broken = []
    while victim := next_victim(kept, short=short, in_vain=in_vain, without=looked_at):
        looked_at.add(victim.promise.demand)
        blamed = blame(causes, victim.units - listed.get(victim.promise.demand, 0))
        one = kept[victim.promise.demand]
        is_news = victim.units > listed.get(victim.promise.demand, 0)
        how = give_way(one, victim, why=why_of(blamed), is_news=is_news, shelf=shelf, at=at)
        if how and is_news:
            broken.append(Broken(blamed, one.order.public_id if one.order else "", how))
        short, kept = shortage(shelf), promises_of(shelf, at=at)
    at_risk = {victim.promise.demand for victim in victims_among(kept, short=short, in_vain=in_vain)}
    for demand in sorted(listed.keys() - at_risk):
        close_todo(Todo.Kind.OVERSOLD, subject_of(demand, shelf), by=SYSTEM, at=at)
    tell_the_sales(shelf, broken, at=at)


def shortage(shelf: Stock) -> int:
    """How many units are promised of a shelf that are not there."""
    shelf.refresh_from_db(fields=["on_hand", "held", "allocated", "damaged"])
    return shelf.held + shelf.allocated + shelf.damaged - shelf.on_hand


def victims_among(kept: Mapping[str, Kept], *, short: int, in_vain: set[str]) -> list[Victim]:
    """Who gives way, as the shelf stands now."""
    return choose([one.promise for one in kept.values()], short=short, in_vain=in_vain)


def next_victim(kept: Mapping[str, Kept], *, short: int, in_vain: set[str], without: Collection[str]) -> Victim | None:
    """Who gives way next, after those that were looked at; None where that is enough."""
    victims = victims_among(kept, short=short, in_vain=in_vain)
    return next((victim for victim in victims if victim.promise.demand not in without), None)


def lock_all(shelf: Stock, orders: Collection[int]) -> None:
    """Lock orders after their carts, and then all shelves that a mending may touch, together, in their order.

    Another place may serve instead, and a checkout that is given up lets go of all that it holds.
    """
    carts = Cart.objects.filter(orders__in=orders).order_by("pk")
    list(carts.select_for_update(no_key=True).values_list("pk"))
    list(Order.objects.filter(pk__in=orders).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    lines = OrderLine.objects.filter(order__in=orders, order__status=Order.Status.DRAFT).values("public_id")
    held = Hold.objects.filter(demand__in=lines, status=Hold.Status.LIVE).values("stock")
    shelves = Stock.objects.filter(Q(pk__in=held) | Q(variant=shelf.variant_id)).order_by("pk")
    list(shelves.select_for_update(no_key=True).values_list("pk"))


def on_the_list(shelf: Stock) -> dict[str, int]:
    """The promises of this shelf that somebody has on the list already: demand → units that are missing."""
    todos = Todo.objects.filter(kind=Todo.Kind.OVERSOLD, subject__endswith=f"@{shelf.pk}", closed_at__isnull=True)
    return {
        subject.removesuffix(f"@{shelf.pk}"): units_said(cause)
        for subject, cause in todos.values_list("subject", "cause")
    }


def subject_of(demand: str, shelf: Stock) -> str:
    """What a repair is about: the promise, at this shelf."""
    return f"{demand}@{shelf.pk}"


def give_way(kept: Kept, victim: Victim, *, why: str, is_news: bool, shelf: Stock, at: datetime) -> str:
    """Break one promise as gently as it can be; returns how, for the sale's own story, or nothing if it held."""
    demand = victim.promise.demand
    if demand.startswith(RESERVATION):
        kept_for = Reservation.objects.select_related("stock").get(public_id=demand.removeprefix(RESERVATION))
        reservations.take_back(kept_for, cause=why, at=at)
        return "reservation_released"
    if kept.order is None or kept.line is None:
        take_out(demand, {shelf.variant_id: victim.units}, location_id=shelf.location_id, at=at)
        return "lease_recalled"
    if kept.fulfillment is None:
        return let_go_of_checkout(kept.order, shelf, victim, why=why, at=at)
    if kept.elsewhere and reroute(kept, victim, why=why, shelf=shelf, at=at):
        return "rerouted"
    if resend(kept.order, kept.fulfillment, victim, why=why, shelf=shelf, at=at):
        return "sent_to_store"
    put_on_the_list(kept, victim, why=why, is_news=is_news, shelf=shelf, at=at)
    return "at_risk"


def let_go_of_checkout(order: Order, shelf: Stock, victim: Victim, *, why: str, at: datetime) -> str:
    """Give up a checkout that is not paid; one that was paid this very moment keeps its hold: the sweep comes again."""
    place = (shelf.variant_id, shelf.location_id)
    told = PromiseAtRisk(order.public_id, "", *place, victim.units, victim.in_vain, None, why)
    try:
        with transaction.atomic():
            abandoning.give_up(order, before=[told], by=SYSTEM, channel=order.sales_channel.kind, at=at)
    except (payments.AlreadyPaid, moves.IllegalMove):
        return ""
    return "hold_released"


def reroute(kept: Kept, victim: Victim, *, why: str, shelf: Stock, at: datetime) -> bool:
    """Serve a promise from another location, whole; says whether it could be had there.

    The same time is promised; where it cannot be kept from there, she is told before.
    """
    order, line, part = kept.order, kept.line, kept.fulfillment
    if order is None or line is None or part is None or kept.elsewhere is None:
        return False
    variant, units = line.variant_id or 0, victim.promise.quantity
    try:
        with transaction.atomic():
            ledger.lock([(variant, shelf.location_id), (variant, kept.elsewhere)])
            holds.release_at({line.public_id: units}, location_id=shelf.location_id, at=at)
            holds.allocate_now([Want(variant, kept.elsewhere, units, line.public_id)], at=at)
    except OutOfStock:
        return False
    window = slots.windows_of([part]).get(part.pk)
    planned = until(order, comes_from=Location.objects.get(pk=kept.elsewhere), window=window, at=at)
    promised_for = max(planned, part.promised_for or planned)
    rest = part.lines.exclude(order_line=line)
    if rest.exists():
        after = Fulfillment.objects.create(
            order=order,
            kind=part.kind,
            location_id=kept.elsewhere,
            address_id=part.address_id,
            promised_for=promised_for,
            created_at=at,
        )
        part.lines.filter(order_line=line).update(fulfillment=after)
        promise_ledger.pass_on(order, part, [after], by=SYSTEM, channel=order.sales_channel.kind, at=at)
    else:
        after = part
        here = Fulfillment.objects.filter(pk=part.pk, status=Way.ALLOCATED)
        here.update(location_id=kept.elsewhere, promised_for=promised_for)
    slots.end_unneeded(order, at=at)
    told = PromiseRerouted(
        order.public_id, after.public_id, variant, shelf.location_id, kept.elsewhere, units, victim.in_vain, why
    )
    record(order.journey_id, told, by=SYSTEM, channel=order.sales_channel.kind, at=at)
    promise_ledger.look_at([after], at=at)
    return True


def resend(order: Order, part: Fulfillment, victim: Victim, *, why: str, shelf: Stock, at: datetime) -> bool:
    """Let other places send to the store what is to be collected there, whole; says whether they can.

    She is promised a new time, and told before the old one breaks.
    """
    demand, units = victim.promise.demand, victim.promise.quantity
    plan = sent_from(part, Allocation(demand=demand, quantity=units), without=shelf.location_id, at=at)
    if plan is None:
        return False
    try:
        with transaction.atomic():
            ledger.lock([(shelf.variant_id, place) for place in (shelf.location_id, *plan.location_ids)])
            holds.release_at({demand: units}, location_id=shelf.location_id, at=at)
            holds.allocate_now(plan.wants, at=at)
    except OutOfStock:
        return False
    channel = order.sales_channel.kind
    told, parts = rerouting.take_over(order, part, plan, by=SYSTEM, channel=channel, at=at)
    named = (order.public_id, part.public_id, shelf.variant_id, shelf.location_id)
    rerouted = [PromiseRerouted(*named, want.location_id, want.quantity, victim.in_vain, why) for want in plan.wants]
    record(order.journey_id, *rerouted, *told, by=SYSTEM, channel=channel, at=at)
    promise_ledger.look_at(parts, at=at)
    return True


def put_on_the_list(kept: Kept, victim: Victim, *, why: str, is_news: bool, shelf: Stock, at: datetime) -> None:
    """Nobody else can serve it: the store must find the goods, or tell the shopper, before the promise breaks.

    Where fewer are missing than before, only the list says so: that is no news to her.
    """
    order, part = kept.order, kept.fulfillment
    if order is None or part is None:
        return
    subject = subject_of(victim.promise.demand, shelf)
    if not is_news:
        still_missing(subject, victim.units)
        return
    due_at = part.promised_for or at + SOON
    open_todo(
        Todo.Kind.OVERSOLD,
        subject,
        order=order,
        location_id=shelf.location_id,
        cause=matter(victim.units, shelf, order, why),
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
        why,
    )
    record(order.journey_id, told, by=SYSTEM, channel=order.sales_channel.kind, at=at)


def still_missing(subject: str, units: int) -> None:
    """Say on the list how many units of a matter are still missing."""
    for todo in Todo.objects.filter(kind=Todo.Kind.OVERSOLD, subject=subject, closed_at=None):
        _, _, rest = todo.cause.partition(" ")
        Todo.objects.filter(pk=todo.pk).update(cause=f"{units} {rest}")
