"""Reckoning a quote: pure. Prices and promotions in, the amounts to pay out, with reasons and versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from commerce.money import share, split, tax_within
from commerce.pricing.prices import Offer
from commerce.promotions.discount import Item, Rule, discount


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


@dataclass(frozen=True)
class AppliedPromotion:
    """A promotion that took something off the whole basket."""

    promotion_id: int
    name: str
    coupon: str
    amount: int


@dataclass(frozen=True)
class RefusedPromotion:
    """A promotion that took nothing off: a reason of commerce.promotions.discount, and what its minimum lacks."""

    promotion_id: int
    name: str
    coupon: str
    reason: str
    missing: int


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

    def as_dict(self) -> dict[str, Any]:
        """The quote as JSON, as it is stored with an order and given by the API."""
        return vars(self) | {
            "lines": [vars(line) | {"promotions": list(line.promotions)} for line in self.lines],
            "applied": [dict(vars(promotion)) for promotion in self.applied],
            "refused": [dict(vars(promotion)) for promotion in self.refused],
        }

    def spends(self, code: str) -> bool:
        """Whether a coupon takes something off, so that a use of it must be held."""
        return any(promotion.coupon == code for promotion in self.applied)


def reckon(
    wanted: Sequence[Wanted],
    offers: Mapping[int, Offer],
    rules: Sequence[Rule],
    *,
    currency: str,
    delivery: int = 0,
    delivery_basis_points: int = 0,
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
    items = [Item(offer.product_id, offer.category, offer.amount * quantity) for offer, quantity in basket]
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
        delivery_total=delivery,
        tax_total=sum(line.tax for line in lines) + tax_within(delivery, delivery_basis_points),
        total=goods_total - discount_total + delivery,
        applied=tuple(
            AppliedPromotion(a.rule.promotion_id, a.rule.name, a.rule.coupon, amount)
            for a, amount in zip(decided.applied, taken, strict=True)
        ),
        refused=tuple(
            RefusedPromotion(r.rule.promotion_id, r.rule.name, r.rule.coupon, r.reason.value, r.missing)
            for r in decided.refused
        ),
        versions={
            "price_lists": {offer.price_list: offer.version for offer, _ in basket},
            "promotions": {str(rule.promotion_id): rule.version for rule in rules},
        },
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
    )
