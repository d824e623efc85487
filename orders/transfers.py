"""Bank transfers as a bank's list tells them: each line once, matched to its order by the number in its text."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.crypto import salted_hmac

from commerce.card_numbers import hide
from commerce.ids import secret_keys
from commerce.timeline.actors import Actor
from commerce.timeline.record import Happening, record
from orders import moves, payments, refunds
from orders.models import Order, Payment, Refund, Todo
from orders.paying_happenings import PaymentCameLate, PaymentSurplus
from orders.receivables import agreements
from orders.standing import restate
from orders.tenders import BANK_TRANSFER
from orders.todos import close_todo, open_todo

PLAIN = re.compile(r"[A-Za-z0-9/_.:+-]+")
"""What an id is made of; a name has a space."""

DIGITS = re.compile(r"\d{1,20}")


@dataclass(frozen=True)
class Transfer:
    """One line of a bank's list. `reference` is the bank's own id, `text` what the payer wrote."""

    reference: str
    text: str
    amount: int
    currency: str
    received_at: datetime


@transaction.atomic
def take_in(transfer: Transfer, *, by: Actor, channel: str, at: datetime) -> str:
    """Book one transfer; returns what became of it: known, matched, surplus, late, or unmatched.

    No cent is passed over: what fits no order stands on the list, what is too much or too late is to be sent back.
    What a person took off the list is dealt with, however often the bank's list comes again.
    """
    reference = kept_as(transfer.reference)
    subject = f"transfer {reference}"[:100]
    dealt_with = Todo.objects.filter(kind=Todo.Kind.UNKNOWN_MONEY, subject=subject, closed_at__isnull=False)
    if is_booked(transfer) or dealt_with.exists():
        return "known"
    order = order_of(transfer)
    if order is None:
        cause = f"transfer of {transfer.amount} {transfer.currency} names no order that waits for one"
        open_todo(Todo.Kind.UNKNOWN_MONEY, subject, order=None, cause=cause, at=at)
        return "unmatched"
    order = moves.lock(order)
    if is_booked(transfer):  # by somebody who was at the same list, and at this order first
        return "known"
    payments.expected_less(order, tender=BANK_TRANSFER, amount=transfer.amount)
    payment, captured = payments.keep(order, tender=BANK_TRANSFER, amount=transfer.amount, reference=reference, at=at)
    surplus = restate(order).surplus
    told: list[Happening] = [captured]
    outcome = "matched"
    named = (order.public_id, payment.public_id)
    if order.status == Order.Status.CANCELED:
        outcome, surplus = "late", transfer.amount
        told.append(PaymentCameLate(*named, transfer.amount, order.currency))
    elif surplus:
        outcome = "surplus"
        told.append(PaymentSurplus(*named, surplus, order.currency))
    if surplus:
        reason = Refund.Reason.UNSERVED if outcome == "late" else Refund.Reason.SURPLUS
        told += refunds.start(order, payment, amount=surplus, reason=reason, by=by, at=at)[1]
    close_todo(Todo.Kind.UNKNOWN_MONEY, subject, by=by, at=at)
    told += agreements.count(order, at=at)
    record(order.journey_id, *told, by=by, channel=channel, at=transfer.received_at, recorded_at=at)
    return outcome


def is_booked(transfer: Transfer) -> bool:
    """Whether a line of the bank's list was taken in before."""
    spellings = [kept_as(transfer.reference, key=key) for key in secret_keys()]
    return Payment.objects.filter(tender=BANK_TRANSFER, reference__in=spellings).exists()


def kept_as(reference: str, *, key: str | None = None) -> str:
    """A bank's id as it is kept: itself, or a digest where it holds words, such as a name, or a card number."""
    if PLAIN.fullmatch(reference) and hide(reference) == reference:
        return reference
    return salted_hmac("transfer", reference, secret=key, algorithm="sha256").hexdigest()


def order_of(transfer: Transfer) -> Order | None:
    """The one order whose number stands in the text and that was to be paid by transfer; none where two fit."""
    numbers = set(DIGITS.findall(transfer.text))
    fitting = Order.objects.filter(
        number__in=numbers, currency=transfer.currency, payments__tender=BANK_TRANSFER
    ).distinct()
    found = list(fitting[:2])
    return found[0] if len(found) == 1 else None
