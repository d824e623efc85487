"""Reckoning a quote: pure. Prices and promotions in, the amounts to pay out, with reasons and versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from commerce.money import share, split, tax_within
from commerce.pricing.prices import Offer
from commerce.promotions.discount import discount, off_delivery
from commerce.promotions.taking import Item, Rule


@dataclass(frozen=True)
class Wanted:
    """So many units of a variant."""

    variant_id: int
    quantity: int


@dataclass(frozen=True)
class QuotedLine:
    """What one line costs, in minor units with tax included; `tax` is the part of the total that is tax."""

    variant_id: int
    sku: str
    title: str
    quantity: int
    unit_price: int
    goods_total: int
    discount: int
    total: int
    tax: int
    tax_basis_points: int
    promotions: tuple[str, ...]
    differs: str = ""
    """Why this channel or place has a price of its own; empty where all have the same."""


@dataclass(frozen=True)
class AppliedPromotion:
    """A promotion that took something off the basket, or off its delivery."""

    promotion_id: int
    name: str
    coupon: str
    amount: int


@dataclass(frozen=True)
class RefusedPromotion:
    """A promotion that took nothing off: a reason of commerce.promotions.taking, what its threshold lacks, and which
    other, or which exclusive group, stood in its way."""

    promotion_id: int
    name: str
    coupon: str
    reason: str
    missing: int
    blocker: str = ""


@dataclass(frozen=True)
class Quote:
    """What a basket costs here and now. All amounts are minor units with tax included: they add up in every channel."""

    currency: str
    lines: tuple[QuotedLine, ...]
    goods_total: int
    discount_total: int
    delivery_total: int
    tax_total: int
    total: int
    applied: tuple[AppliedPromotion, ...]
    refused: tuple[RefusedPromotion, ...]
    versions: dict[str, dict[str, int]] = field(default_factory=dict)
    is_greedy: bool = False
    is_first_purchase: bool = False
    """It has the price of somebody's first purchase, of which there is one."""
    signed: str = ""
    """The code of the signed quote whose price this is."""
    shipping: tuple[Rule, ...] = ()
    """Promotions that may take something off the delivery, once there is one; not told."""

    def as_dict(self) -> dict[str, Any]:
        """The quote as JSON, as it is stored with an order and given by the API."""
        told = vars(self) | {
            "lines": [vars(line) | {"promotions": list(line.promotions)} for line in self.lines],
            "applied": [dict(vars(promotion)) for promotion in self.applied],
            "refused": [dict(vars(promotion)) for promotion in self.refused],
        }
        del told["shipping"]
        return told

    def spends(self, code: str) -> bool:
        """Whether a coupon takes something off, so that a use of it must be held."""
        return any(promotion.coupon == code for promotion in self.applied)


def reckon(
    wanted: Sequence[Wanted],
    offers: Mapping[int, Offer],
    rules: Sequence[Rule],
    *,
    currency: str,
) -> Quote:
    """Put prices, promotions and taxes together.

    Promotions and their minimum are reckoned in the price list's own terms, then tax is worked out line by line: it is
    taken from within where the list includes it, and put on top where it does not. Several lines of one variant are
    one, so that no rounding can be won by splitting them.
    """
    quantities: dict[int, int] = {}
    for want in wanted:
        quantities[want.variant_id] = quantities.get(want.variant_id, 0) + want.quantity
    basket = [(offers[variant], quantity) for variant, quantity in quantities.items()]
    items = [
        Item(offer.product_id, offer.category, offer.amount * quantity, offer.variant_id, quantity)
        for offer, quantity in basket
    ]
    decided = discount(items, rules, currency=currency)

    lines = []
    taken = [0] * len(decided.applied)
    for i, (offer, quantity) in enumerate(basket):
        parts = [applied.parts[i] for applied in decided.applied]
        line = reckon_line(offer, quantity, sum(parts), tuple(a.rule.name for a in decided.applied if a.parts[i]))
        lines.append(line)
        if line.discount:
            taken = [sum(pair) for pair in zip(taken, split(line.discount, parts), strict=True)]

    goods_total = sum(line.goods_total for line in lines)
    discount_total = sum(line.discount for line in lines)
    return Quote(
        currency=currency,
        lines=tuple(lines),
        goods_total=goods_total,
        discount_total=discount_total,
        delivery_total=0,
        tax_total=sum(line.tax for line in lines),
        total=goods_total - discount_total,
        applied=tuple(
            AppliedPromotion(a.rule.promotion_id, a.rule.name, a.rule.coupon, amount)
            for a, amount in zip(decided.applied, taken, strict=True)
        ),
        refused=tuple(
            RefusedPromotion(r.rule.promotion_id, r.rule.name, r.rule.coupon, r.reason.value, r.missing, r.blocker)
            for r in decided.refused
        ),
        versions={
            "price_lists": {offer.price_list: offer.version for offer, _ in basket},
            "promotions": {str(rule.promotion_id): rule.version for rule in rules if rule.promotion_id},
        },
        is_greedy=decided.is_greedy,
        is_first_purchase=any(applied.rule.is_first_purchase for applied in decided.applied),
        shipping=decided.shipping,
    )


def delivered(priced: Quote, *, fee: int, tax_basis_points: int) -> Quote:
    """A quote with its delivery, for which the best shipping promotion is taken off; the fee includes tax."""
    off = off_delivery(priced.shipping, fee)
    applied, taken, first = priced.applied, 0, priced.is_first_purchase
    if off:
        taken, first = off.parts[0], first or off.rule.is_first_purchase
        applied = (*applied, AppliedPromotion(off.rule.promotion_id, off.rule.name, off.rule.coupon, taken))
    return replace(
        priced,
        delivery_total=fee - taken,
        tax_total=priced.tax_total + tax_within(fee - taken, tax_basis_points),
        total=priced.total + fee - taken,
        applied=applied,
        is_first_purchase=first,
    )


def reckon_line(offer: Offer, quantity: int, taken: int, promotions: tuple[str, ...]) -> QuotedLine:
    """One line with its tax; `taken` is its discount in the price list's own terms."""
    rate = offer.tax_basis_points
    goods = offer.amount * quantity
    if offer.tax_included:
        unit_price, goods_total, total = offer.amount, goods, goods - taken
        tax = tax_within(total, rate)
    else:
        unit_price, goods_total = offer.amount + share(offer.amount, rate), goods + share(goods, rate)
        tax = share(goods - taken, rate)
        total = goods - taken + tax
    return QuotedLine(
        variant_id=offer.variant_id,
        sku=offer.sku,
        title=offer.title,
        quantity=quantity,
        unit_price=unit_price,
        goods_total=goods_total,
        discount=goods_total - total,
        total=total,
        tax=tax,
        tax_basis_points=rate,
        promotions=promotions,
        differs=offer.differs,
    )
