"""What Stripe tells of a payment, and what that does to its order: each step of orders.stripe.outcomes is a function.

Money is never passed over. What comes for a checkout that ran out or was given up is served after all if it can be;
what cannot be served, or was paid too much, goes back. Both stand on the timeline.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from commerce.promotions.firsts import NotFirstPurchase
from commerce.promotions.uses import CouponUsedUp
from commerce.quotes.signed import QuoteUsed
from commerce.timeline import tasks
from commerce.timeline.actors import Actor
from commerce.timeline.record import Happening, record
from inventory.holds import NothingHeld, OutOfStock
from orders import checkout, refunds
from orders.abandoning import Revoked, give_up, take_up_again
from orders.happenings import PaymentCaptured
from orders.models import Order, Payment, Refund, Todo
from orders.paying_happenings import (
    PaymentAuthorized,
    PaymentCameLate,
    PaymentEnded,
    PaymentLetGo,
    PaymentLost,
    PaymentSurplus,
    PaymentUnserved,
)
from orders.payments import NotPaid
from orders.receivables import agreements
from orders.standing import restate
from orders.stripe.drifting import drift
from orders.stripe.gateway import Seen, State
from orders.stripe.models import Checkout
from orders.stripe.outcomes import STEPS, Step
from orders.tenders import STRIPE
from orders.todos import open_todo

Status = Payment.Status
UNSERVABLE = (OutOfStock, NothingHeld, CouponUsedUp, QuoteUsed, NotFirstPurchase, NotPaid)
"""What makes an order impossible for good. Anything else is a passing fault: the task is tried again."""

MARGIN = timedelta(hours=24)
"""Money that a bank keeps is taken so long before the bank would let it go."""

WATCH = "orders.stripe.capturing.watch"
LET_GO = "orders.stripe.capturing.let_go"
LOOK_AT_CARDS = "orders.stripe.kept_cards.look"


def settle(order: Order, payment_id: int, seen: Seen, *, by: Actor, at: datetime) -> None:
    """Do what a state at Stripe means for a payment whose order is locked; a second time nothing happens."""
    payment = Payment.objects.select_related("stripe").get(pk=payment_id)
    if seen.intent and payment.stripe.intent not in ("", seen.intent):
        stray(order, payment, seen, by=by, at=at)
        return
    STEP[STEPS[payment.status][seen.state]](order, payment, seen, by, at)


def stray(order: Order, payment: Payment, seen: Seen, *, by: Actor, at: datetime) -> None:
    """Money on a second intent for one payment of ours: a payment of its own, which the order will not need."""
    if seen.state not in (State.AUTHORIZED, State.CAPTURED) or Checkout.objects.filter(intent=seen.intent).exists():
        return
    second = Payment.objects.create(
        order=order, tender=STRIPE, amount=seen.amount, currency=seen.currency, status=Status.CANCELED
    )
    Checkout.objects.create(payment=second, created_at=at, expires_at=at, captures_later=seen.state == State.AUTHORIZED)
    STEP[STEPS[second.status][seen.state]](order, second, seen, by, at)


def nothing(order: Order, payment: Payment, seen: Seen, by: Actor, at: datetime) -> None:
    """It is known; only the amounts are compared."""
    if payment.status == Status.CAPTURED and seen.amount != payment.amount:
        question(order, payment, seen, by, at)


def keep(order: Order, payment: Payment, seen: Seen, by: Actor, at: datetime) -> None:
    """The bank keeps the money: remember until when, and serve the order."""
    mark(payment, Status.AUTHORIZED, seen)
    see_cards(payment, at=at)
    if seen.capture_before:
        tasks.schedule(
            WATCH,
            key=payment.public_id,
            due_at=seen.capture_before - MARGIN,
            journey=order.journey,
            data={"payment": payment.public_id},
        )
    until = seen.capture_before.isoformat() if seen.capture_before else None
    told = PaymentAuthorized(*named(order, payment), until)
    serve(order, payment, told, by=by, at=at)


def take(order: Order, payment: Payment, seen: Seen, by: Actor, at: datetime) -> None:
    """We have the money: serve the order."""
    mark(payment, Status.CAPTURED, seen, captured_at=at)
    see_cards(payment, at=at)
    told = PaymentCaptured(order.public_id, payment.public_id, payment.tender, payment.amount, payment.currency)
    serve(order, payment, told, by=by, at=at)


def mark(payment: Payment, status: str, seen: Seen, **facts: object) -> None:
    """Store what Stripe told of the money."""
    changes = {"status": status, "amount": seen.amount, "reference": seen.intent} | facts
    Payment.objects.filter(pk=payment.pk).update(**changes)
    Checkout.objects.filter(payment=payment).update(intent=seen.intent, capture_before=seen.capture_before)
    payment.status, payment.amount, payment.reference = status, seen.amount, seen.intent


def see_cards(payment: Payment, *, at: datetime) -> None:
    """She asked that the card she paid with be kept: see which one that is."""
    if payment.stripe.keeps_card and (customer := payment.stripe.customer):
        key = customer.public_id
        tasks.schedule(LOOK_AT_CARDS, key=key, due_at=at, journey=customer.journey, data={"customer": key}, rings=True)


def serve(order: Order, payment: Payment, told: Happening, *, by: Actor, at: datetime) -> None:
    """Money came for an order; what that leads to depends on where the order stands."""
    SERVE[order.status](order, payment, told, by, at)


def serve_draft(order: Order, payment: Payment, told: Happening, by: Actor, at: datetime) -> None:
    """A checkout that waited for this: place it, unless another part of the money is still to come."""
    balance = restate(order)
    channel = order.sales_channel.kind
    if not balance.covered and balance.pending:
        record(order.journey_id, told, by=by, channel=channel, at=at)
        return
    try:
        with transaction.atomic():
            place(order, payment, [told], by=by, at=at)
    except UNSERVABLE as refusal:
        why = PaymentUnserved(*named(order, payment), refusal.code)
        give_up(order, before=[told, why, *return_money(order, at=at)], by=by, channel=channel, at=at)


def place(order: Order, payment: Payment, before: list[Happening], *, by: Actor, at: datetime) -> None:
    """Make a paid draft a promise; what came too much of it goes back. Raises what checkout.finalize() raises."""
    channel = order.sales_channel.kind
    placed = checkout.finalize(order, before=before, by=by, channel=channel, at=at)
    if too_much := surplus_back(placed, payment, by=by, at=at):
        record(order.journey_id, *too_much, by=by, channel=channel, at=at)


def surplus_back(order: Order, payment: Payment, *, by: Actor, at: datetime) -> list[Happening]:
    """Give back what is too much since a payment came, or let go of it; returns what to record.

    Where only a part of what a bank keeps is needed, no more than that is taken of it (see orders.stripe.capturing).
    """
    balance = restate(order)
    surplus = balance.surplus
    if payment.status == Status.AUTHORIZED:
        surplus = surplus or max(balance.kept + balance.authorized - balance.total, 0)
        surplus = payment.amount if surplus >= payment.amount else 0
    if not surplus:
        return []
    told: list[Happening] = [PaymentSurplus(order.public_id, payment.public_id, surplus, payment.currency)]
    if payment.status == Status.AUTHORIZED:
        let_go_soon(order, payment, at=at)
        return told
    reason = Refund.Reason.SURPLUS
    return told + refunds.give_part_back(order, surplus, reason=reason, first=payment, by=by, at=at)[1]


def serve_placed(order: Order, payment: Payment, told: Happening, by: Actor, at: datetime) -> None:
    """An order that was placed: pay what is owed; what is more goes back."""
    happenings = [told, *surplus_back(order, payment, by=by, at=at), *agreements.count(order, at=at)]
    record(order.journey_id, *happenings, by=by, channel=order.sales_channel.kind, at=at)


def serve_canceled(order: Order, payment: Payment, told: Happening, by: Actor, at: datetime) -> None:
    """Money for a checkout that was given up, or an order that was canceled: serve it after all, or give it back."""
    channel = order.sales_channel.kind
    late = PaymentCameLate(*named(order, payment))
    try:
        with transaction.atomic():
            take_up_again(order, at=at)
            restate(order)
            place(order, payment, [told, late], by=by, at=at)
    except (*UNSERVABLE, Revoked, IntegrityError) as refusal:
        order.refresh_from_db()
        restate(order)
        why = PaymentUnserved(*named(order, payment), getattr(refusal, "code", "another_order"))
        happenings = [told, late, why, *return_money(order, at=at)]
        record(order.journey_id, *happenings, by=by, channel=channel, at=at)


def return_money(order: Order, *, reason: str = Refund.Reason.UNSERVED, at: datetime) -> list[Happening]:
    """Give back all that a locked order was paid, and let go of what banks keep for it; returns what to record."""
    for payment in order.payments.filter(status=Status.AUTHORIZED):
        let_go_soon(order, payment, at=at)
    return refunds.give_all_back(order, reason=reason, at=at)


def let_go_soon(order: Order, payment: Payment, *, at: datetime) -> None:
    """Plan that a bank is told to let go."""
    data = {"payment": payment.public_id}
    tasks.schedule(LET_GO, key=payment.public_id, due_at=at, journey=order.journey, data=data, rings=True)


def end(order: Order, payment: Payment, seen: Seen, by: Actor, at: datetime) -> None:
    """Nobody will pay there any more."""
    if Payment.objects.filter(pk=payment.pk, status=Status.PENDING).update(status=Status.CANCELED):
        go_without(order, payment, PaymentEnded(*named(order, payment)), by=by, at=at)


def go_without(order: Order, payment: Payment, told: Happening, *, by: Actor, at: datetime) -> None:
    """A payment came to nothing. Its checkout is given up, and what was paid of it in other ways goes back.

    One that was paid in other ways altogether is placed.
    """
    balance, channel = restate(order), order.sales_channel.kind
    if order.status != Order.Status.DRAFT:
        record(order.journey_id, told, by=by, channel=channel, at=at)
    elif balance.covered:
        serve_draft(order, payment, told, by, at)
    else:
        give_up(order, before=[told, *return_money(order, at=at)], by=by, channel=channel, at=at)


def lose(order: Order, payment: Payment, seen: Seen, by: Actor, at: datetime) -> None:
    """The bank let go of the money. If we wanted that, well; if not, the order is owed again."""
    Payment.objects.filter(pk=payment.pk, status=Status.AUTHORIZED).update(status=Status.CANCELED)
    balance = restate(order)
    owed = order.status in (Order.Status.PLACED, Order.Status.COMPLETED) and balance.left
    if owed:
        cause = f"payment {payment.public_id}: {payment.amount} {payment.currency} let go before it was captured"
        open_todo(Todo.Kind.CAPTURE_FAILED, payment.public_id, order=order, cause=cause, at=at)
    told = (PaymentLost if owed else PaymentLetGo)(*named(order, payment))
    record(order.journey_id, told, by=by, channel=order.sales_channel.kind, at=at)


def question(order: Order, payment: Payment, seen: Seen, by: Actor, at: datetime) -> None:
    """This cannot be: somebody must look."""
    cause = (
        f"payment {payment.public_id} is {payment.status} with {payment.amount} here, "
        f"{seen.state} with {seen.amount} {seen.currency} at Stripe ({seen.intent})"
    )
    if told := drift(order, payment, cause=cause, at=at):
        record(order.journey_id, *told, by=by, channel=order.sales_channel.kind, at=at)


def wait(order: Order, payment: Payment, seen: Seen, by: Actor, at: datetime) -> None:
    """Not paid yet; the look is repeated."""


def named(order: Order, payment: Payment) -> tuple[str, str, int, str]:
    """The facts that every entry about a payment begins with."""
    return order.public_id, payment.public_id, payment.amount, payment.currency


Serve = Callable[[Order, Payment, Happening, Actor, datetime], None]
Act = Callable[[Order, Payment, Seen, Actor, datetime], None]

SERVE: dict[str, Serve] = {
    Order.Status.DRAFT: serve_draft,
    Order.Status.PLACED: serve_placed,
    Order.Status.COMPLETED: serve_placed,
    Order.Status.CANCELED: serve_canceled,
}

STEP: dict[Step, Act] = {
    Step.NOTHING: nothing,
    Step.WAIT: wait,
    Step.KEEP: keep,
    Step.TAKE: take,
    Step.END: end,
    Step.LOSE: lose,
    Step.ASK: question,
}
