"""One promotion and a basket: which goods it looks at, whether they reach its threshold, and what it takes off them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from commerce.money import BASIS_POINTS, share, split


class Reason(StrEnum):
    """Why a promotion takes nothing off; the wording is the pages' business."""

    SWITCHED_OFF = "switched_off"
    NOT_YET = "not_yet"
    ENDED = "ended"
    USED_UP = "used_up"
    NOT_YOURS = "not_yours"
    OTHER_CHANNEL = "other_channel"
    OTHER_PLACE = "other_place"
    OTHER_GROUP = "other_group"
    NEEDS_PERSON = "needs_person"
    NEEDS_APPROVAL = "needs_approval"
    NOT_FIRST = "not_first"
    OTHER_CURRENCY = "other_currency"
    NO_GOODS = "no_goods"
    BELOW_MINIMUM = "below_minimum"
    TOO_FEW_UNITS = "too_few_units"
    GIFT_NOT_IN_BASKET = "gift_not_in_basket"
    BLOCKED_BY_GROUP = "blocked_by_group"
    DOES_NOT_COMBINE = "does_not_combine"
    OTHER_IS_BETTER = "other_is_better"
    TAKES_NOTHING_OFF = "takes_nothing_off"


@dataclass(frozen=True)
class Rule:
    """A promotion as the reckoning sees it. `refused` says what is already known to stand against it.

    `value` is basis points of a percentage, and else minor units: what an amount takes off (of each unit on a line, of
    the basket, of delivery), what a unit costs at a fixed price, what a bundle costs. `quantity` and `pays` are the N
    and the M of N for M. `tiers` are (from so much, basis points). `product_ids` of a bundle are all that belong to it.
    """

    promotion_id: int
    version: int
    name: str
    kind: str
    value: int
    currency: str = ""
    minimum_total: int = 0
    category: str = ""
    product_ids: frozenset[int] | None = None
    coupon: str = ""
    refused: Reason | None = None
    variant_ids: frozenset[int] | None = None
    applies_to: str = ""
    minimum_quantity: int = 0
    quantity: int = 0
    pays: int = 0
    tiers: tuple[tuple[int, int], ...] = ()
    gift: int | None = None
    maximum: int | None = None
    group: str = ""
    priority: int = 0
    combines: bool = True
    is_first_purchase: bool = False
    began: datetime | None = None
    ends: datetime | None = None

    @property
    def level(self) -> str:
        """Where it takes something off: lines, the order, delivery; unless said, amounts off the order, else lines."""
        return self.applies_to or ("order" if self.kind == "amount" else "line")

    @property
    def is_plain(self) -> bool:
        """Whether it takes off each line by itself, whatever else lies in the basket."""
        return self.kind in ("percentage", "amount", "fixed_price") and self.maximum is None


@dataclass(frozen=True)
class Item:
    """One line of the basket: whose goods, and what they cost before discounts."""

    product_id: int
    category: str
    amount: int
    variant_id: int = 0
    quantity: int = 1

    @property
    def unit(self) -> int:
        """What one unit costs."""
        return self.amount // self.quantity


class Goods:
    """The lines of a basket, found by product, variant and category without asking every line again."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        self.amounts = [item.amount for item in items]
        self.all = [i for i, item in enumerate(items) if item.amount > 0]
        self.by_product: dict[int, list[int]] = {}
        self.by_variant: dict[int, list[int]] = {}
        for i in self.all:
            self.by_product.setdefault(items[i].product_id, []).append(i)
            self.by_variant.setdefault(items[i].variant_id, []).append(i)
        self.found: dict[int, list[int]] = {}

    def goods(self, rule: Rule) -> list[int]:
        """The places of the goods that a promotion takes something off."""
        if rule.kind == "gift":
            return self.by_variant.get(rule.gift or 0, [])
        return self.looked_at(rule)

    def looked_at(self, rule: Rule) -> list[int]:
        """The places of the goods that a promotion looks at: its products, variants, or its category and those below.

        Without any of them, all. What costs nothing is not looked at: it must not lift a basket over a threshold.
        """
        if rule.product_ids is None and rule.variant_ids is None and not rule.category:
            return self.all
        if rule.promotion_id not in self.found:
            places = {i for p in rule.product_ids or () for i in self.by_product.get(p, ())}
            places.update(i for v in rule.variant_ids or () for i in self.by_variant.get(v, ()))
            if rule.category:
                below = f"{rule.category} > "
                places.update(i for i in self.all if f"{self.items[i].category} > ".startswith(below))
            self.found[rule.promotion_id] = sorted(places)
        return self.found[rule.promotion_id]

    def obstacle(self, rule: Rule, *, currency: str) -> tuple[Reason | None, int, Rule]:
        """What stands against a promotion before it is compared with others, what is missing, and the rule to apply.

        Of tiers the one reached is settled here: what is left is a percentage.
        """
        if rule.refused:
            return rule.refused, 0, rule
        if rule.currency and rule.currency != currency:
            return Reason.OTHER_CURRENCY, 0, rule
        goods = self.looked_at(rule)
        if not goods:
            return Reason.NO_GOODS, 0, rule
        total = sum(self.amounts[i] for i in goods)
        if total < rule.minimum_total:
            return Reason.BELOW_MINIMUM, rule.minimum_total - total, rule
        if rule.minimum_quantity > 1:
            units = sum(self.items[i].quantity for i in goods)
            if units < rule.minimum_quantity:
                return Reason.TOO_FEW_UNITS, rule.minimum_quantity - units, rule
        if rule.kind == "tiered":
            reached = [basis_points for start, basis_points in rule.tiers if total >= start]
            if not reached:
                return Reason.BELOW_MINIMUM, min((start for start, _ in rule.tiers), default=total) - total, rule
            return None, 0, replace(rule, kind="percentage", value=max(reached))
        if rule.kind == "gift" and not self.goods(rule):
            return Reason.GIFT_NOT_IN_BASKET, 1, rule
        return None, 0, rule


def gain_of(rule: Rule, free: Sequence[int], basket: Goods) -> list[int]:
    """What a promotion takes off each line, if it has those lines that have something left in `free`."""
    if rule.level == "shipping":
        return [0] * len(free)
    goods = set(basket.goods(rule))
    return taken_by(rule, [amount if i in goods else 0 for i, amount in enumerate(free)], basket)


def taken_by(rule: Rule, amounts: Sequence[int], basket: Goods) -> list[int]:
    """What a promotion takes off these amounts, line by line; by largest remainder where it is one sum."""
    if not sum(amounts):
        return [0] * len(amounts)
    if rule.kind == "percentage":
        parts = split(share(sum(amounts), rule.value), amounts)
    elif rule.kind == "amount" and rule.level != "line":
        parts = split(min(rule.value, sum(amounts)), amounts)
    elif rule.kind in ("amount", "fixed_price"):
        parts = [simple_gain(rule, i, basket) // BASIS_POINTS if amount else 0 for i, amount in enumerate(amounts)]
    elif rule.kind == "n_for_m":
        parts = cheapest_free(rule, amounts, basket)
    elif rule.kind == "bundle":
        parts = bundled(rule, amounts, basket)
    else:
        parts = one_free(amounts, basket)
    if rule.maximum is not None and sum(parts) > rule.maximum:
        parts = split(rule.maximum, parts)
    return parts


def simple_gain(rule: Rule, i: int, basket: Goods) -> int:
    """What a plain promotion takes off one line, in ten-thousandths of a minor unit: nothing is lost."""
    item = basket.items[i]
    if rule.kind == "percentage":
        return item.amount * rule.value
    if rule.kind == "amount":
        return BASIS_POINTS * min(rule.value * item.quantity, item.amount)
    return BASIS_POINTS * max(item.amount - rule.value * item.quantity, 0)


def cheapest_free(rule: Rule, amounts: Sequence[int], basket: Goods) -> list[int]:
    """N for M: units in order of price, N at a time, the cheapest of each N free until M are paid."""
    lines = dearest_first(amounts, basket)
    units = sum(basket.items[i].quantity for i in lines)
    whole = units - units % rule.quantity

    def free_before(unit: int) -> int:
        groups, rest = divmod(min(unit, whole), rule.quantity)
        return groups * (rule.quantity - rule.pays) + max(rest - rule.pays, 0)

    parts, at = [0] * len(amounts), 0
    for i in lines:
        after = at + basket.items[i].quantity
        parts[i] = (free_before(after) - free_before(at)) * basket.items[i].unit
        at = after
    return parts


def dearest_first(amounts: Sequence[int], basket: Goods) -> list[int]:
    """The lines that have something left, the dearest unit first."""
    return sorted((i for i, amount in enumerate(amounts) if amount), key=lambda i: (-basket.items[i].unit, i))


def bundled(rule: Rule, amounts: Sequence[int], basket: Goods) -> list[int]:
    """One of each product for the price of the bundle, as often as they are there; the dearest units first."""
    columns: dict[int, list[list[int]]] = {product: [] for product in rule.product_ids or ()}
    for i in dearest_first(amounts, basket):
        if basket.items[i].product_id in columns:
            columns[basket.items[i].product_id].append([i, basket.items[i].quantity])
    parts = [0] * len(amounts)
    while columns and all(columns.values()):
        heads = [column[0] for column in columns.values()]
        prices = [basket.items[i].unit for i, _ in heads]
        times, gain = min(count for _, count in heads), sum(prices) - rule.value
        if gain <= 0:
            break
        for head, part in zip(heads, split(gain, prices), strict=True):
            parts[head[0]] += part * times
            head[1] -= times
        columns = {product: [head for head in column if head[1]] for product, column in columns.items()}
    return parts


def one_free(amounts: Sequence[int], basket: Goods) -> list[int]:
    """One unit of the gift."""
    parts = [0] * len(amounts)
    first = next(i for i, amount in enumerate(amounts) if amount)
    parts[first] = basket.items[first].unit
    return parts
