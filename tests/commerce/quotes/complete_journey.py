"""The discounts of a real retailer ("The Complete Journey", 84.51°), derived as promotions and reckoned by ours.

The file says what was taken off each line, not by which promotion. A rule is a price per unit, an amount off each unit
or a percentage, and it must explain to the cent every line that it was derived from. Two questions are asked:

1. Derived from the basket itself: does our discount reckon all of it at once, to the cent? That proves the arithmetic.
2. Derived from *other* baskets only: then what is reckoned is a prediction, not an echo. Where no other basket has the
   product, or others contradict each other, the basket says so. Makers' coupons are never derived: the file gives
   neither their terms nor, for most lines, which coupon it was.
"""

import csv
import gzip
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from commerce.money import BASIS_POINTS, share
from commerce.promotions.discount import discount
from commerce.promotions.taking import Item, Rule


@dataclass(frozen=True)
class Line:
    """One line of a receipt, in cents: what was paid, and what the retailer and a maker's coupon took off."""

    basket: str
    store: str
    product: int
    week: int
    quantity: int
    paid: int
    retail: int
    coupon: int

    @property
    def shelf(self) -> int:
        """What it cost before the retailer's own discount."""
        return self.paid + self.retail


@dataclass
class Told:
    """What became of all baskets that had a discount, and of their lines that had one."""

    baskets: int = 0
    expressible: int = 0
    exact: int = 0
    inexpressible: Counter[str] = field(default_factory=Counter)
    derived: int = 0
    agree: int = 0
    lines: int = 0
    lines_derived: Counter[str] = field(default_factory=Counter)
    lines_agree: Counter[str] = field(default_factory=Counter)
    why_not: Counter[str] = field(default_factory=Counter)


def read(folder: Path, name: str) -> Iterator[dict[str, str]]:
    with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def lines_of(folder: Path) -> list[Line]:
    return [
        Line(
            basket=row["basket_id"],
            store=row["store_id"],
            product=int(row["product_id"]),
            week=int(row["week"]),
            quantity=int(row["quantity"]),
            paid=cents(row["sales_value"]),
            retail=cents(row["retail_disc"]),
            coupon=cents(row["coupon_disc"]),
        )
        for row in read(folder, "transactions_5stores_weeks40-48")
    ]


def cents(text: str) -> int:
    return round(float(text) * 100)


def derive(line: Line, known: Mapping[tuple[int, int], Sequence[Line]]) -> tuple[Rule | str, str]:
    """The promotion of a line's product from the nearest other baskets, or why there is none; and how near they are."""
    beside = (line.week - 1, line.week + 1)
    for weeks, is_here in (((line.week,), True), ((line.week,), False), (beside, True), (beside, False)):
        others = [
            other
            for week in weeks
            for other in known.get((line.product, week), ())
            if other.basket != line.basket and other.quantity > 0 and (other.store == line.store or not is_here)
        ]
        if others:
            where = "in the same store" if is_here else "in another store"
            return rule_of(line.product, others), f"{where}, {'that week' if weeks != beside else 'a week off'}"
    return "no other basket has the product then", ""


def rule_of(product: int, others: Sequence[Line]) -> Rule | str:
    """The promotion that explains every one of these lines to the cent, or why there is none."""
    goods = {"product_ids": frozenset([product]), "applies_to": "line"}
    price = same(others, lambda line: line.shelf - line.retail)
    if price is not None:
        return Rule(product, 1, "price", "fixed_price", price, "EUR", **goods)
    off = same(others, lambda line: line.retail)
    if off is not None:
        return Rule(product, 1, "off", "amount", off, "EUR", **goods)
    percent = percentage_of(others)
    if percent is not None:
        return Rule(product, 1, "percent", "percentage", percent, **goods)
    return "no one rule explains the lines to the cent"


def same(lines: Sequence[Line], amount: Callable[[Line], int]) -> int | None:
    """Whole cents of each unit, if they are the same on all lines."""
    values = {divmod(amount(line), line.quantity) for line in lines}
    [(whole, rest), *others] = values
    return None if others or rest else whole


def percentage_of(lines: Sequence[Line]) -> int | None:
    """The basis points that take exactly this off each line, if any do."""
    least, most = 0, BASIS_POINTS
    for line in lines:
        if not line.shelf:
            return None
        least = max(least, -(-(2 * line.retail - 1) * BASIS_POINTS // (2 * line.shelf)))
        most = min(most, (2 * line.retail + 1) * BASIS_POINTS // (2 * line.shelf))
    middle = (least + most) // 2
    fits = least <= most and all(share(line.shelf, middle) == line.retail for line in lines)
    return middle if fits else None


def compare(lines: Sequence[Line]) -> Told:
    """Reckon every basket that had a discount, by its own rules and by those of other baskets."""
    known: dict[tuple[int, int], list[Line]] = {}
    baskets: dict[str, list[Line]] = {}
    for line in lines:
        known.setdefault((line.product, line.week), []).append(line)
        baskets.setdefault(line.basket, []).append(line)
    told = Told()
    for basket in baskets.values():
        if any(line.retail or line.coupon for line in basket):
            told.baskets += 1
            by_itself(basket, told)
            by_others(basket, known, told)
    return told


def by_itself(basket: Sequence[Line], told: Told) -> None:
    """Reckon a basket by the rules of its own lines."""
    rules: dict[int, Rule | str] = {line.product: rule_of(line.product, [line]) for line in basket if line.quantity > 0}
    if missing := [reason for line in basket if (reason := why_not(line, rules))]:
        told.inexpressible[Counter(missing).most_common(1)[0][0]] += 1
        return
    told.expressible += 1
    told.exact += agrees(basket, taken_off(basket, rules))


def by_others(basket: Sequence[Line], known: Mapping[tuple[int, int], Sequence[Line]], told: Told) -> None:
    """Reckon a basket by the rules of other baskets."""
    derived = {line.product: derive(line, known) for line in basket if line.quantity > 0}
    rules = {product: rule for product, (rule, _) in derived.items()}
    off = taken_off(basket, rules)
    missing = [reason for line in basket if (reason := why_not(line, rules))]
    for line in basket:
        if (line.retail or line.coupon) and not why_not(line, rules):
            near = derived[line.product][1]
            told.lines_derived[near] += 1
            told.lines_agree[near] += off[line.product] == line.retail + line.coupon
        told.lines += bool(line.retail or line.coupon)
    if missing:
        told.why_not[Counter(missing).most_common(1)[0][0]] += 1
        return
    told.derived += 1
    told.agree += agrees(basket, off)


def agrees(basket: Sequence[Line], off: Mapping[int, int]) -> bool:
    """Whether as much was taken off the basket as in the file."""
    return sum(off.values()) == sum(line.retail + line.coupon for line in basket)


def why_not(line: Line, rules: Mapping[int, Rule | str]) -> str:
    """Why what was taken off a line cannot be derived; empty if it can, or if nothing was."""
    if line.coupon:
        return "a maker's coupon: its terms are not in the file"
    if not line.retail:
        return ""
    if line.quantity < 1:
        return "nothing was sold on the line"
    rule = rules[line.product]
    return rule if isinstance(rule, str) else ""


def taken_off(basket: Sequence[Line], rules: Mapping[int, Rule | str]) -> dict[int, int]:
    """What our discount takes off each product of a basket: all lines and all rules at once."""
    sold = [line for line in basket if line.quantity > 0]
    items = [Item(line.product, "", line.shelf, line.product, line.quantity) for line in sold]
    decided = discount(items, [rule for rule in rules.values() if isinstance(rule, Rule)], currency="EUR")
    return {line.product: sum(applied.parts[i] for applied in decided.applied) for i, line in enumerate(sold)}
