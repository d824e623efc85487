"""Buying what lies in a cart, however it is paid: at once, in parts, on a page of Stripe's, or later as agreed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from commerce.carts.models import Cart
from commerce.customers.models import Person
from commerce.customers.people import are_one
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from orders import checkout, moves, payments
from orders.checkout import TenderMissing
from orders.credits import ledger
from orders.credits.ledger import NoStoreCredit
from orders.drafting import Terms
from orders.models import Order, Payment
from orders.receivables import agreements
from orders.standing import balance_of
from orders.stripe import asking
from orders.stripe.models import Checkout
from orders.tenders import BANK_TRANSFER, COUNTED_BY_STAFF, PAYMENT_LINK, STRIPE

TRANSFER_DUE = timedelta(days=5)
LATER = {BANK_TRANSFER: TRANSFER_DUE}
"""Tenders whose order is placed before the money is there, and how long that may take."""


LINK_DUE = timedelta(days=2)
"""How long somebody may take who is sent a link for the rest of an order that stands already."""

AT_STRIPE = {STRIPE: Checkout.Kind.PAGE, PAYMENT_LINK: Checkout.Kind.LINK}
"""Tenders that wait for Stripe: the goods are held, and the order is placed when the money is there."""


class TenderNotYours(Problem):
    """Whether this money is there is for the staff to say."""

    code = "tender_not_allowed"
    status = 403


@dataclass(frozen=True)
class Means:
    """How somebody pays: a gift card first, then her store credit, then the tender for what is left.

    `payer` is who is logged in and pays herself, `keep_card` that she wants her card kept for the next time.
    """

    tender: str = ""
    gift_card: str = ""
    store_credit: bool = False
    payer: Person | None = None
    keep_card: bool = False

    @property
    def is_split(self) -> bool:
        """Whether more than one tender may be needed."""
        return bool(self.gift_card) or self.store_credit


def for_shopper(means: Means, *, owner: Person | None = None, buys: bool = False) -> Means:
    """The means as a shopper may choose them, for what is the owner's; raises TenderNotYours, NoStoreCredit.

    She says herself that it is paid only where nothing is at stake: a shop without payments, on somebody's desk. That
    she will pay by transfer she says as she buys, for then it is waited for; of an order that stands it would say that
    the money is there. Links are sent by staff alone: else anybody could have us write to any number, and keep goods
    for a day. Store credit is spent by its owner alone, not by whoever holds a code of hers.
    """
    waits = buys and means.tender in LATER
    declares = means.tender in COUNTED_BY_STAFF and not waits
    if means.tender == PAYMENT_LINK or (declares and not settings.SHOPPERS_MAY_DECLARE_PAID):
        raise TenderNotYours("please choose another way to pay")
    if means.store_credit and not are_one(means.payer, owner):
        raise NoStoreCredit("please log in to spend your store credit")
    return means


def buy(cart: Cart, *, terms: Terms, means: Means, by: Actor, channel: str, at: datetime) -> Order:
    """Place an order, or draft one that waits for its payment.

    Raises what checkout.prepare() raises, UnknownGiftCard, NotEnoughCredit, StripeNotConnected, TenderMissing.
    """
    if not means.is_split and means.tender not in (*AT_STRIPE, *LATER):
        return checkout.buy(cart, terms=terms, tender=means.tender, by=by, channel=channel, at=at)
    return buy_in_steps(cart, terms=terms, means=means, by=by, channel=channel, at=at)


@transaction.atomic
def buy_in_steps(cart: Cart, *, terms: Terms, means: Means, by: Actor, channel: str, at: datetime) -> Order:
    """Hold the goods, take what can be taken now, and place the order or leave it as a draft."""
    kind = AT_STRIPE.get(means.tender)
    channel_lasts = timedelta(minutes=(terms.sold_in or cart.sales_channel).hold_minutes)
    lasts = max(asking.LASTS[kind] + asking.MARGIN, channel_lasts) if kind else None
    order = checkout.prepare(cart, terms=terms, lasts=lasts, by=by, channel=channel, at=at)
    spend_credits(order, means, person=cart.person, by=by, channel=channel, at=at)
    if not (left := balance_of(order).left):
        return checkout.finalize(order, by=by, channel=channel, at=at)
    if kind:
        asking.ask(order, kind=kind, payer=means.payer, keeps_card=means.keep_card, by=by, channel=channel, at=at)
        return Order.objects.select_related("sales_channel").get(pk=order.pk)
    if means.tender == BANK_TRANSFER:
        payments.expect(order, tender=BANK_TRANSFER, amount=left)
    elif means.tender:
        payments.take_manual(order, tender=means.tender, by=by, channel=channel, at=at)
    else:
        raise TenderMissing("please say how the rest is paid")
    if means.tender in LATER:
        parts = [(left, at + LATER[means.tender])]
        agreements.agree(order, kind=means.tender, parts=parts, places=True, by=by, channel=channel, at=at)
    return checkout.finalize(order, by=by, channel=channel, at=at)


def ask_by_link(order: Order, *, by: Actor, channel: str, at: datetime) -> None:
    """Send a link for what is left of an order that stands already, and agree until when it is paid.

    Raises StripeNotConnected.
    """
    asking.ask(order, kind=Checkout.Kind.LINK, by=by, channel=channel, at=at)
    parts = [(balance_of(order).left, at + LINK_DUE)]
    agreements.agree(order, kind=PAYMENT_LINK, parts=parts, places=True, by=by, channel=channel, at=at)


def spend_credits(
    order: Order,
    means: Means,
    *,
    person: Person | None,
    amount: int | None = None,
    by: Actor,
    channel: str,
    at: datetime,
) -> list[Payment]:
    """Pay with what we owe her, the gift card first, as far as the order and the amount go."""
    made: list[Payment] = []
    left = balance_of(order).left if amount is None else amount
    if means.gift_card and left:
        card = ledger.find_gift_card(means.gift_card, at=at)
        made.append(payments.spend_credit(order, card, amount=left, by=by, channel=channel, at=at))
        left -= made[-1].amount
    if means.store_credit and left:
        credit = ledger.store_credit_of(person, currency=order.currency, at=at)
        made.append(payments.spend_credit(order, credit, amount=left, by=by, channel=channel, at=at))
    return made


@transaction.atomic
def pay(
    order: Order, *, means: Means, amount: int | None = None, by: Actor, channel: str, at: datetime
) -> list[Payment]:
    """Pay what is left of an order, or a part of it; returns the payments that were made or asked for.

    A checkout that waits for its payment is placed once all of it is there, and no page stays open on which it could
    be paid again. Raises AlreadyPaid, NotPayable, TooMuch, UnknownGiftCard, NotEnoughCredit, StripeNotConnected,
    CannotAsk, TenderMissing, and what checkout.finalize() raises.
    """
    order = moves.lock_with_cart(order)
    made = take(order, means, amount=amount, by=by, channel=channel, at=at)
    if balance_of(order).covered:
        asking.close_soon(order, at=at)
        checkout.finalize(order, by=by, channel=channel, at=at)
    return made


def take(order: Order, means: Means, *, amount: int | None, by: Actor, channel: str, at: datetime) -> list[Payment]:
    """Take what is there now for a locked order, or ask for it."""
    made = spend_credits(order, means, person=order.person, amount=amount, by=by, channel=channel, at=at)
    amount = None if amount is None else amount - sum(payment.amount for payment in made)
    if made and (amount == 0 or not balance_of(order).left or not means.tender):
        return made
    if kind := AT_STRIPE.get(means.tender):
        whose = means.payer
        made.append(asking.ask(order, kind=kind, amount=amount, payer=whose, by=by, channel=channel, at=at))
    elif means.tender:
        made.append(payments.take_manual(order, tender=means.tender, amount=amount, by=by, channel=channel, at=at))
    else:
        raise TenderMissing("please say how this is paid")
    return made
