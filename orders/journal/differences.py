"""In what a till's facts differ from what we expected. They stand as they are: the customer has left with the goods."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commerce.pricing.back_then import prices_back_then
from commerce.pricing.prices import Market
from commerce.promotions.models import PromotionVersion
from commerce.promotions.rules import out_of_force
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
    till_version: str = ""
    our_version: str = ""


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
    versions = {fact.key: said.prices for said, fact in sales}
    for (fact, line), price in zip(known, prices, strict=True):
        if price is not None and line.unit_price != price.amount:
            loss = (price.amount - line.unit_price) * line.quantity
            amounts = (price.amount, line.unit_price, loss)
            found.setdefault(fact.key, []).append(
                Found(Kind.PRICE, line.ordinal, line.sku, *amounts, versions[fact.key], price.version)
            )
    for key, stale in stale_promotions(sales).items():
        found.setdefault(key, []).extend(stale)
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


def stale_promotions(sales: Sequence[tuple[Said, TillFact]]) -> dict[str, list[Found]]:
    """Promotions that a till applied though they did not run then, or in another version than ours was by then.

    One query for all that are named; the loss is what was taken off where it should not have been at all.
    """
    named = {promotion for said, _ in sales for promotion, _ in said.promotions}
    if not named:
        return {}
    known: dict[int, list[PromotionVersion]] = {}
    for row in PromotionVersion.objects.filter(promotion__in=named).order_by("promotion", "version"):
        known.setdefault(row.promotion_id, []).append(row)
    found: dict[str, list[Found]] = {}
    for said, fact in sales:
        for promotion, version in said.promotions:
            then = [one for one in known.get(promotion, ()) if one.since <= fact.occurred_at]
            ours = then[-1] if then else None
            runs = ours is not None and is_running(ours.terms, at=fact.occurred_at)
            if ours is None or not runs or ours.version != version:
                stale = Found(
                    Kind.PROMOTION,
                    subject=str(promotion),
                    loss=0 if runs else fact.discount,
                    till_version=str(version),
                    our_version=str(ours.version) if ours else "",
                )
                found.setdefault(fact.key, []).append(stale)
    return found


def is_running(terms: Mapping[str, Any], *, at: datetime) -> bool:
    """Whether a promotion of these terms ran at an instant."""
    begins, ends = (terms[name] and datetime.fromisoformat(terms[name]) for name in ("starts_at", "ends_at"))
    return out_of_force(terms["is_active"], begins, ends, at=at) is None


def row_of(fact: int, found: Found) -> Difference:
    """A difference as it stands in the journal."""
    return Difference(
        fact_id=fact,
        line=found.line,
        kind=found.kind,
        subject=found.subject[:60],
        expected=found.expected,
        actual=found.actual,
        loss=found.loss,
        till_version=found.till_version,
        our_version=found.our_version,
    )
