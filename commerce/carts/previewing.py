"""A change of a promotion or price list, looked at before it goes live: which prices and baskets would be others.

It is saved, measured and undone in one transaction: what is measured is what would be. It is measured for somebody who
may have it: who types its code, belongs to its group, buys for the first time, and at the instant at which it begins.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection, transaction

from commerce.catalog.models import Variant
from commerce.channels.models import SalesChannel
from commerce.pricing.models import PriceList
from commerce.pricing.prices import Market, Offer, look_up
from commerce.pricing.publishing import margin_of
from commerce.promotions.models import Coupon, Promotion
from commerce.promotions.rules import rules_for
from commerce.promotions.taking import Reason
from commerce.quotes.reckoning import Quote, Wanted, reckon

BASKETS = 300
"""So many carts are priced: the latest with something in them."""
FORGIVEN = (Reason.NEEDS_PERSON, Reason.NOT_FIRST)


@dataclass(frozen=True)
class UnitChange:
    """One unit that would cost something else; None where it is not sold. Margins: basis points of the net price."""

    sku: str
    before: int | None
    after: int | None
    margin_before: int | None
    margin_after: int | None

    @property
    def sells_below_cost(self) -> bool:
        """Whether each unit sold would lose money."""
        return self.margin_after is not None and self.margin_after < 0


@dataclass(frozen=True)
class Effect:
    """What a change would do. `margin` is of the baskets all of whose goods have a cost, before and after."""

    currency: str
    units: list[UnitChange]
    units_seen: int
    baskets: int
    baskets_seen: int
    total_before: int
    total_after: int
    margin_before: int | None
    margin_after: int | None

    @property
    def below_cost(self) -> int:
        """How many variants would be sold below their cost."""
        return sum(unit.sells_below_cost for unit in self.units)


@dataclass(frozen=True)
class State:
    """What one unit of everything costs, and each basket."""

    units: list[dict[int, Quote]]
    baskets: list[list[Quote]]


Basket = list[tuple[int, int]]
Source = Promotion | PriceList


def look(save: Callable[[], Source], *, before: Source | None, at: datetime) -> Effect:
    """What saving would change, if it was like `before`; nothing stays saved."""
    with transaction.atomic():
        baskets = baskets_now()
        with transaction.atomic():
            after = save()
            after.refresh_from_db()
            begins = max(at, after.starts_at or at)
            markets = markets_of([each for each in (before, after) if each])
            then = measured(after, markets, baskets, at=begins)
            transaction.set_rollback(True)
        now = measured(before, markets, baskets, at=begins)
    return compared(now, then, currency=markets[0].sales_channel.currency)


def markets_of(versions: Sequence[Source]) -> list[Market]:
    """Where something holds before and after, and for whom; of what is unified any channel tells."""
    first = SalesChannel.objects.order_by("pk").first()
    found: list[Market] = []
    for each in versions:
        channel = each.sales_channel or first
        if channel is None:
            continue
        market = Market(channel, each.location_id, each.customer_group)
        if market not in found:
            found.append(market)
    return found


def baskets_now() -> list[Basket]:
    """What lies in the latest carts, and what was bought by them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(variant_id ORDER BY id), array_agg(quantity ORDER BY id) FROM carts_cartline"
            " WHERE quantity > 0 GROUP BY cart_id ORDER BY cart_id DESC LIMIT %s",
            [BASKETS],
        )
        return [list(zip(variants, units, strict=True)) for variants, units in cursor.fetchall()]


def measured(source: Source | None, markets: Sequence[Market], baskets: Sequence[Basket], *, at: datetime) -> State:
    """What everything costs as things are now, with a promotion for whoever may have it."""
    promotion = source if isinstance(source, Promotion) else None
    ids = list(Variant.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True))
    units, totals = [], []
    for market in markets:
        offers, _ = look_up(ids, market=market, at=at)
        units.append({pk: priced([(pk, 1)], offers, promotion, market=market, at=at) for pk in offers})
        quotes = []
        for basket in baskets:
            here, _ = look_up([pk for pk, _ in basket], market=market, at=at, quantities=dict(basket))
            quotes.append(priced(basket, here, promotion, market=market, at=at))
        totals.append(quotes)
    return State(units, totals)


def priced(
    basket: Basket, offers: dict[int, Offer], promotion: Promotion | None, *, market: Market, at: datetime
) -> Quote:
    """What a basket costs."""
    sold = [Wanted(pk, quantity) for pk, quantity in basket if pk in offers]
    code = Coupon(promotion=promotion, code=promotion.name) if promotion and promotion.needs_coupon else None
    rules = [
        replace(rule, refused=None)
        if promotion and rule.promotion_id == promotion.pk and rule.refused in FORGIVEN
        else rule
        for rule in rules_for([offers[want.variant_id] for want in sold], market=market, coupon=code, at=at)
    ]
    return reckon(sold, offers, rules, currency=market.sales_channel.currency)


def compared(now: State, then: State, *, currency: str) -> Effect:
    """What differs between two states."""
    stored = Variant.objects.exclude(cost=None).values_list("pk", "cost")
    costs: dict[int, int] = {pk: cost for pk, cost in stored if cost is not None}
    units: dict[str, UnitChange] = {}
    for before, after in zip(now.units, then.units, strict=True):
        for pk in before.keys() | after.keys():
            lines = [each[pk].lines[0] if pk in each else None for each in (before, after)]
            totals = [line.total if line else None for line in lines]
            if totals[0] != totals[1]:
                margins = [margin_of(line.total - line.tax, costs.get(pk)) if line else None for line in lines]
                [sku] = {line.sku for line in lines if line}
                units[sku] = UnitChange(sku, *totals, *margins)
    pairs = [pair for market in zip(now.baskets, then.baskets, strict=True) for pair in zip(*market, strict=True)]
    changed = [(before, after) for before, after in pairs if before.total != after.total]
    known = [pair for pair in changed if all(line.variant_id in costs for each in pair for line in each.lines)]
    margin_before, margin_after = (margin_of_all([pair[place] for pair in known], costs) for place in (0, 1))
    return Effect(
        currency=currency,
        units=sorted(units.values(), key=lambda unit: unit.sku),
        units_seen=len({pk for market in then.units for pk in market}),
        baskets=len(changed),
        baskets_seen=len(pairs),
        total_before=sum(before.total for before, _ in changed),
        total_after=sum(after.total for _, after in changed),
        margin_before=margin_before,
        margin_after=margin_after,
    )


def margin_of_all(quotes: Sequence[Quote], costs: Mapping[int, int]) -> int | None:
    """What is left of baskets; what one of them no longer holds costs nothing there."""
    spent = sum(costs[line.variant_id] * line.quantity for each in quotes for line in each.lines)
    return margin_of(sum(each.total - each.tax_total for each in quotes), spent)
