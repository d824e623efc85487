"""Sales that a till made at the price of a signed quote, which it proved by itself: offline, by our public keys.

The sale stands as it was sold. Where the quote holds, it is used by it and its price is no difference; where it does
not (used before, ended, made for other goods), that is told as one.
"""

from datetime import datetime

from django.db import transaction

from commerce.customers.models import Person
from commerce.promotions import uses
from commerce.promotions.uses import CouponNeedsPerson, CouponUsedUp
from commerce.quotes import signed
from commerce.quotes.happenings import QuoteHonored
from commerce.quotes.models import SignedQuote
from commerce.quotes.reckoning import Wanted
from commerce.quotes.signed import QuoteUnknown, QuoteUsed
from commerce.timeline.actors import Actor
from commerce.timeline.journeys import link
from commerce.timeline.record import record
from orders.journal.differences import Found, Kind
from orders.till_facts import TillFact


def found_for(shown: str, fact: TillFact) -> tuple[SignedQuote | None, list[Found]]:
    """The quote that a sale names, if it holds for it; else why it does not."""
    try:
        quote = signed.find(shown)
    except QuoteUnknown:
        return None, [Found(Kind.QUOTE, subject="unknown", actual=fact.total)]
    person = Person.objects.select_related("root").filter(pk=fact.person or 0).first()
    wanted = [Wanted(line.variant or 0, line.quantity) for line in fact.lines]
    if why := signed.obstacle(quote, wanted=wanted, person=person, at=fact.occurred_at):
        return None, [Found(Kind.QUOTE, subject=why, expected=quote.total, actual=fact.total)]
    if fact.total != quote.total:
        loss = quote.total - fact.total
        return quote, [Found(Kind.QUOTE, subject="total", expected=quote.total, actual=fact.total, loss=loss)]
    return quote, []


def use(
    quote: SignedQuote, fact: TillFact, *, order: str, journey: int, by: Actor, channel: str, at: datetime
) -> list[Found]:
    """Let a sale use a quote, with the coupon that it holds, and link the two timelines."""
    try:
        with transaction.atomic():
            signed.take(quote, demand=order)
            if quote.coupon:
                signed.give_coupon(quote, at=at)
                uses.hold(quote.coupon, demand=order, person=None, at=at, expires_at=None)
                uses.redeem(order, at=at)
    except (QuoteUsed, CouponUsedUp, CouponNeedsPerson) as problem:
        return [Found(Kind.QUOTE, subject=problem.code, expected=quote.total, actual=fact.total)]
    link(quote.journey_id, journey, reason="its signed quote", at=at)
    variance = fact.total - quote.total
    told = QuoteHonored(quote.public_id, order, quote.total, quote.currency, variance)
    record(journey, told, by=by, channel=channel, at=fact.occurred_at, recorded_at=at)
    return []
