"""Checkout in three phases: prepare (hold) → pay → finalize (promise). Browser, webhook and sweeper call one finalize.

A tender that needs no call outside goes through all three in one transaction: buy(). Locks are taken in the house's
order: cart → order → stock → coupon → journey.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from commerce.carts.models import Cart
from commerce.channels.models import Location
from commerce.promotions import firsts, uses
from commerce.quotes import signed
from commerce.quotes.happenings import QuoteHonored
from commerce.rest.doors import SHOPPERS
from commerce.rest.problems import Problem
from commerce.timeline import tasks
from commerce.timeline.actors import Actor
from commerce.timeline.record import Happening, record
from inventory import holds
from inventory.backorders import Wait
from inventory.holds import Want
from inventory.models import Allocation
from inventory.sourcing import Plan
from orders import backorders, moves, payments, promise_ledger
from orders.delivery import slots
from orders.delivery.until import until
from orders.drafting import Draft, Terms, draft
from orders.happenings import CheckoutStarted
from orders.holding import AFTER_HOLD, check_open_checkouts, who_holds
from orders.models import Order
from orders.moves import Part
from orders.receivables import agreements
from orders.standing import balance_of


class TenderMissing(Problem):
    """Something is to be paid, and nobody said how."""

    code = "tender_missing"
    status = 422


class CheckoutEnded(Problem):
    """The checkout was given up before it was paid."""

    code = "checkout_ended"


@transaction.atomic
def prepare(
    cart: Cart, *, terms: Terms, lasts: timedelta | None = None, by: Actor, channel: str, at: datetime
) -> Order:
    """Agree on the price and hold the goods while the shopper pays; for as long as paying takes, if that is known.

    Raises CartClosed, StaleCart, EmptyCart, NotForSale, PriceChanged, NoContact, OutOfStock, CannotServe, CouponUsedUp,
    SlotGone, SlotTooEarly, TooManyCheckouts.
    """
    drafted = draft(cart, terms=terms, alone=who_holds(cart, terms), by=by, channel=channel, at=at)
    order = drafted.order
    check_open_checkouts(order, is_shopper=by.kind in SHOPPERS)
    until = at + (lasts or timedelta(minutes=order.sales_channel.hold_minutes))
    plan, waits = backorders.source_or_wait(
        drafted, take=lambda wants: holds.place(wants, expires_at=until, at=at), at=at
    )
    slot = take_slot(order, terms, plan.wants, waits, by=by, at=at)
    hold_terms(drafted, until=until, at=at)
    tasks.schedule(AFTER_HOLD, key=order.public_id, due_at=until)
    record(order.journey_id, *started(drafted, plan), *slot, by=by, channel=channel, at=at)
    return order


@transaction.atomic
def finalize(order: Order, *, before: Sequence[Happening] = (), by: Actor, channel: str, at: datetime) -> Order:
    """Make a paid draft a promise; called again, nothing more happens. `before` is what led to it, told with it.

    Raises NotPaid, CheckoutEnded, OutOfStock (its hold ran out and others took the goods), CouponUsedUp.
    """
    order = moves.lock_with_cart(order)
    if order.status == Order.Status.CANCELED:
        raise CheckoutEnded("this checkout was given up before it was paid")
    if order.status != Order.Status.DRAFT:
        return order
    if not balance_of(order).covered and not agreements.standing(order).exists():
        raise payments.NotPaid("this order is not paid yet")
    demands = list(order.lines.values_list("public_id", flat=True))
    waits = backorders.take_places(order, demands, at=at)
    holds.allocate(set(demands) - {wait.demand for wait in waits}, at=at)
    uses.redeem(order.public_id, at=at)
    return promise(order, promised_units(demands), waits, before=before, by=by, channel=channel, at=at)


@transaction.atomic(savepoint=False)
def buy(cart: Cart, *, terms: Terms, tender: str, by: Actor, channel: str, at: datetime) -> Order:
    """All three phases at once, for money that somebody says is there. A total of zero needs no tender.

    Who wants to go on after a refusal in the same transaction puts a savepoint around the call.
    Raises what prepare() raises, and TenderMissing.
    """
    drafted = draft(cart, terms=terms, by=by, channel=channel, at=at)
    order = drafted.order
    if order.total and not tender:
        raise TenderMissing("please say how this is paid")
    plan, waits = backorders.source_or_wait(drafted, take=lambda wants: holds.allocate_now(wants, at=at), at=at)
    slot = take_slot(order, terms, plan.wants, waits, by=by, at=at)
    if hold_terms(drafted, until=None, at=at):
        uses.redeem(order.public_id, at=at)
    before = [*started(drafted, plan), *slot]
    if order.total:
        before.append(payments.capture(order, tender=tender, amount=order.total, at=at))
    if waits:
        backorders.take_places(order, [wait.demand for wait in waits], at=at)
    return promise(order, plan.wants, waits, before=before, by=by, channel=channel, at=at)


def hold_terms(drafted: Draft, *, until: datetime | None, at: datetime) -> bool:
    """Hold what makes the price and is there a limited number of times: signed quote, first purchase, coupon.

    Says whether a coupon is held. Raises QuoteUsed, NotFirstPurchase, CouponUsedUp, CouponNeedsPerson.
    """
    order = drafted.order
    if drafted.signed:
        signed.take(drafted.signed, demand=order.public_id)
        signed.give_coupon(drafted.signed, at=at)
    if order.quote["is_first_purchase"]:
        firsts.hold(order.public_id, person=order.person)
    if drafted.coupon:
        uses.hold(
            drafted.coupon,
            demand=order.public_id,
            person=order.person,
            sales_channel=order.sales_channel,
            at=at,
            expires_at=until,
        )
    return drafted.coupon is not None


def take_slot(
    order: Order, terms: Terms, wants: Sequence[Want], waits: Sequence[Wait], *, by: Actor, at: datetime
) -> list[Happening]:
    """Take the window of time that she chose; returns what to record. Raises SlotGone, SlotTooEarly, NoSuchSlot."""
    if not terms.slot or terms.deliver_to is None:
        return []
    slot = slots.find(
        terms.slot,
        postal_code=terms.deliver_to.postal_code,
        country=terms.deliver_to.country or "ES",
        method=order.quote.get("delivery", {}).get("method", ""),
    )
    slots.check_reachable(slot, backorders.leaves_at(wants, waits, at=at))
    slots.take_for(order, slot, by=by, at=at)
    return [slots.taken(order, slot)]


def started(drafted: Draft, plan: Plan) -> list[Happening]:
    """What the timeline says of a checkout that began."""
    order, cart = drafted.order, drafted.cart
    served_by = tuple(choice.as_fact() for choice in plan.choices)
    told: list[Happening] = [
        CheckoutStarted(order.public_id, cart.public_id, cart.version, order.total, order.currency, served_by)
    ]
    if drafted.signed:
        quote = drafted.signed
        told.append(QuoteHonored(quote.public_id, order.public_id, quote.total, quote.currency))
    return told


def promised_units(demands: Sequence[str]) -> list[Want]:
    """What is allocated for these lines, and where."""
    rows = Allocation.objects.filter(demand__in=demands, status=Allocation.Status.OPEN).order_by("pk")
    return [Want(*row) for row in rows.values_list("stock__variant", "stock__location", "quantity", "demand")]


def promise(
    order: Order,
    wants: Sequence[Want],
    waits: Sequence[Wait] = (),
    *,
    before: Sequence[Happening],
    by: Actor,
    channel: str,
    at: datetime,
) -> Order:
    """Place a draft whose units are allocated or waited for, and write down all that led to it."""
    waiting = {wait.demand for wait in waits}
    there = [want for want in wants if want.demand not in waiting]
    parts = [
        Part(location, [want for want in there if want.location_id == location], until)
        for location, until in instants_for(order, [want.location_id for want in there], at=at).items()
    ]
    parts += backorders.parts_of(order, waits, at=at)
    told = moves.place(order, parts, at=at)
    if order.quote.get("delivery", {}).get("slot"):
        slots.end_unneeded(order, at=at)  # it was paid so late that nothing can be brought by then
    promise_ledger.give(order, parts, by=by, channel=channel, at=at)
    if order.person_id:
        firsts.note({order.public_id: order.person_id})
    record(order.journey_id, *before, *told, by=by, channel=channel, at=at)
    return order


def instants_for(order: Order, sources: Sequence[int], *, at: datetime) -> dict[int, datetime]:
    """Until when each part of an order is promised, by the place that serves it."""
    others = Location.objects.in_bulk({source for source in sources if source != order.pickup_at_id})
    places = others | ({order.pickup_at.pk: order.pickup_at} if order.pickup_at else {})
    return {source: until(order, comes_from=places[source], at=at) for source in sources}
