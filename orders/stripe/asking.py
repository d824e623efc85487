"""Asking a shopper to pay: a row first, then a page or link at Stripe's, opened by a worker under that row's id."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from commerce.customers.models import Person
from commerce.customers.people import are_one
from commerce.money import exponent
from commerce.rest.problems import Problem
from commerce.timeline.actors import SYSTEM, Actor
from commerce.timeline.models import Task
from commerce.timeline.record import Happening, record
from commerce.timeline.tasks import done, entry_of, hold, outward, schedule
from orders import moves
from orders.holding import hold_longer
from orders.models import Order, Payment
from orders.paying_happenings import PaymentAsked, PaymentEnded, PaymentFailed, PaymentPageOpened
from orders.payments import due_of
from orders.standing import restate
from orders.stripe import gateway, kept_cards, settling
from orders.stripe.gateway import Asked, Page
from orders.stripe.looking import LOOK, PAUSE
from orders.stripe.models import Checkout, Customer
from orders.stripe.patience import GRACE, patient
from orders.tenders import STRIPE

PAGE_LASTS = timedelta(minutes=31)
SHORTEST = timedelta(minutes=30, seconds=20)
"""Stripe closes no page earlier than 30 minutes after it was opened, and our clocks may differ a little."""

LINK_LASTS = timedelta(hours=24)
"""A link that was sent is paid the same day, or the goods are for others again."""

LASTS = {Checkout.Kind.PAGE: PAGE_LASTS, Checkout.Kind.LINK: LINK_LASTS}
MARGIN = timedelta(minutes=10)
"""Goods are held a little longer than somebody can pay, so that the last second is served as well."""

Status = Payment.Status


class StripeNotConnected(Problem):
    """Cards cannot be taken here."""

    code = "stripe_not_connected"
    status = 503


class CannotAsk(Problem):
    """Nothing is to be paid for this order now."""

    code = "nothing_to_pay"


class CannotKeep(Problem):
    """A card is kept for somebody who is logged in and pays on a page of her own."""

    code = "cannot_keep_card"
    status = 422


@transaction.atomic
def ask(
    order: Order,
    *,
    kind: str = Checkout.Kind.PAGE,
    amount: int | None = None,
    payer: Person | None = None,
    keeps_card: bool = False,
    by: Actor,
    channel: str,
    at: datetime,
) -> Payment:
    """Ask for what is left to be paid of an order, or a part of it; asked again, the attempt that stands is given.

    `payer` is who is logged in where the page will be opened: she alone sees her kept cards there.
    There is only one at a time: a page that stands open is closed where a link is to be sent.
    Raises StripeNotConnected, AlreadyPaid, TooMuch, CannotAsk, CannotKeep.
    """
    if not settings.STRIPE_API_KEY:
        raise StripeNotConnected("cards cannot be taken at the moment")
    if exponent(order.currency) != gateway.decimals(order.currency):  # the same number would be another sum there
        raise StripeNotConnected(f"cards cannot be taken in {order.currency}")
    order = moves.lock(order)
    if order.status == Order.Status.CANCELED:
        raise CannotAsk("nothing is to be paid for this order")
    told: list[Happening] = []
    if standing := order.payments.filter(tender=STRIPE, status=Status.PENDING).select_related("stripe").first():
        if kind in (standing.stripe.kind, Checkout.Kind.PAGE):
            return standing
        told.append(give_way(order, standing, at=at))
    asked_for = due_of(order, amount)
    until = at + LASTS[Checkout.Kind(kind)]
    customer = customer_of(order, kind=kind, payer=payer, keeps_card=keeps_card, at=at)
    payment = Payment.objects.create(order=order, tender=STRIPE, amount=asked_for, currency=order.currency)
    Checkout.objects.create(
        payment=payment,
        kind=kind,
        captures_later=kind == Checkout.Kind.PAGE and captures_later(order),
        customer=customer,
        keeps_card=keeps_card,
        created_at=at,
        expires_at=until,
    )
    restate(order)
    hold_longer(order, until=until + MARGIN, at=at)
    data = {"payment": payment.public_id}
    schedule(LOOK, key=payment.public_id, due_at=at + PAUSE, journey=order.journey, data=data)
    told.append(PaymentAsked(order.public_id, payment.public_id, asked_for, order.currency, kind))
    record(order.journey_id, *told, by=by, channel=channel, at=at)
    return payment


def give_way(order: Order, standing: Payment, *, at: datetime) -> Happening:
    """End an attempt so that another can be made; who pays there at the last moment pays for the order all the same."""
    close_soon(order, at=at)
    Payment.objects.filter(pk=standing.pk, status=Status.PENDING).update(status=Status.CANCELED)
    return PaymentEnded(order.public_id, standing.public_id, standing.amount, standing.currency)


def captures_later(order: Order) -> bool:
    """Whether a bank keeps the money until the goods leave; those of an order that is completed have left."""
    return order.status != Order.Status.COMPLETED and order.sales_channel.code in settings.CAPTURE_AT_HANDOVER


def customer_of(order: Order, *, kind: str, payer: Person | None, keeps_card: bool, at: datetime) -> Customer | None:
    """Whose kept cards stand on a page: hers alone who pays for her own order; raises CannotKeep."""
    if kind == Checkout.Kind.PAGE and payer and are_one(payer, order.person):
        return kept_cards.customer_for(payer, keeps_card=keeps_card, at=at)
    if keeps_card:
        raise CannotKeep("please log in, so that a card can be kept for you")
    return None


@outward
@patient
def open_page(task: Task, *, at: datetime) -> None:
    """Open the page of a payment that was asked for; what an earlier try has opened is found, not opened again."""
    payment = Payment.objects.select_related("order", "stripe").get(public_id=entry_of(task).data["payment"])
    checkout = payment.stripe
    if payment.status != Status.PENDING or checkout.page or checkout.expires_at <= at:
        return
    try:
        page = opened_before(task, payment)
        if page is None:
            prolong(task, payment, at=at)
            page = open_new(payment)
    except gateway.Failed as problem:
        if checkout.customer:
            kept_cards.look_soon(checkout.customer, at=at)  # she may be gone at Stripe: the next page is without her
        fail(task, payment, cause=str(problem), at=at)
        return
    with transaction.atomic():
        hold(task)
        Checkout.objects.filter(pk=checkout.pk).update(page=page.reference, url=page.url)
        told = PaymentPageOpened(
            payment.order.public_id,
            payment.public_id,
            payment.amount,
            payment.currency,
            checkout.kind,
            checkout.expires_at.isoformat(),
        )
        done(task, at=at)
        record(payment.order.journey_id, told, by=SYSTEM, channel=payment.order.sales_channel.kind, at=at)


def prolong(task: Task, payment: Payment, *, at: datetime) -> None:
    """A worker that comes late would open a page that closes sooner than Stripe allows: let it, and its hold, last."""
    checkout = payment.stripe
    if checkout.kind == Checkout.Kind.LINK or checkout.expires_at >= at + SHORTEST:
        return
    checkout.expires_at = at + PAGE_LASTS
    with transaction.atomic():
        order = moves.lock(payment.order)
        hold(task)
        Checkout.objects.filter(pk=checkout.pk).update(expires_at=checkout.expires_at)
        hold_longer(order, until=checkout.expires_at + MARGIN, at=at)


def close_pages(task: Task, *, at: datetime) -> None:
    """A checkout came to nothing: nobody shall pay for it any more. What was paid at the last moment is seen then."""
    entry = entry_of(task)
    close_soon(Order.objects.select_related("journey").get(public_id=entry.data["order"]), at=entry.occurred_at)


def close_soon(order: Order, *, at: datetime) -> None:
    """Let the pages of an order that stand open end now, and have somebody look at each once more after that."""
    for payment in order.payments.filter(tender=STRIPE, status=Status.PENDING, stripe__isnull=False).order_by("pk"):
        Checkout.objects.filter(payment=payment, expires_at__gt=at).update(expires_at=at)
        data = {"payment": payment.public_id}
        schedule(LOOK, key=payment.public_id, due_at=at + GRACE, journey=order.journey, data=data)


def opened_before(task: Task, payment: Payment) -> Page | None:
    """What an earlier try has opened without our hearing of it. Stripe keeps its keys for a day only."""
    if task.attempts < 2 or payment.stripe.kind == Checkout.Kind.LINK:
        return None
    return gateway.find_page(payment.public_id, since=payment.stripe.created_at)


def open_new(payment: Payment) -> Page:
    """Open a page or link; raises gateway.Failed."""
    order, checkout = payment.order, payment.stripe
    back = settings.PUBLIC_URL + reverse("payment-back", args=[payment.public_id])
    asked = Asked(
        payment=payment.public_id,
        order=order.public_id,
        title=f"{settings.SHOP_NAME} {order.number or ''}".strip(),
        amount=payment.amount,
        currency=payment.currency,
        language=(order.person.language if order.person else "") or settings.LANGUAGE_CODE,
        back=back,
        expires_at=checkout.expires_at,
        captures_later=checkout.captures_later,
        customer=kept_cards.at_stripe(checkout.customer) if checkout.customer else "",
        keeps_card=checkout.keeps_card,
    )
    return gateway.open_link(asked) if checkout.kind == Checkout.Kind.LINK else gateway.open_page(asked)


def fail(task: Task, payment: Payment, *, cause: str, at: datetime) -> None:
    """Stripe will not take this payment at all; another tender may, so a checkout's cart is hers again at once."""
    with transaction.atomic():
        order = moves.lock_with_cart(payment.order)
        hold(task)
        if Payment.objects.filter(pk=payment.pk, status=Status.PENDING).update(status=Status.FAILED):
            done(task, at=at)
            told = PaymentFailed(order.public_id, payment.public_id, payment.amount, payment.currency, cause[:60])
            settling.go_without(order, payment, told, by=SYSTEM, at=at)
