"""How a sale at the counter is paid in several ways: what we owe her first, then cash, and the rest by one tender.

A gift card opens by its code. Store credit is somebody's: an email that many people know does not open it, the number
of an order of hers or the code of a pickup does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction

from commerce.channels.models import SalesChannel
from commerce.customers import disclosure
from commerce.customers.models import Person
from commerce.rest.limits import Limit, spend
from commerce.timeline.actors import Actor
from orders import till_cart, till_codes
from orders.credits import ledger
from orders.credits.models import Credit
from orders.lookup import WrongSecondProof, proof_of
from orders.models import Order, Payment
from orders.tenders import CASH, CREDIT
from orders.till_codes import Coded
from orders.till_facts import TillFact, TillTender
from orders.tills import record_sales

GUESSES = Limit("second facts at the till", 10, within=timedelta(minutes=15))


@dataclass(frozen=True)
class Split:
    """A sale's parts in the order in which they are taken, and the credits that the first of them come from."""

    tenders: tuple[TillTender, ...]
    spent: tuple[Credit, ...]


def hers(person: Person | None, *, proof: str, currency: str, by: Actor, at: datetime) -> Credit:
    """The store credit of somebody who stands here and proves who she is, which is written down.

    Raises WrongSecondProof, NoStoreCredit, TooManyRequests. Call it outside transactions: guesses are counted.
    """
    spend(GUESSES, f"{by} {person.public_id if person else ''}")
    how = proof_of(person, proof) if person else ""
    if person is None or not how:
        raise WrongSecondProof("no order of hers has this number or code")
    disclosure.note(person, what=f"store credit: {how}", by=by, at=at)
    return ledger.store_credit_of(person, currency=currency, at=at)


def split(total: int, *, owed: Sequence[Credit], in_cash: int, tender: str) -> Split:
    """The parts of a total: from each credit what it has, then what was said of cash, the rest by the tender."""
    left, parts, spent = total, [], []
    for credit in owed:
        if amount := min(credit.balance, left):
            parts.append(TillTender(CREDIT, amount, reference=credit.public_id))
            spent.append(credit)
            left -= amount
    cash = min(in_cash, left) if tender != CASH else 0
    parts += [TillTender(how, amount) for how, amount in ((CASH, cash), (tender, left - cash)) if amount]
    return Split(tuple(parts), tuple(spent))


@transaction.atomic
def sell(sale: TillFact, paid: Split, coded: Coded, *, sales_channel: SalesChannel, by: Actor, at: datetime) -> None:
    """Write a sale down as it was paid; sent twice, it is one sale.

    Raises NotEnoughCredit, QuoteUsed, CouponUsedUp, CouponNeedsPerson; then nothing was sold.
    """
    taken = record_sales([replace(sale, tenders=paid.tenders)], sales_channel=sales_channel, by=by, at=at)
    if not taken.new:
        return
    for credit in paid.spent:
        payment = Payment.objects.get(
            order__till_key=sale.key, tender=CREDIT, reference__endswith=f"/{credit.public_id}"
        )
        ledger.spend(credit, payment=payment, by=by, at=at)
    if not (coded.behind or coded.coupon or coded.offer):
        return
    order = Order.objects.get(till_key=sale.key)
    if coded.behind:
        till_cart.sold(coded.behind, order, by=by, channel=sales_channel.kind, at=at)
    if coded.coupon or coded.offer:
        till_codes.spend(coded, order, by=by, channel=sales_channel.kind, at=at)
