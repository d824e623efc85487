"""In what a till's facts differ from what we expected. They stand as they are: the customer has left with the goods."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from commerce.channels.models import Device
from commerce.pricing.back_then import prices_back_then
from commerce.pricing.prices import Market
from commerce.promotions import uses
from commerce.rest.problems import Problem
from orders.journal import leases
from orders.journal.models import Difference
from orders.journal.reading import Said
from orders.till_facts import TillFact

Kind = Difference.Kind


@dataclass(frozen=True, slots=True)
class Found:
    """A difference, before it is written down."""

    kind: str
    line: int | None = None
    subject: str = ""
    expected: int | None = None
    actual: int | None = None
    loss: int = 0


def of_sales(
    sales: Sequence[tuple[Said, TillFact]], *, market: Market, promised: Collection[str] = ()
) -> dict[str, list[Found]]:
    """What differs in some sales: articles nobody knows, other prices than ours were then, tenders that do not add up.

    By the fact's key; one query, however many there are. `promised` are those that have the price of a signed quote.
    """
    found: dict[str, list[Found]] = {}
    priced = [fact for _, fact in sales if fact.key not in promised]
    known = [(fact, line) for fact in priced for line in fact.lines if line.variant is not None and line.quantity]
    prices = prices_back_then(
        [(line.variant or 0, line.quantity, fact.occurred_at) for fact, line in known], market=market
    )
    for (fact, line), price in zip(known, prices, strict=True):
        if price is not None and line.unit_price != price:
            loss = (price - line.unit_price) * line.quantity
            found.setdefault(fact.key, []).append(
                Found(Kind.PRICE, line.ordinal, line.sku, price, line.unit_price, loss)
            )
    for said, fact in sales:
        here = [
            Found(Kind.ARTICLE, line.ordinal, line.sku, actual=line.total)
            for line in fact.lines
            if line.variant is None
        ]
        paid = sum(tender.amount for tender in fact.paid)
        if paid != fact.total:
            here.append(Found(Kind.TENDER, expected=fact.total, actual=paid, loss=fact.total - paid))
        if said.person and fact.person is None:
            here.append(Found(Kind.PERSON))
        if here:
            found[fact.key] = here + found.get(fact.key, [])
    return found


WHY: Mapping[str, str] = {
    "coupon_unknown": Kind.COUPON_UNKNOWN,
    "coupon_ended": Kind.COUPON_ENDED,
    "coupon_used_up": Kind.COUPON_OVERUSED,
    "coupon_needs_person": Kind.COUPON_OVERUSED,
}


def redeem(said: Said, fact: TillFact, *, order: str, device: Device) -> list[Found]:
    """Redeem the coupons that a till took for an order; what cannot be redeemed any more is a loss, told as such."""
    found = []
    for code in said.coupons:
        try:
            with transaction.atomic():
                coupon = uses.find(code, at=fact.occurred_at)
                leases.free_use(device, coupon, at=fact.occurred_at)
                uses.hold(coupon, demand=order, person=None, at=fact.occurred_at, expires_at=None)
        except Problem as problem:
            if problem.code not in WHY:
                raise
            found.append(Found(WHY[problem.code], subject=code, loss=fact.discount))
    if len(found) < len(said.coupons):
        uses.redeem(order, at=fact.occurred_at)
    return found
