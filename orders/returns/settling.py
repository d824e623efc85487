"""What is due for goods that came back: money the way it came, store credit, or something else instead.

Whatever it is, it counts against the payments of the order, so that no cent is given twice.
"""

from datetime import datetime

from django.db import transaction

from commerce.channels.models import Location
from commerce.money import split
from commerce.rest.problems import Problem
from commerce.timeline.actors import Actor
from commerce.timeline.record import Happening, record
from orders import checkout, moves, payments, refunds
from orders.buying import ask_by_link
from orders.checkout import TenderMissing
from orders.credits import ledger
from orders.models import Order, Payment, Refund
from orders.refunding import refundable_payments
from orders.returns import exchanging
from orders.returns.happenings import ReturnSettled
from orders.returns.models import Return
from orders.returns.steps import lock, named, step
from orders.standing import balance_of, restate
from orders.tenders import COUNTED_BY_STAFF, EXCHANGE, PAYMENT_LINK

Outcome = Return.Outcome
GoesTo = Refund.GoesTo


class CreditNeedsPerson(Problem):
    """Store credit belongs to somebody, and nobody knows who this is."""

    code = "credit_needs_person"
    status = 422


@transaction.atomic
def settle(returned: Return, *, outcome: str = "", tender: str = "", by: Actor, channel: str, at: datetime) -> Return:
    """Give what is due, once. `outcome` changes what she wanted; `tender` pays what a replacement costs more.

    Raises IllegalMove, NotPaid, CreditNeedsPerson, TenderMissing, OutOfStock, CannotServe, StripeNotConnected.
    """
    returned, order = lock(returned)
    wanted = outcome or returned.outcome
    if order is None and wanted != Outcome.CREDIT:
        raise payments.NotPaid("nobody knows what was paid for this; it becomes store credit")
    step(returned, Return.Status.SETTLED, returned_at=at)
    told = change(returned, order, wanted, at=at)
    match wanted:
        case Outcome.CREDIT:
            told += to_credit(returned, order, by=by, at=at)
        case Outcome.EXCHANGE if order and not returned.sent_ahead_at:
            told += to_replacement(returned, order, tender=tender, by=by, channel=channel, at=at)
        case Outcome.REFUND if order:
            told += to_tenders(returned, order, returned.total, by=by, at=at)
    instead = returned.replacement.public_id if returned.replacement and wanted == Outcome.EXCHANGE else ""
    told.append(ReturnSettled(*named(returned), wanted, returned.total, returned.currency, instead))
    record(returned.journey_id, *told, by=by, channel=channel, at=at)
    return returned


@transaction.atomic
def send_ahead(returned: Return, *, by: Actor, channel: str, at: datetime) -> Return:
    """Place the replacement before the goods are back, as where we are to blame; when they come, nothing is due.

    Raises IllegalMove, TenderMissing if it costs more, OutOfStock, CannotServe.
    """
    returned, order = lock(returned)
    if order is None or returned.status != Return.Status.REQUESTED or returned.outcome != Outcome.EXCHANGE:
        raise moves.IllegalMove("nothing can be sent ahead", before=returned.status, after="sent_ahead")
    returned.total = sum(line.total for line in returned.lines.all())
    returned.sent_ahead_at = at
    returned.save(update_fields=["total", "sent_ahead_at"])
    told = to_replacement(returned, order, tender="", by=by, channel=channel, at=at)
    if told:
        record(returned.journey_id, *told, by=by, channel=channel, at=at)
    return returned


def change(returned: Return, order: Order | None, wanted: str, *, at: datetime) -> list[Happening]:
    """Let go of what was kept where she wants something else now, or keep it; returns what to record."""
    if wanted == returned.outcome:
        return []
    if returned.sent_ahead_at:
        raise moves.IllegalMove("what she wanted instead was sent already", before=returned.outcome, after=wanted)
    told = exchanging.let_go(returned, at=at)
    returned.outcome = wanted
    returned.save(update_fields=["outcome"])
    if wanted == Outcome.EXCHANGE and order:
        exchanging.reserve(returned, order, at=at)
    return told


def to_tenders(returned: Return, order: Order, amount: int, *, by: Actor, at: datetime) -> list[Happening]:
    """Give an amount back to the tenders it was paid with, each its share; returns what to record."""
    told: list[Happening] = []
    reason, at_counter = Refund.Reason.RETURNED, is_store(returned.location)
    for payment, part in shares(order, amount):
        told += refunds.start(order, payment, amount=part, reason=reason, at_counter=at_counter, by=by, at=at)[1]
    return told


def is_store(location: Location | None) -> bool:
    """Whether what came back was taken in at a store, where money is given as well."""
    return location is not None and location.kind == Location.Kind.STORE


def count_elsewhere(order: Order, amount: int, goes_to: str, *, by: Actor, at: datetime) -> list[Happening]:
    """Count an amount against the order's payments though it does not leave us; returns what to record."""
    told: list[Happening] = []
    for payment, part in shares(order, amount):
        reason = Refund.Reason.RETURNED
        told += refunds.start(order, payment, amount=part, reason=reason, goes_to=goes_to, by=by, at=at)[1]
    return told


def shares(order: Order, amount: int) -> list[tuple[Payment, int]]:
    """An amount over an order's payments, in the proportion of what is left of each; raises NotPaid."""
    standing = refundable_payments(order)
    left = [payment.amount - payment.refunded for payment in standing]
    if amount > sum(left):
        raise payments.NotPaid(f"of this order {sum(left)} can be given back, not {amount}", available=sum(left))
    if not amount:
        return []
    return [(payment, part) for payment, part in zip(standing, split(amount, left), strict=True) if part]


def to_credit(returned: Return, order: Order | None, *, by: Actor, at: datetime) -> list[Happening]:
    """Put what is due on her store credit; returns what to record. Raises CreditNeedsPerson."""
    if returned.person is None:
        raise CreditNeedsPerson("store credit belongs to a person; say who this is")
    if not returned.total:
        return []
    told = count_elsewhere(order, returned.total, GoesTo.CREDIT, by=by, at=at) if order else []
    key = f"return-{returned.public_id}"
    ledger.grant(returned.person, amount=returned.total, currency=returned.currency, key=key, by=by, at=at)
    return told


def to_replacement(
    returned: Return, order: Order, *, tender: str, by: Actor, channel: str, at: datetime
) -> list[Happening]:
    """Pay the replacement with what came back, and place it; returns what to record.

    What it costs less goes back as it came; what it costs more is paid at the counter, or later by a link.
    """
    if returned.replacement is None:
        raise payments.NotPaid("nothing was chosen instead")
    draft = moves.lock(returned.replacement)
    if draft.status != Order.Status.DRAFT:
        raise moves.IllegalMove(f"{draft} is no longer a draft", before=draft.status, after="placed")
    covered = min(returned.total, draft.total)
    told = count_elsewhere(order, covered, GoesTo.EXCHANGE, by=by, at=at)
    if covered:
        told.append(payments.keep(draft, tender=EXCHANGE, amount=covered, at=at)[1])
    told += to_tenders(returned, order, returned.total - covered, by=by, at=at)
    restate(draft)
    if left := balance_of(draft).left:
        pay_the_rest(draft, left, tender=tender, by=by, channel=channel, at=at)
    checkout.finalize(draft, by=by, channel=channel, at=at)
    return told


def pay_the_rest(draft: Order, left: int, *, tender: str, by: Actor, channel: str, at: datetime) -> None:
    """What a replacement costs more than was brought back; raises TenderMissing, StripeNotConnected."""
    if tender in COUNTED_BY_STAFF:
        payments.take_manual(draft, tender=tender, by=by, channel=channel, at=at)
    elif tender == PAYMENT_LINK:
        ask_by_link(draft, by=by, channel=channel, at=at)
    else:
        raise TenderMissing("please say how the rest is paid", owed=left)
